"""The hand-over: an operation outlasts the records of those still missing; their names leave the system or are lost.

Records of one period die together. So for each open operation and each period that is about to end, whoever is still
placed inside by a record of that period makes one *batch*. It is prepared two hours before the end. A commander
decides: print it, have a file, or decline. What nobody decided by 15 minutes before goes to every addressee of the
standing order, tried again until the key dies, and never after that.

All that must survive a restart is in the ledger: copies made, delivered, given up, and batches declined. A copy is
entered before it leaves, so a crash in between sends the same copy again rather than none. Whether a batch is covered
is judged by number of persons: names are kept nowhere, and news that comes late can add one.

Belongs here: what is to be done now. Does not belong here: doing it (service), or a drill: it hands nothing over.
"""

import enum
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.ids import OperationId
from controller.domain.disclosure import Copy
from controller.domain.obstacle import ObstacleError
from controller.domain.operation import Operation, OperationKind
from controller.domain.standing_order import Addressee

_PREPARED_SHARE: Final = 12
"""Of the time for which records are kept: so long before their end a batch is prepared. Two hours of a day."""
_DUE_SHARE: Final = 96
"""So long before their end the standing order decides, if nobody has. 15 minutes of a day."""


class Phase(enum.StrEnum):
    """How a batch stands."""

    PREPARED = "prepared"
    DECIDED = "decided"
    DUE = "due"


class Declined(enum.StrEnum):
    """Why a commander hands a batch over to nobody: a closed list."""

    ALL_SAFE = "all-safe"
    HANDED_OVER_OTHERWISE = "handed-over-otherwise"


class HandOverError(ObstacleError):
    """A hand-over that is not to be decided like that; the message says what would do."""


class Batch(NamedTuple):
    """What is handed over together: those whose last records are of one period, in one operation."""

    operation: OperationId
    period_s: int


@dataclass(frozen=True)
class Waiting:
    """One batch that stands before its end. Times in ns since 1970 UTC; `persons`: how many it names now."""

    batch: Batch
    persons: int
    due_ns: int
    dies_ns: int
    phase: Phase


class Errand(NamedTuple):
    """What the standing order has to do: give `addressee` that batch. `copy`: made already, only not delivered yet."""

    waiting: Waiting
    addressee: Addressee
    copy: Copy | None


@dataclass(frozen=True)
class Spans:
    """How long before the end of a key what happens, in seconds."""

    prepared_s: int
    due_s: int

    @classmethod
    def of(cls, keep_s: int) -> "Spans":
        """Return the spans of a site that keeps records for `keep_s`: two hours and 15 minutes of a day."""
        return cls(keep_s // _PREPARED_SHARE, max(1, keep_s // _DUE_SHARE))


class Book:
    """What was done about batches; folded from the ledger."""

    def __init__(self) -> None:
        self._copies: dict[Batch, dict[int, Copy]] = {}
        self._undelivered: dict[int, Copy] = {}
        self._declined: set[Batch] = set()

    def made(self, copy: Copy) -> None:
        """Take note of a copy that is about to leave; one for an addressee stands in for those before it."""
        of_batch = self._copies.setdefault(Batch(copy.operation, copy.period_s), {})
        if copy.addressee:
            for earlier in of_batch.values():
                if earlier.addressee == copy.addressee:
                    self.settled(earlier.number)
            self._undelivered[copy.number] = copy
        of_batch[copy.number] = copy

    def settled(self, number: int) -> None:
        """Take note that a copy of the standing order was delivered, or given up."""
        self._undelivered.pop(number, None)

    def owes(self, number: int) -> bool:
        """Whether a copy of the standing order was made and neither delivered nor given up."""
        return number in self._undelivered

    def declined(self, batch: Batch) -> None:
        """Take note that a commander hands a batch over to nobody."""
        self._declined.add(batch)

    def phase(self, batch: Batch, persons: int, now_ns: int, due_ns: int) -> Phase:
        """Return how a batch of so many persons stands."""
        by_officers = [copy.persons for copy in self._copies.get(batch, {}).values() if not copy.addressee]
        if batch in self._declined or max(by_officers, default=0) >= persons:
            return Phase.DECIDED
        return Phase.PREPARED if now_ns < due_ns else Phase.DUE

    def errands(self, waiting: Iterable[Waiting], addressees: Collection[Addressee]) -> list[Errand]:
        """Return what the standing order has to do now."""
        found = []
        for each in waiting:
            if each.phase is not Phase.DUE:
                continue
            copies = self._copies.get(each.batch, {}).values()
            for addressee in addressees:
                last = max(
                    (copy for copy in copies if copy.addressee == addressee.id),
                    key=lambda copy: copy.number,
                    default=None,
                )
                if last is None or last.persons < each.persons:
                    found.append(Errand(each, addressee, None))
                elif last.number in self._undelivered:
                    found.append(Errand(each, addressee, last))
        return found

    def given_up(self, dies_ns: Mapping[int, int], now_ns: int) -> list[Copy]:
        """Return the copies that were not delivered before their records died. `dies_ns`: of each living period."""
        return [copy for copy in self._undelivered.values() if dies_ns.get(copy.period_s, 0) <= now_ns]

    def check_declinable(self, waiting: Waiting | None) -> Waiting:
        """Return the batch, if it may be declined. Raises HandOverError."""
        if waiting is None:
            raise HandOverError("hand-over-gone", "there is no such list, or its records are gone")
        if waiting.phase is Phase.DUE:
            raise HandOverError(
                "too-late-to-decline", "it is too late to decline: the standing order is being carried out"
            )
        return waiting


def waiting(
    operations: Iterable[Operation],
    persons: Mapping[int, int],
    dies_ns: Mapping[int, int],
    spans: Spans,
    book: Book,
    now_ns: int,
) -> list[Waiting]:
    """Return the batches that are prepared, decided or due now, the next to end first.

    `persons`: how many are placed inside by records of each period; `dies_ns`: when the key of each living period dies,
    by the period's start in seconds.
    """
    found = []
    for operation in operations:
        if operation.kind is OperationKind.DRILL or not operation.names_open(now_ns):
            continue
        for period_s, count in persons.items():
            ends_ns = dies_ns.get(period_s, 0)
            if count and ends_ns - spans.prepared_s * NS_PER_S <= now_ns < ends_ns:
                batch, due_ns = Batch(operation.id, period_s), ends_ns - spans.due_s * NS_PER_S
                phase = book.phase(batch, count, now_ns, due_ns)
                found.append(Waiting(batch, count, due_ns, ends_ns, phase))
    return sorted(found, key=lambda each: (each.dies_ns, each.batch))
