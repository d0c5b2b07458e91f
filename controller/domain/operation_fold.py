"""Which operations are open, folded from what all controllers entered about them (ADR 0035).

Two controllers that are cut off from each other may each open an emergency with the same plan. Both openings stay
what they are, and are shown as one operation from the earliest opening on: it is open as long as one of them is, so
nobody's rescue ends by an act of somebody who knew nothing of it. Belongs here: that fold. Does not belong here: what
may be done to an operation (operation.py), or who writes entries (service/operating/operations.py).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from contract.ids import AccountId, ControllerId, OperationId
from controller.domain.operation import Ending, Operation, OperationKind, Plan, Proposal, Reason, Trigger, opened
from controller.domain.said import Facts, InOrder, Said

PROPOSED: Final = "operation-proposed"
OPENED: Final = "operation-opened"
CONFIRMED: Final = "operation-confirmed"
RENEWED: Final = "operation-renewed"
CLOSED: Final = "operation-closed"
OFFERED: Final = "command-offered"
TAKEN: Final = "command-taken"
ALL_CLEAR: Final = "all-clear"
RESUMED: Final = "all-clear-taken-back"
SILENCED: Final = "sirens-silenced"
SOUNDED: Final = "sirens-sound-again"
STEPS: Final = frozenset(
    {PROPOSED, OPENED, CONFIRMED, RENEWED, CLOSED, OFFERED, TAKEN, ALL_CLEAR, RESUMED, SILENCED, SOUNDED}
)
"""All kinds of entry that change an operation."""


class OperationFold:
    """All steps of all controllers, and what is open after them. Times in ns since 1970 UTC."""

    def __init__(self) -> None:
        self._steps: Final = InOrder()
        self._begin()

    def hear(self, said: Said) -> None:
        """Take one step, from whichever controller and in whichever order; what is no step changes nothing."""
        if said.kind not in STEPS:
            return
        if self._steps.put(said):
            self._apply(said)
            return
        self._begin()
        for each in self._steps.all:
            self._apply(each)

    def openings(self, now_ns: int) -> list[Operation]:
        """Return all openings that are open, the earliest first."""
        return [each for each in self._in_time() if each.is_open(now_ns)]

    def ended(self, now_ns: int) -> list[Operation]:
        """Return the openings that time has ended, and nobody has closed yet."""
        return [each for each in self._in_time() if not each.is_open(now_ns)]

    def operations(self, now_ns: int) -> list[Operation]:
        """Return what is open as it is shown: openings of the same kind and plan as one operation."""
        groups: dict[object, list[Operation]] = {}
        for each in self.openings(now_ns):
            groups.setdefault(_same(each), []).append(each)
        return [_joined(group) for group in groups.values()]

    def openings_of(self, operation: Operation, now_ns: int) -> list[OperationId]:
        """Return the ids of the openings that are shown as this operation."""
        return [each.id for each in self.openings(now_ns) if _same(each) == _same(operation)]

    def find(self, id_: OperationId, now_ns: int) -> Operation | None:
        """Return the open operation that one of its openings has that id of."""
        opening = self._open.get(id_)
        if opening is None or not opening.is_open(now_ns):
            return None
        return next(each for each in self.operations(now_ns) if _same(each) == _same(opening))

    def was_opened(self, id_: OperationId) -> bool:
        """Whether there is or was an operation with that id."""
        return id_ in self._open or id_ in self._closed

    def _in_time(self) -> list[Operation]:
        return sorted(self._open.values(), key=lambda each: (each.opened_ns, each.id))

    def _begin(self) -> None:
        self._open: dict[OperationId, Operation] = {}
        self._closed: dict[OperationId, tuple[Operation, ControllerId]] = {}
        self.proposals: dict[OperationId, Proposal] = {}
        self.fire_answered_ns = 0
        """When the last evacuation ended, whatever had opened it: a fire that broke out before is answered."""

    def _apply(self, said: Said) -> None:
        facts, at_ns = said.facts, said.at_ns
        id_ = OperationId(str(facts["operation"]))
        by = AccountId(str(facts["by"]))
        match said.kind:
            case kind if kind == PROPOSED:
                self.proposals[id_] = Proposal(id_, *_what(facts), by, at_ns)
            case kind if kind == OPENED:
                self._opened(id_, said)
            case kind if kind == CONFIRMED:
                self._change(id_, lambda each: each.was_confirmed(by, at_ns))
            case kind if kind == RENEWED:
                self._renewed(id_, said)
            case kind if kind == OFFERED:
                self._change(id_, lambda each: each.was_offered(AccountId(str(facts["to"]))))
            case kind if kind == TAKEN:
                self._change(id_, lambda each: each.was_taken_over(by))
            case kind if kind in {ALL_CLEAR, RESUMED}:
                self._change(id_, lambda each: each.was_all_clear(at_ns if kind == ALL_CLEAR else None))
            case kind if kind in {SILENCED, SOUNDED}:
                self._change(id_, lambda each: each.was_silenced(at_ns if kind == SILENCED else None))
            case _:
                self._ended(id_, said)

    def _opened(self, id_: OperationId, said: Said) -> None:
        self.proposals.pop(id_, None)
        if self.was_opened(id_):
            return  # the same alarm reached two controllers: the earlier opening counts
        by = tuple(AccountId(each) for each in str(said.facts["by"]).split())
        self._open[id_] = opened(id_, *_what(said.facts), by, said.at_ns, Trigger(str(said.facts["trigger"])))

    def _renewed(self, id_: OperationId, said: Said) -> None:
        if id_ in self._closed and self._closed[id_][1] != said.controller:
            operation, _ = self._closed[id_]
            if operation.is_open(said.at_ns):  # renewed by somebody who had not heard that it was closed
                del self._closed[id_]
                self._open[id_] = operation
        self._change(id_, lambda each: each.was_renewed(said.at_ns))

    def _ended(self, id_: OperationId, said: Said) -> None:
        operation = self._open.get(id_)
        if operation is None:
            return
        if said.facts["ending"] == Ending.NOT_RENEWED and operation.is_open(said.at_ns):
            return  # it was renewed where the one that ended it could not hear of it
        self._closed[id_] = self._open.pop(id_), said.controller
        if (operation.kind, operation.plan) == (OperationKind.EMERGENCY, Plan.EVACUATE):
            self.fire_answered_ns = max(said.at_ns, self.fire_answered_ns)

    def _change(self, id_: OperationId, change: Callable[[Operation], Operation]) -> None:
        """Change one that is open; what opened it may be lost, if somebody altered the ledger."""
        if operation := self._open.get(id_):
            self._open[id_] = change(operation)


def _same(opening: Operation) -> object:
    """Return what openings have in common that are one operation."""
    return opening.id if opening.kind is OperationKind.SEARCH else (opening.kind, opening.plan)


def _joined(openings: Iterable[Operation]) -> Operation:
    """Return several openings of one kind and plan, the earliest first, as the one operation that they are."""
    first, *others = openings
    if not others:
        return first
    group = (first, *others)
    leading = next((each for each in group if each.led_by is not None), first)
    behind = next((each for each in group if each.is_confirmed), None)
    confirmed_by = None if behind is None else behind.confirmed_by or behind.opened_by[0]
    clear = [each.all_clear_ns for each in group if each.all_clear_ns is not None]
    silent = [each.silenced_ns for each in group if each.silenced_ns is not None]
    return replace(
        first,
        names_ns=min(each.names_ns for each in group),
        renewed_ns=max(each.renewed_ns for each in group),
        confirmed_by=first.confirmed_by if first.is_confirmed else confirmed_by,
        led_by=leading.led_by,
        offered_to=leading.offered_to,
        all_clear_ns=max(clear) if len(clear) == len(group) else None,
        silenced_ns=max(silent) if len(silent) == len(group) else None,
    )


def _what(facts: Facts) -> tuple[OperationKind, Plan | None, Reason]:
    plan = facts.get("plan")
    what, reason = str(facts["what"]), str(facts["reason"])
    return OperationKind(what), Plan(str(plan)) if plan else None, Reason(reason)
