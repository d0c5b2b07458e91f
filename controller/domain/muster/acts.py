"""Officers' marks that can be read, by operation: each act once, however often and by whichever way it came.

Belongs here: keeping marks, finding them again, letting them go. Does not belong here: what they tell of a person
(person.py), or what they do to a chain (controller/domain/presence).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from contract.events import AccountedFor, AnyEvent, AreaSwept, MarkWithdrawn, StaysByOrder, UnnamedSeen, encode_event
from contract.ids import ActId, HolderId, OperationId
from controller.domain.presence.stamp import Stamp

Mark = AccountedFor | StaysByOrder | UnnamedSeen | AreaSwept | MarkWithdrawn
MARKS: Final = (AccountedFor, StaysByOrder, UnnamedSeen, AreaSwept, MarkWithdrawn)
"""The kinds of mark that belong to an operation."""
K = TypeVar("K")
V = TypeVar("V")


class _Kept(NamedTuple):
    mark: Mark
    period_s: int
    record: Stamp


@dataclass
class _Opening:
    """The marks of one opening. `withdrawals`: by the mark that they take back."""

    persons: dict[HolderId, dict[ActId, AccountedFor | StaysByOrder]] = field(default_factory=dict, repr=False)
    places: dict[ActId, UnnamedSeen | AreaSwept] = field(default_factory=dict)
    withdrawals: dict[ActId, dict[ActId, MarkWithdrawn]] = field(default_factory=dict)


class Marked:
    """The marks of one operation, whichever of its openings they were made in (two controllers may have opened it)."""

    def __init__(self, openings: Sequence[_Opening]) -> None:
        self._openings: Final = openings

    def holders(self) -> set[HolderId]:
        """Return of whom there are marks."""
        return {holder for each in self._openings for holder in each.persons}

    def of(self, holder: HolderId) -> list[AccountedFor | StaysByOrder]:
        """Return the marks of one person, withdrawn ones included."""
        return [mark for each in self._openings for mark in each.persons.get(holder, {}).values()]

    def withdrawal(self, act_id: ActId) -> MarkWithdrawn | None:
        """Return what took the mark with that id back, the first one of several; None if it counts."""
        found = [mark for each in self._openings for mark in each.withdrawals.get(act_id, {}).values()]
        return min(found, key=_order) if found else None

    def standing(self) -> list[UnnamedSeen | AreaSwept]:
        """Return the marks about places that count, in order."""
        found = (mark for each in self._openings for mark in each.places.values())
        return sorted((mark for mark in found if self.withdrawal(mark.act_id) is None), key=_order)

    def withdrawn(self) -> int:
        """Return how many marks were taken back."""
        return len({act_id for each in self._openings for act_id in each.withdrawals})


class Acts:
    """All marks of operations in memory; whoever is changed by one is told by `changed`."""

    def __init__(self) -> None:
        self._kept: dict[ActId, _Kept] = {}
        self._operations: dict[OperationId, _Opening] = {}
        self._changed: set[HolderId] = set()
        self.revision = 0
        """Another one after every change."""

    def add(self, event: AnyEvent, period_s: int, record: Stamp) -> None:
        """Take an event; it is passed over unless it is a mark of an operation. `period_s`: start of its key's period.

        `record`: that carries it.

        An act that comes twice is one; of two that differ under one id the earlier one counts, at every controller.
        """
        if not isinstance(event, MARKS) or not event.operation:
            return
        before = self._kept.get(event.act_id)
        if before is not None:
            if _order(before.mark) <= _order(event):
                return
            self._drop(event.act_id)
        self._kept[event.act_id] = _Kept(event, period_s, record)
        self._put(event)

    def operation_of(self, act_id: ActId) -> OperationId | None:
        """Return in which opening a mark was made; None if it is not here."""
        kept = self._kept.get(act_id)
        return None if kept is None else kept.mark.operation

    def knows(self, act_id: ActId) -> bool:
        """Whether that act is here."""
        return act_id in self._kept

    def of(self, openings: Iterable[OperationId]) -> Marked:
        """Return the marks of the operation that has these openings."""
        return Marked([self._operations[id_] for id_ in openings if id_ in self._operations])

    def close(self, closed_s: int) -> None:
        """Forget the marks of all periods up to the one that starts at `closed_s`: their keys die."""
        self._forget(act_id for act_id, kept in self._kept.items() if kept.period_s <= closed_s)

    def passed(self, cut_ns: int) -> list[Stamp]:
        """Forget the marks up to the cut: no operation is open any more that they belong to (rules 6 and 7).

        Return the records of those that named somebody and moved nobody: their rows go as well. The fold knows of the
        others (presence/acts.py).
        """
        passed = {act_id: kept for act_id, kept in self._kept.items() if kept.mark.occurred_ns <= cut_ns}
        self._forget(passed)
        return [kept.record for kept in passed.values() if isinstance(kept.mark, AccountedFor) and not kept.mark.area]

    def changed(self) -> set[HolderId]:
        """Return whose marks have changed since this was last asked."""
        changed, self._changed = self._changed, set()
        return changed

    def _forget(self, acts: Iterable[ActId]) -> None:
        for act_id in list(acts):
            self._drop(act_id)

    def _put(self, mark: Mark) -> None:
        of = self._operations.setdefault(mark.operation, _Opening())
        match mark:
            case AccountedFor() | StaysByOrder():
                of.persons.setdefault(mark.holder, {})[mark.act_id] = mark
            case MarkWithdrawn():
                of.withdrawals.setdefault(mark.mark, {})[mark.act_id] = mark
            case _:
                of.places[mark.act_id] = mark
        self._note(mark)

    def _drop(self, act_id: ActId) -> None:
        mark = self._kept[act_id].mark
        self._note(mark)  # before: whom a withdrawal concerns is known by what it takes back
        del self._kept[act_id]
        of = self._operations[mark.operation]
        match mark:
            case AccountedFor() | StaysByOrder():
                _remove(of.persons, mark.holder, act_id)
            case MarkWithdrawn():
                _remove(of.withdrawals, mark.mark, act_id)
            case _:
                del of.places[act_id]
        if not (of.persons or of.places or of.withdrawals):
            del self._operations[mark.operation]

    def _note(self, mark: Mark) -> None:
        self.revision += 1
        taken_back = self._kept.get(mark.mark) if isinstance(mark, MarkWithdrawn) else None
        about = taken_back.mark if taken_back is not None else mark
        if isinstance(about, AccountedFor | StaysByOrder):
            self._changed.add(about.holder)


def _order(mark: Mark) -> tuple[int, bytes]:
    return mark.occurred_ns, encode_event(mark)


def _remove(index: dict[K, dict[ActId, V]], key: K, act_id: ActId) -> None:
    members = index[key]
    del members[act_id]
    if not members:
        del index[key]
