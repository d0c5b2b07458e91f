"""The hand-over before the limit: watches what is about to die, takes decisions, carries the standing order out.

Belongs here: doing what domain/hand_over.py says, second by second. Does not belong here: those rules, or the ways to
an addressee (carriers.py). The list in clear exists in memory alone, while a copy is made.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId
from contract.periods import Kind, Period, Retention
from controller.domain.disclosure import Copy, DisclosureReason, Form, Recipient, short_code
from controller.domain.hand_over import Batch, Book, Declined, Errand, HandOverError, Phase, Spans, Waiting, waiting
from controller.domain.obstacle import ObstacleError
from controller.domain.standing_order import Way
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.alarms import Alarms
from controller.service.disclosing import entries
from controller.service.disclosing.carriers import Carrier, CarryError
from controller.service.disclosing.copies import Copies, Document, OpenOperations
from controller.service.disclosing.envelope import load_certificate
from controller.service.disclosing.missing import Missing
from controller.service.disclosing.standing_order import StandingOrder
from controller.service.site.reference import RefusedError

_LONGEST_TRY_S: Final = 20.0
_FIRST_WAIT_S: Final = 5.0
_LONGEST_WAIT_S: Final = 60.0
_log = structlog.get_logger()


class HandOvers:
    """Belongs to the event loop. `living`: the periods whose keys are alive."""

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        alarms: Alarms,
        retention: Retention,
        operations: OpenOperations,
        living: Callable[[], list[Period]],
        missing: Missing,
        copies: Copies,
        standing_order: StandingOrder,
        carriers: Mapping[Way, Carrier],
    ) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._retention: Final = retention
        self._operations: Final = operations
        self._living: Final = living
        self._missing: Final = missing
        self._copies: Final = copies
        self._order: Final = standing_order
        self._carriers: Final = carriers
        self._book: Final = Book()
        self._sealed: dict[int, Document] = {}
        """Copies on their way, encrypted; gone when delivered or when their records die."""
        self._waits: dict[tuple[Batch, str], tuple[int, float]] = {}
        """When to try an addressee again (ns), and how long to wait after that (s)."""
        self._alarmed: set[tuple[str, str]] = set()
        ledger.follow(hearing(self._fold), hearing(self._fold))

    def waiting(self) -> list[Waiting]:
        """Return what stands before its end now, the next to end first."""
        now_ns = self._clock.now_ns()
        dies_ns = self._dies_ns()
        spans = Spans.of(self._retention.movement_keep_s)
        near = [start_s for start_s, at_ns in dies_ns.items() if at_ns - spans.prepared_s * NS_PER_S <= now_ns]
        operations = self._operations(now_ns)
        if not near or not operations:
            return []
        persons = self._missing.persons_by_period(max(near))
        return waiting(operations, persons, dies_ns, spans, self._book, now_ns)

    async def decide(self, by: AccountId, batch: Batch, recipient: Recipient, certificate: str) -> Document:
        """Hand a batch over by an officer's decision: on paper, or as a file where a certificate (PEM) is given.

        Raises HandOverError, DisclosureError, CertificateError, DocumentError; OSError where the disk refuses.
        """
        if self._find(batch) is None:
            raise HandOverError("hand-over-gone", "there is no such list, or its records are gone")
        loaded = load_certificate(certificate, self._clock.now_ns()) if certificate else None
        self._copies.check(batch.operation, Form.HAND_OVER, recipient, DisclosureReason.BEFORE_LIMIT)
        wanted = _wanted(batch, recipient, officer=by)
        return await self._copies.make(wanted, self._missing.of_period(batch.period_s), loaded)

    def decline(self, by: AccountId, batch: Batch, reason: Declined) -> None:
        """Hand a batch over to nobody. Raises HandOverError, OSError."""
        self._book.check_declinable(self._find(batch))
        self._ledger.append(
            entries.DECLINED,
            self._clock.now_ns(),
            operation=batch.operation,
            period_start=entries.period_text(batch.period_s),
            reason=reason.value,
            by=by,
        )

    async def tick(self) -> None:
        """Tell what is to be decided, carry the standing order out, and give up what can be given no more.

        To be called once a second; takes as long as the slowest addressee, at most 20 s.
        """
        found = self.waiting()
        self._tell(found)
        try:
            self._give_up()
        except OSError:
            self._alarms.of_system(self._clock.now_ns(), "ledger-failed", place="hand-over")
        errands = self._book.errands(found, self._order.addressees())
        now_ns = self._clock.now_ns()
        due = [errand for errand in errands if self._waits.get(_key(errand), (0, 0.0))[0] <= now_ns]
        await asyncio.gather(*(self._run(errand) for errand in due))

    async def _run(self, errand: Errand) -> None:
        key, place = _key(errand), errand.addressee.id
        try:
            document = await self._document(errand)
            left_s = (errand.waiting.dies_ns - self._clock.now_ns()) / NS_PER_S
            if left_s <= 0:
                return
            carrier = self._carrier(errand.addressee.way)
            await asyncio.to_thread(carrier.carry, errand.addressee, document, min(left_s, _LONGEST_TRY_S))
            self._ledger.append(
                entries.DELIVERED,
                self._clock.now_ns(),
                operation=errand.waiting.batch.operation,
                copy=document.copy.number,
                addressee=place,
            )
        except (CarryError, ObstacleError, RefusedError, OSError, SQLAlchemyError) as error:
            _, wait_s = self._waits.get(key, (0, _FIRST_WAIT_S))
            self._waits[key] = self._clock.now_ns() + int(wait_s * NS_PER_S), min(2 * wait_s, _LONGEST_WAIT_S)
            self._alarms.of_system(self._clock.now_ns(), "hand-over-delayed", place=place)
            _log.warning("hand-over delayed", addressee=place, error=type(error).__name__)
        else:
            self._waits.pop(key, None)
            self._alarms.settled("hand-over-delayed", place=place)

    def _carrier(self, way: Way) -> Carrier:
        carrier = self._carriers.get(way)
        if carrier is None:
            raise CarryError("this controller has no mail relay any more")
        return carrier

    async def _document(self, errand: Errand) -> Document:
        """Return the copy of an errand: as it is, made again after a restart, or new."""
        batch, addressee = errand.waiting.batch, errand.addressee
        certificate = self._order.certificate(addressee)
        placed = self._missing.of_period(batch.period_s)
        if errand.copy is None:
            wanted = _wanted(batch, addressee.recipient, addressee=addressee.id)
            document = await self._copies.make(wanted, placed, certificate)
        elif errand.copy.number in self._sealed:
            return self._sealed[errand.copy.number]
        else:
            document = await self._copies.document(errand.copy, placed, certificate)
        self._sealed[document.copy.number] = document
        return document

    def _give_up(self) -> None:
        """Put on record what was not delivered before its records died, and drop it."""
        now_ns = self._clock.now_ns()
        for copy in self._book.given_up(self._dies_ns(), now_ns):
            self._ledger.append(
                entries.FAILED, now_ns, operation=copy.operation, copy=copy.number, addressee=copy.addressee
            )
            self._alarms.of_system(now_ns, "hand-over-failed", place=copy.addressee)
        self._sealed = {number: each for number, each in self._sealed.items() if self._book.owes(number)}

    def _tell(self, found: list[Waiting]) -> None:
        """Alarm what waits for a decision, and what nobody will get."""
        now_ns = self._clock.now_ns()
        raised: set[tuple[str, str]] = set()
        holds = self._order.holds
        for each in found:
            place = short_code(each.batch.operation)
            if each.phase is Phase.PREPARED:
                self._alarms.of_system(now_ns, "hand-over-prepared", place=place)
                raised.add(("hand-over-prepared", place))
            if each.phase is not Phase.DECIDED and not holds:
                self._alarms.of_system(now_ns, "hand-over-to-nobody", place=place)
                raised.add(("hand-over-to-nobody", place))
        for kind, place in self._alarmed - raised:
            self._alarms.settled(kind, place=place)
        self._alarmed = raised

    def _find(self, batch: Batch) -> Waiting | None:
        return next((each for each in self.waiting() if each.batch == batch), None)

    def _dies_ns(self) -> dict[int, int]:
        return {
            period.start_s: self._retention.dies_at_s(period) * NS_PER_S
            for period in self._living()
            if period.kind is Kind.MOVEMENT
        }

    def _fold(self, entry: Entry) -> None:
        match entry.kind:
            case entries.MADE:
                copy = entries.copy_of(entry)
                if copy.form is Form.HAND_OVER:
                    self._book.made(copy)
            case entries.DELIVERED | entries.FAILED:
                self._book.settled(int(entry.facts["copy"]))
            case entries.DECLINED:
                self._book.declined(entries.batch_of(entry))


def _wanted(batch: Batch, recipient: Recipient, officer: AccountId | None = None, addressee: str = "") -> Copy:
    return Copy(
        0, batch.operation, Form.HAND_OVER, recipient, DisclosureReason.BEFORE_LIMIT, (), 0, officer, 0,
        addressee=addressee, period_s=batch.period_s,
    )  # fmt: skip


def _key(errand: Errand) -> tuple[Batch, str]:
    return errand.waiting.batch, errand.addressee.id
