"""Officers' marks: this controller as a source of events, which it seals as a gate seals its own.

A mark goes the way of every event: sealed to the key of its own hour under a content key of this run's epoch, stored
sealed, folded, gone with its key. So it survives a restart, and another controller can be given the very same record.
Belongs here: sealing. Does not belong here: who may make a mark (domain/rights), which are taken
(service/muster/marking.py), or what one means to a chain (controller/domain).
"""

import itertools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import Clock
from contract.events import AnyEvent, Reconfirmed, encode_event
from contract.ids import AreaId, ControllerId, EdgeId, Epoch, HolderId, new_epoch
from contract.messages import RECORDS_PER_MESSAGE, VERSION, SealedBatch, encode
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from controller.service.records.ingest import Delivery
from controller.vault import KeyGoneError

Publics = Callable[[Period], Mapping[ControllerId, bytes]]


class Marks:
    """Seals marks and hands them to `take`, which returns when they are stored and folded.

    `publics`: the public halves of a period, of every controller that shall read the marks.
    """

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        controller: ControllerId,
        signer: Ed25519PrivateKey,
        publics: Publics,
        take: Callable[[list[Delivery]], Awaitable[object]],
    ) -> None:
        self._clock: Final = clock
        self._retention: Final = retention
        self._signer: Final = signer
        self._publics: Final = publics
        self._take: Final = take
        self._numbers: Final = itertools.count(1)
        self.source: Final = EdgeId(controller)
        self.epoch: Final[Epoch] = new_epoch()
        self._sealed_to: Mapping[ControllerId, bytes] = {}
        self._key: tuple[ContentKey, bytes] | None = None

    async def reconfirm(self, holder: HolderId, area: AreaId) -> int:
        """Say that an officer has just seen the holder there; return the mark's number.

        Raises controller.vault.KeyGoneError where the present period has no key.
        """
        [number] = await self.seal([Reconfirmed(self._clock.now_ns(), area, holder)])
        if number is None:
            raise KeyGoneError("the present period has no key")
        return number

    async def seal(self, marks: Sequence[AnyEvent]) -> list[int | None]:
        """Seal marks, each under the period of its own moment, and have them taken; return their numbers.

        None for one whose period has no key: it was made too long ago.
        """
        numbers: list[int | None] = []
        batches: dict[Period, list[tuple[int, bytes]]] = {}
        keys: dict[Period, tuple[ContentKey, bytes]] = {}
        for mark in marks:
            period = self._retention.period_at(Kind.MOVEMENT, mark.occurred_ns)
            try:
                keys[period] = keys.get(period) or self._key_of(period)
            except KeyGoneError:
                numbers.append(None)
                continue
            number = next(self._numbers)
            numbers.append(number)
            batches.setdefault(period, []).append((number, keys[period][0].seal(number, encode_event(mark))))
        deliveries = [
            Delivery(self.source, encode(SealedBatch(VERSION, keys[period][1], records[at : at + RECORDS_PER_MESSAGE])))
            for period, records in batches.items()
            for at in range(0, len(records), RECORDS_PER_MESSAGE)
        ]
        if deliveries:
            await self._take(deliveries)
        return numbers

    def _key_of(self, period: Period) -> tuple[ContentKey, bytes]:
        """Return the content key of a period: of the present one always the same, of an earlier one for one use."""
        publics = self._publics(period)
        if self._key is not None and self._key[0].name.period == period and self._sealed_to == publics:
            return self._key
        key = ContentKey.draw(KeyName(self.source, self.epoch, period))
        made = key, key.wrap(publics, self._signer)
        if period == self._retention.period_at(Kind.MOVEMENT, self._clock.now_ns()):
            self._key, self._sealed_to = made, publics
        return made
