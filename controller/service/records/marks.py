"""Officers' marks: this controller as a source of events, which it seals as a gate seals its own.

A mark goes the way of every event: sealed to the hour's key under a content key of this run's epoch, stored sealed,
folded, gone with its key. So it survives a restart, and another controller can be given the very same record. Belongs
here: sealing. Does not belong here: who may make a mark, or what it means to a chain (controller/domain).
"""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import Clock
from contract.events import Reconfirmed, encode_event
from contract.ids import AreaId, ControllerId, EdgeId, Epoch, HolderId, new_epoch
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from controller.service.records.ingest import Delivery

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
        now_ns = self._clock.now_ns()
        key, wraps = self._key_of(self._retention.period_at(Kind.MOVEMENT, now_ns))
        number = next(self._numbers)
        sealed = key.seal(number, encode_event(Reconfirmed(now_ns, area, holder)))
        await self._take([Delivery(self.source, encode(SealedBatch(VERSION, wraps, [(number, sealed)])))])
        return number

    def _key_of(self, period: Period) -> tuple[ContentKey, bytes]:
        publics = self._publics(period)
        if self._key is None or self._key[0].name.period != period or self._sealed_to != publics:
            key = ContentKey.draw(KeyName(self.source, self.epoch, period))
            self._key, self._sealed_to = (key, key.wrap(publics, self._signer)), publics
        return self._key
