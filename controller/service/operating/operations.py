"""The operations of this controller: opened, confirmed, renewed, ended; each step an entry in the ledger.

What is open is folded from the ledger at start, so a restart in the middle of an emergency changes nothing. While one
is open the cut is held (architecture, Presence, rule 6). Belongs here: carrying the rules out. Does not belong here:
the rules (domain/operation.py), what opens one by itself (triggers.py), or who may (domain/rights).
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from contract.clock import Clock, from_datetime
from contract.ids import AccountId, OperationId, new_operation_id
from controller.domain.operation import (
    Ending,
    Operation,
    OperationError,
    OperationKind,
    Plan,
    Proposal,
    Reason,
    Trigger,
    ends_with,
    may_stand_beside,
    opened,
    proposed,
)
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.bounds import Reason as Cause
from controller.ledger import Entry, Fact, Ledger
from controller.service.alarms import Alarms

PROPOSED: Final = "operation-proposed"
OPENED: Final = "operation-opened"
CONFIRMED: Final = "operation-confirmed"
RENEWED: Final = "operation-renewed"
CLOSED: Final = "operation-closed"
OFFERED: Final = "command-offered"
TAKEN: Final = "command-taken"
ALL_CLEAR: Final = "all-clear"
RESUMED: Final = "all-clear-taken-back"
UNKNOWN: Final = -1
"""Stands in an entry for a figure that is unknown."""
_NS_PER_US: Final = 1000


class NoSuchOperationError(LookupError):
    """No operation or proposal with that id is open."""


class Figures(NamedTuple):
    """How many are inside, for an entry: best estimate, with names, without; UNKNOWN where no figure is worth it."""

    inside: int
    named: int
    unnamed: int


class _Step(NamedTuple):
    kind: str
    at_ns: int
    facts: dict[str, Fact]


class Operations:
    """Opens and ends operations. Belongs to the event loop. Times are ns since 1970 UTC, in whole microseconds.

    `figures`: how many are inside now.
    """

    def __init__(self, clock: Clock, ledger: Ledger, alarms: Alarms, figures: Callable[[], Figures]) -> None:
        self._clock = clock
        self._ledger = ledger
        self._alarms = alarms
        self._figures = figures
        self._open: dict[OperationId, Operation] = {}
        self._proposals: dict[OperationId, Proposal] = {}
        self._owed: list[_Step] = []
        self._changed = asyncio.Event()
        self.on_change: Final[list[Callable[[], None]]] = []
        """Called after each change: of what is open, of whether names are."""
        self.fire_answered_ns = 0
        """When the last evacuation ended, whatever had opened it: a fire that broke out before is answered."""
        self._named: set[OperationId] = set()
        ledger.follow(self._fold)  # and not what is new: an emergency may be open before its entry is written

    def open_now(self, now_ns: int) -> tuple[Operation, ...]:
        """Return the operations that are open, oldest first."""
        return tuple(each for each in self._open.values() if each.is_open(now_ns))

    def proposals(self, now_ns: int) -> tuple[Proposal, ...]:
        """Return what waits for a second commander, oldest first."""
        return tuple(each for each in self._proposals.values() if each.waits(now_ns))

    def operation(self, id_: OperationId) -> Operation:
        """Return an open operation. Raises NoSuchOperationError."""
        found = self._open.get(id_)
        if found is None or not found.is_open(self._clock.now_ns()):
            raise NoSuchOperationError("no such operation is open")
        return found

    def open_emergency(self, plan: Plan, reason: Reason, by: AccountId) -> Operation:
        """Open an emergency: one commander suffices. A drill that is open ends. Raises OperationError."""
        now_ns = self._now_ns()
        may_stand_beside(OperationKind.EMERGENCY, plan, self.open_now(now_ns))
        return self._begin(opened(new_operation_id(), OperationKind.EMERGENCY, plan, reason, (by,), now_ns))

    def trigger(self, plan: Plan, reason: Reason, trigger: Trigger, source: str) -> Operation | None:
        """Open an emergency that no commander asked for, unless one with that plan is open: then None.

        `source`: the gate or the alert source.
        """
        now_ns = self._now_ns()
        try:
            may_stand_beside(OperationKind.EMERGENCY, plan, self.open_now(now_ns))
        except OperationError:
            return None
        self._alarms.of_system(now_ns, "operation-by-itself", place=source)
        operation = opened(new_operation_id(), OperationKind.EMERGENCY, plan, reason, (), now_ns, trigger)
        return self._begin(operation, source)

    def propose(self, kind: OperationKind, plan: Plan | None, reason: Reason, by: AccountId) -> Proposal:
        """Propose a drill or search; a second commander joins within ten minutes. Raises OperationError, OSError."""
        now_ns = self._now_ns()
        may_stand_beside(kind, plan, self.open_now(now_ns))
        proposal = proposed(new_operation_id(), kind, plan, reason, by, now_ns)
        facts: dict[str, Fact] = {"operation": proposal.id, "what": kind, "reason": reason, "by": by}
        self._enter(PROPOSED, now_ns, facts | _plan(plan), may_owe=False)
        self._proposals = {each.id: each for each in (*self.proposals(now_ns), proposal)}
        self._tell()
        return proposal

    def join(self, id_: OperationId, by: AccountId) -> Operation:
        """Open what another commander proposed. Raises NoSuchOperationError, OperationError, OSError."""
        proposal = self._proposals.get(id_)
        if proposal is None:
            raise NoSuchOperationError("nobody proposed such an operation")
        now_ns = self._now_ns()
        may_stand_beside(proposal.kind, proposal.plan, self.open_now(now_ns))
        operation = self._begin(proposal.joined(by, now_ns))
        del self._proposals[id_]
        return operation

    def confirm(self, id_: OperationId, by: AccountId) -> Operation:
        """Open the names of what a trigger opened. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        operation = self.operation(id_).confirmed(by, now_ns)
        self._enter(CONFIRMED, now_ns, {"operation": id_, "by": by})
        return self._keep(operation)

    def renew(self, id_: OperationId, by: AccountId) -> Operation:
        """Let it go on for another hour. Raises NoSuchOperationError, OperationError, OSError."""
        now_ns = self._now_ns()
        operation = self.operation(id_).renewed(now_ns)
        self._enter(
            RENEWED,
            now_ns,
            {"operation": id_, "by": by, **self._counted()},
            may_owe=operation.kind is OperationKind.EMERGENCY,
        )
        return self._keep(operation)

    def offer_command(self, id_: OperationId, to: AccountId, by: AccountId) -> Operation:
        """Offer command to another commander. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        operation = self.operation(id_).offered(to, by, now_ns)
        self._enter(OFFERED, now_ns, {"operation": id_, "to": to, "by": by})
        return self._keep(operation)

    def take_command(self, id_: OperationId, by: AccountId) -> Operation:
        """Lead from now on; where it was not offered, an alarm tells all. Raises as `offer_command`."""
        now_ns = self._now_ns()
        before = self.operation(id_)
        operation = before.taken_over(by, now_ns)
        offered = before.offered_to == by
        facts: dict[str, Fact] = {"operation": id_, "by": by, "before": before.led_by or "", "offered": offered}
        self._enter(TAKEN, now_ns, facts)
        if not offered and before.led_by is not None:
            self._alarms.of_system(now_ns, "command-taken", place=name_of(operation))
        return self._keep(operation)

    def all_clear(self, id_: OperationId, by: AccountId) -> Operation:
        """Say that people may go back. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        operation = self.operation(id_).all_clear(by, now_ns)
        self._enter(ALL_CLEAR, now_ns, {"operation": id_, "by": by, **self._counted()})
        return self._keep(operation)

    def resume(self, id_: OperationId, by: AccountId) -> Operation:
        """Take the all-clear back. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        operation = self.operation(id_).resumed(by, now_ns)
        self._enter(RESUMED, now_ns, {"operation": id_, "by": by, **self._counted()})
        return self._keep(operation)

    def close(self, id_: OperationId, by: AccountId) -> None:
        """End it. Raises NoSuchOperationError, OperationError."""
        operation = self.operation(id_)
        operation.closed(by, self._now_ns())
        self._end(operation, Ending.COMMANDER, by)

    def tick(self) -> None:
        """Do what time demands: end what nobody renewed, remind, tell of names that open, write what is owed."""
        now_ns = self._now_ns()
        self._end_drills(now_ns)  # a crash may have come between
        for operation in list(self._open.values()):
            if not operation.is_open(now_ns):
                self._end(operation, Ending.NOT_RENEWED)
                self._alarms.of_system(now_ns, "operation-not-renewed", place=name_of(operation))
            elif operation.ends_soon(now_ns):
                self._alarms.of_system(now_ns, "operation-ends-soon", place=name_of(operation))
            else:
                self._alarms.settled("operation-ends-soon", place=name_of(operation))
        waiting = {each.id: each for each in self.proposals(now_ns)}
        if waiting.keys() != self._proposals.keys() or self._names_open() != self._named:
            self._proposals = waiting
            self._tell()
        with contextlib.suppress(OSError):  # alarmed there
            self._write_owed()

    async def wait(self, at_most_s: float) -> None:
        """Return at the next change, or after `at_most_s` without one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._changed.wait()

    def _begin(self, operation: Operation, source: str = "") -> Operation:
        facts: dict[str, Fact] = {
            "operation": operation.id,
            "what": operation.kind,
            "reason": operation.reason,
            "trigger": operation.trigger,
            "source": source,
            "by": " ".join(operation.opened_by),
            **_plan(operation.plan),
            **self._counted(),
        }
        self._enter(OPENED, operation.opened_ns, facts, may_owe=operation.kind is OperationKind.EMERGENCY)
        self._keep(operation)
        self._end_drills(operation.opened_ns)
        return operation

    def _end_drills(self, now_ns: int) -> None:
        opened_now = self.open_now(now_ns)
        for other in opened_now:
            if any(ends_with(each, other) for each in opened_now):
                self._end(other, Ending.EMERGENCY)

    def _end(self, operation: Operation, ending: Ending, by: AccountId | None = None) -> None:
        now_ns = self._now_ns()
        facts: dict[str, Fact] = {"operation": operation.id, "ending": ending, "by": by or ""}
        self._enter(CLOSED, now_ns, facts | self._counted())
        self._forget(operation.id, now_ns)
        self._alarms.settled("operation-ends-soon", place=name_of(operation))
        self._tell()

    def _forget(self, id_: OperationId, now_ns: int) -> None:
        gone = self._open.pop(id_, None)
        if gone is not None and (gone.kind, gone.plan) == (OperationKind.EMERGENCY, Plan.EVACUATE):
            self.fire_answered_ns = now_ns

    def _keep(self, operation: Operation) -> Operation:
        self._open[operation.id] = operation
        self._tell()
        return operation

    def _counted(self) -> dict[str, Fact]:
        return dict(self._figures()._asdict())

    def _names_open(self) -> set[OperationId]:
        now_ns = self._clock.now_ns()
        return {each.id for each in self._open.values() if each.names_open(now_ns)}

    def _tell(self) -> None:
        self._named = self._names_open()
        self._changed.set()
        self._changed = asyncio.Event()
        for call in self.on_change:
            call()

    def _now_ns(self) -> int:
        """Return the time as the ledger keeps it, so that what is folded again equals what was."""
        return self._clock.now_ns() // _NS_PER_US * _NS_PER_US

    def _enter(self, kind: str, at_ns: int, facts: dict[str, Fact], *, may_owe: bool = True) -> None:
        """Write a step down. An emergency does not wait for a disk: `may_owe` writes it as soon as that is possible."""
        step = _Step(kind, at_ns, facts)
        self._owed.append(step)
        try:
            self._write_owed()
        except OSError:
            if not may_owe:
                self._owed.remove(step)
                raise

    def _write_owed(self) -> None:
        while self._owed:
            step = self._owed[0]
            try:
                self._ledger.append(step.kind, step.at_ns, **step.facts)
            except OSError:
                self._alarms.of_system(self._clock.now_ns(), "ledger-failed", place="ledger")
                raise
            self._owed.pop(0)
        self._alarms.settled("ledger-failed", place="ledger")

    def _fold(self, entry: Entry) -> None:
        if entry.kind not in {PROPOSED, OPENED, CONFIRMED, RENEWED, OFFERED, TAKEN, ALL_CLEAR, RESUMED, CLOSED}:
            return
        at_ns = at_ns_of(entry)
        facts = entry.facts
        id_ = OperationId(str(facts["operation"]))
        match entry.kind:
            case kind if kind == PROPOSED:
                self._proposals[id_] = Proposal(id_, *_what(entry), AccountId(str(facts["by"])), at_ns)
            case kind if kind == OPENED:
                self._proposals.pop(id_, None)
                by = tuple(AccountId(each) for each in str(facts["by"]).split())
                self._open[id_] = opened(id_, *_what(entry), by, at_ns, Trigger(str(facts["trigger"])))
            case kind if kind == CONFIRMED:
                self._refold(id_, lambda each: each.was_confirmed(AccountId(str(facts["by"])), at_ns))
            case kind if kind == RENEWED:
                self._refold(id_, lambda each: each.was_renewed(at_ns))
            case kind if kind == OFFERED:
                self._refold(id_, lambda each: each.was_offered(AccountId(str(facts["to"]))))
            case kind if kind == TAKEN:
                self._refold(id_, lambda each: each.was_taken_over(AccountId(str(facts["by"]))))
            case kind if kind in {ALL_CLEAR, RESUMED}:
                self._refold(id_, lambda each: each.was_all_clear(at_ns if kind == ALL_CLEAR else None))
            case _:
                self._forget(id_, at_ns)

    def _refold(self, id_: OperationId, change: Callable[[Operation], Operation]) -> None:
        """Change one that is open; what opened it may be lost, if somebody altered the ledger."""
        if operation := self._open.get(id_):
            self._open[id_] = change(operation)


def figures_of(count: Headcount) -> Figures:
    """Return what an entry says of a headcount."""
    unnamed = sum(cause.likely for cause in count.causes if cause.reason is Cause.UNNAMED_INSIDE)
    return Figures(UNKNOWN if count.unknown else count.best, count.named, unnamed)


def name_of(operation: Operation) -> str:
    """Return what an alarm calls an operation: its kind, and its plan."""
    return f"{operation.kind} {operation.plan}" if operation.plan else str(operation.kind)


def at_ns_of(entry: Entry) -> int:
    """Return when an entry was made, in ns since 1970 UTC."""
    return from_datetime(datetime.fromisoformat(entry.at))


def _plan(plan: Plan | None) -> dict[str, Fact]:
    return {"plan": plan} if plan else {}


def _what(entry: Entry) -> tuple[OperationKind, Plan | None, Reason]:
    plan = entry.facts.get("plan")
    what, reason = str(entry.facts["what"]), str(entry.facts["reason"])
    return OperationKind(what), Plan(str(plan)) if plan else None, Reason(reason)
