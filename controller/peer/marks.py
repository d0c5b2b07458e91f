"""Officers' marks from controller to controller: the very records, sealed, each asked for until it is known.

A controller gives its own officers' marks and those of others that it has stored, so one that has lost its store gets
its own back, and a third controller hears of them when the first is gone. How far another one has been heard holds the
cut as a gate does (architecture, Presence, rule 6): a mark that waited behind a broken link is folded, not late.
Belongs here: both sides of that. Does not belong here: HTTP, or what a mark means (controller/domain).
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.clock import NS_PER_S
from contract.controllers import ControllerCard
from contract.ids import ControllerId, EdgeId, Epoch
from contract.messages import RECORDS_PER_MESSAGE, VERSION, Interval, SealedBatch
from contract.messages import encode as encode_batch
from contract.periods import Kind, Period
from contract.sealing import NotWrappedForError, SealingError, decode_wraps
from contract.signing import SignatureError
from controller.domain.known import NumberSet
from controller.peer.calls import Peer
from controller.peer.words import Marks, MarksAsk, MarksOfKey
from controller.service.records.ingest import Delivery
from controller.service.records.key_ring import ExpiredError, ForeignSourceError, PairReplacedError
from controller.service.records.truth import Truth

_MOST: Final = 2048
"""Most records of one answer."""


class SharedMarks:
    """Belongs to the event loop. `controllers`: those that the root lists, this one among them."""

    def __init__(self, truth: Truth, controllers: Callable[[], Collection[ControllerId]]) -> None:
        self._truth = truth
        self._controllers = controllers
        self._heard_ns: dict[ControllerId, int] = {}

    def heard_ns(self) -> int:
        """Return up to when all marks of all other controllers are known here, in ns since 1970 UTC.

        What is older than records can be read holds nothing up: such a mark opens no more.
        """
        now_ns = self._truth.clock.now_ns()
        oldest_ns = now_ns - self._truth.site.retention.movement_keep_s * NS_PER_S
        others = [each for each in self._controllers() if each != self._truth.controller]
        return max(oldest_ns, min((self._heard_ns.get(each, 0) for each in others), default=now_ns))

    async def give(self, card: ControllerCard, ask: MarksAsk) -> Marks:
        """Return marks that another controller lacks; what is dead or gone here is in none."""
        truth, upto_ns = self._truth, self._truth.clock.now_ns()
        await truth.sweep.catch_up()
        lacking = {edge for edge in self._sources() if self._lacks(edge, ask.known)}
        known = {epoch: NumberSet(intervals) for epoch, intervals in ask.known.items()}

        def stored() -> list[tuple[bytes, list[tuple[int, bytes]]]]:
            return [(wraps, truth.store.records(id_)) for edge in lacking for id_, wraps in truth.store.keys_of(edge)]

        found, left = [], _MOST
        for wraps, records in await truth.in_store(stored) if lacking else ():
            has = known.get(decode_wraps(wraps).name.epoch, NumberSet())
            wanted = [record for record in sorted(records) if record[0] not in has]
            rewrapped = self._rewrapped(wraps, card, dict(ask.publics)) if wanted else None
            if rewrapped is not None:
                found.append(MarksOfKey(wraps, rewrapped, wanted[:left]))
                if len(wanted) >= left:
                    return Marks(found, upto_ns, more=True)
                left -= len(wanted)
        return Marks(found, upto_ns, more=False)

    async def take(self, peer: Peer) -> None:
        """Have the marks that another controller knows: opened, stored and folded like all events.

        Raises calls.PeerAwayError.
        """
        is_more = True
        while is_more:
            told = await asyncio.to_thread(peer.marks, self._ask())
            before = self._count()
            for each in told.keys:
                await self._take(peer.card, each)
            is_more = told.more and self._count() > before
            if not told.more:
                self._heard_ns[peer.card.controller] = told.upto_ns

    async def _take(self, card: ControllerCard, given: MarksOfKey) -> None:
        truth, signer = self._truth, Ed25519PublicKey.from_public_bytes(card.verify_key)
        try:
            source = self._source_of(card, given)
            is_its_own = source == EdgeId(card.controller)
            learn = truth.key_ring.learn if is_its_own else truth.key_ring.learn_kept
            learn(given.wraps, given.rewrapped, signer)
        except (ExpiredError, ForeignSourceError, SealingError, SignatureError) as error:
            truth.ingest.refuse(EdgeId(card.controller), error)
            return
        records = given.records
        messages = [records[at : at + RECORDS_PER_MESSAGE] for at in range(0, len(records), RECORDS_PER_MESSAGE)]
        await truth.take(
            [Delivery(source, encode_batch(SealedBatch(VERSION, given.wraps, message))) for message in messages]
        )

    def _source_of(self, card: ControllerCard, given: MarksOfKey) -> EdgeId:
        source = decode_wraps(given.wraps).name.edge
        if source not in self._sources():
            raise ForeignSourceError(f"{card.controller} gave marks of {source}, which is no controller")
        return source

    def _ask(self) -> MarksAsk:
        vault, now_s = self._truth.vault, self._truth.clock.now_ns() // NS_PER_S
        begun = [each for each in vault.periods() if each.kind is Kind.MOVEMENT and each.start_s <= now_s]
        sources = self._sources()
        known = {
            epoch: numbers.intervals() for (edge, epoch), numbers in self._truth.ingest.known.items() if edge in sources
        }
        return MarksAsk(known, [(period, vault.public_key(period)) for period in begun])

    def _lacks(self, edge: EdgeId, known: Mapping[Epoch, list[Interval]]) -> bool:
        """Whether something of a source is known here that is not `known`."""
        for (of, epoch), numbers in self._truth.ingest.known.items():
            if of == edge:
                theirs = NumberSet(known.get(epoch, ()))
                if not all(theirs.covers(first, last) for first, last in numbers.intervals()):
                    return True
        return False

    def _rewrapped(self, wraps: bytes, card: ControllerCard, publics: Mapping[Period, bytes]) -> bytes | None:
        try:
            return self._truth.key_ring.rewrapped_kept(wraps, card.controller, publics)
        except (
            ExpiredError,
            ForeignSourceError,
            KeyError,
            NotWrappedForError,
            PairReplacedError,
            SealingError,
            SignatureError,
            ValueError,
        ):
            return None

    def _sources(self) -> set[EdgeId]:
        return {EdgeId(each) for each in self._controllers()}

    def _count(self) -> int:
        sources = self._sources()
        return sum(len(numbers) for (edge, _), numbers in self._truth.ingest.known.items() if edge in sources)
