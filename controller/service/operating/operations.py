"""The operations of the site: opened, confirmed, renewed, ended; each step an entry in the ledger.

What is open is folded from the ledger, so a restart in the middle of an emergency changes nothing, and the steps of
other controllers, which are taken over into it, count as this one's own. While one is open the cut is held
(architecture, Presence, rule 6). Belongs here: carrying the rules out. Does not belong here: the rules
(domain/operation.py), the fold (domain/operation_fold.py), what opens one by itself (triggers.py), or who may
(domain/rights).
"""

import asyncio
import contextlib
import hashlib
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
from controller.domain.operation_fold import (
    ALL_CLEAR,
    CLOSED,
    CONFIRMED,
    OFFERED,
    OPENED,
    PROPOSED,
    RENEWED,
    RESUMED,
    SILENCED,
    SOUNDED,
    TAKEN,
    OperationFold,
)
from controller.domain.presence.bounds import Headcount
from controller.domain.said import Said
from controller.ledger import Entry, Fact, Ledger
from controller.ledger.told import TOLD, said_of
from controller.service.alarms import Alarms

UNKNOWN: Final = -1
"""Stands in an entry for a figure that is unknown."""
_NS_PER_US: Final = 1000
_ID_DIGITS: Final = 24


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
        self._fold: Final = OperationFold()
        self._waiting: set[OperationId] = set()
        self._owed: list[_Step] = []
        self._changed = asyncio.Event()
        self.on_change: Final[list[Callable[[], None]]] = []
        """Called after each change: of what is open, of whether names are."""
        self._named: set[OperationId] = set()
        ledger.follow(self._take_past, self._take_told)  # an emergency may be open before its own entry is written

    @property
    def fire_answered_ns(self) -> int:
        """When the last evacuation ended, whatever had opened it: a fire that broke out before is answered."""
        return self._fold.fire_answered_ns

    def open_now(self, now_ns: int) -> tuple[Operation, ...]:
        """Return the operations that are open, oldest first."""
        return tuple(self._fold.operations(now_ns))

    def proposals(self, now_ns: int) -> tuple[Proposal, ...]:
        """Return what waits for a second commander, oldest first."""
        return tuple(each for each in self._fold.proposals.values() if each.waits(now_ns))

    def operation(self, id_: OperationId) -> Operation:
        """Return an open operation, by the id of any opening of it. Raises NoSuchOperationError."""
        found = self._fold.find(id_, self._clock.now_ns())
        if found is None:
            raise NoSuchOperationError("no such operation is open")
        return found

    def openings_of(self, operation: Operation) -> tuple[OperationId, ...]:
        """Return the ids of all openings that are shown as this operation, in order of time."""
        return tuple(self._fold.openings_of(operation, self._clock.now_ns()))

    def open_emergency(self, plan: Plan, reason: Reason, by: AccountId) -> Operation:
        """Open an emergency: one commander suffices. A drill that is open ends. Raises OperationError."""
        now_ns = self._now_ns()
        may_stand_beside(OperationKind.EMERGENCY, plan, self.open_now(now_ns))
        return self._begin(opened(new_operation_id(), OperationKind.EMERGENCY, plan, reason, (by,), now_ns))

    def report(self, id_: OperationId, plan: Plan, reason: Reason, by: AccountId, opened_ns: int) -> Operation:
        """Open what a commander opened before, on a tablet that was out of reach; told again, it is the same.

        Where one of that plan is open, both are shown as one, from the earlier opening on. It lasts an hour from now.
        Raises OperationError, NoSuchOperationError where it is over already.
        """
        if not self._fold.was_opened(id_):
            at_ns = opened_ns // _NS_PER_US * _NS_PER_US
            self._begin(opened(id_, OperationKind.EMERGENCY, plan, reason, (by,), at_ns))
            self._enter(RENEWED, self._now_ns(), {"operation": id_, "by": by, **self._counted()})
        return self.operation(id_)

    def trigger(self, plan: Plan, reason: Reason, trigger: Trigger, source: str, cause: str) -> Operation | None:
        """Open an emergency that no commander asked for, unless one with that plan is open: then None.

        `source`: the gate or the alert source; `cause`: which of its alarms. Whichever controllers hear of the same one
        give the operation the same id.
        """
        now_ns = self._now_ns()
        try:
            may_stand_beside(OperationKind.EMERGENCY, plan, self.open_now(now_ns))
        except OperationError:
            return None
        self._alarms.of_system(now_ns, "operation-by-itself", place=source)
        id_ = _id_of(trigger, source, cause, plan)
        if self._fold.was_opened(id_):
            id_ = new_operation_id()
        return self._begin(opened(id_, OperationKind.EMERGENCY, plan, reason, (), now_ns, trigger), source)

    def propose(self, kind: OperationKind, plan: Plan | None, reason: Reason, by: AccountId) -> Proposal:
        """Propose a drill or search; a second commander joins within ten minutes. Raises OperationError, OSError."""
        now_ns = self._now_ns()
        may_stand_beside(kind, plan, self.open_now(now_ns))
        proposal = proposed(new_operation_id(), kind, plan, reason, by, now_ns)
        facts: dict[str, Fact] = {"operation": proposal.id, "what": kind, "reason": reason, "by": by}
        self._enter(PROPOSED, now_ns, facts | _plan(plan), may_owe=False)
        return proposal

    def join(self, id_: OperationId, by: AccountId) -> Operation:
        """Open what another commander proposed. Raises NoSuchOperationError, OperationError, OSError."""
        proposal = self._fold.proposals.get(id_)
        if proposal is None:
            raise NoSuchOperationError("nobody proposed such an operation")
        now_ns = self._now_ns()
        may_stand_beside(proposal.kind, proposal.plan, self.open_now(now_ns))
        return self._begin(proposal.joined(by, now_ns))

    def confirm(self, id_: OperationId, by: AccountId) -> Operation:
        """Open the names of what a trigger opened. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        self._step(CONFIRMED, self.operation(id_).confirmed(by, now_ns), now_ns, {"by": by})
        return self.operation(id_)

    def renew(self, id_: OperationId, by: AccountId) -> Operation:
        """Let it go on for another hour. Raises NoSuchOperationError, OperationError, OSError."""
        now_ns = self._now_ns()
        operation = self.operation(id_).renewed(now_ns)
        may_owe = operation.kind is OperationKind.EMERGENCY
        self._step(RENEWED, operation, now_ns, {"by": by, **self._counted()}, may_owe=may_owe)
        return self.operation(id_)

    def offer_command(self, id_: OperationId, to: AccountId, by: AccountId) -> Operation:
        """Offer command to another commander. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        self._step(OFFERED, self.operation(id_).offered(to, by, now_ns), now_ns, {"to": to, "by": by})
        return self.operation(id_)

    def take_command(self, id_: OperationId, by: AccountId) -> Operation:
        """Lead from now on; where it was not offered, an alarm tells all. Raises as `offer_command`."""
        now_ns = self._now_ns()
        before = self.operation(id_)
        operation = before.taken_over(by, now_ns)
        offered = before.offered_to == by
        self._step(TAKEN, operation, now_ns, {"by": by, "before": before.led_by or "", "offered": offered})
        if not offered and before.led_by is not None:
            self._alarms.of_system(now_ns, "command-taken", place=name_of(operation))
        return self.operation(id_)

    def all_clear(self, id_: OperationId, by: AccountId) -> Operation:
        """Say that people may go back. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        self._step(ALL_CLEAR, self.operation(id_).all_clear(by, now_ns), now_ns, {"by": by, **self._counted()})
        return self.operation(id_)

    def resume(self, id_: OperationId, by: AccountId) -> Operation:
        """Take the all-clear back. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        self._step(RESUMED, self.operation(id_).resumed(by, now_ns), now_ns, {"by": by, **self._counted()})
        return self.operation(id_)

    def silence(self, id_: OperationId, by: AccountId) -> Operation:
        """Silence the sirens of all gates while the danger lasts. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        self._step(SILENCED, self.operation(id_).silenced(by, now_ns), now_ns, {"by": by})
        return self.operation(id_)

    def sound(self, id_: OperationId, by: AccountId) -> Operation:
        """Let them sound again. Raises NoSuchOperationError, OperationError."""
        now_ns = self._now_ns()
        self._step(SOUNDED, self.operation(id_).sounded_again(by, now_ns), now_ns, {"by": by})
        return self.operation(id_)

    def close(self, id_: OperationId, by: AccountId) -> None:
        """End it. Raises NoSuchOperationError, OperationError."""
        operation = self.operation(id_)
        operation.closed(by, self._now_ns())
        self._end(operation, Ending.COMMANDER, by)

    def tick(self) -> None:
        """Do what time demands: end what nobody renewed, remind, tell of names that open, write what is owed."""
        now_ns = self._now_ns()
        self._end_drills(now_ns)  # a crash may have come between
        for opening in self._fold.ended(now_ns):
            facts: dict[str, Fact] = {"operation": opening.id, "ending": Ending.NOT_RENEWED, "by": ""}
            self._enter(CLOSED, now_ns, facts | self._counted())
            if not self._fold.openings_of(opening, now_ns):
                self._alarms.settled("operation-ends-soon", place=name_of(opening))
                self._alarms.of_system(now_ns, "operation-not-renewed", place=name_of(opening))
        for operation in self.open_now(now_ns):
            if operation.ends_soon(now_ns):
                self._alarms.of_system(now_ns, "operation-ends-soon", place=name_of(operation))
            else:
                self._alarms.settled("operation-ends-soon", place=name_of(operation))
        if {each.id for each in self.proposals(now_ns)} != self._waiting or self._names_open() != self._named:
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
        self._end_drills(operation.opened_ns)
        return operation

    def _end_drills(self, now_ns: int) -> None:
        opened_now = self.open_now(now_ns)
        for other in opened_now:
            if any(ends_with(each, other) for each in opened_now):
                self._end(other, Ending.EMERGENCY)

    def _end(self, operation: Operation, ending: Ending, by: AccountId | None = None) -> None:
        self._alarms.settled("operation-ends-soon", place=name_of(operation))
        self._step(CLOSED, operation, self._now_ns(), {"ending": ending, "by": by or "", **self._counted()})

    def _step(
        self, kind: str, operation: Operation, now_ns: int, facts: dict[str, Fact], *, may_owe: bool = True
    ) -> None:
        """Enter a step of an operation, of each opening of it."""
        for id_ in self._fold.openings_of(operation, now_ns):
            self._enter(kind, now_ns, {"operation": id_, **facts}, may_owe=may_owe)

    def _counted(self) -> dict[str, Fact]:
        return dict(self._figures()._asdict())

    def _names_open(self) -> set[OperationId]:
        now_ns = self._clock.now_ns()
        return {each.id for each in self.open_now(now_ns) if each.names_open(now_ns)}

    def _tell(self) -> None:
        self._named = self._names_open()
        self._waiting = {each.id for each in self.proposals(self._clock.now_ns())}
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
        self._fold.hear(Said(self._ledger.controller, at_ns, kind, facts))
        self._tell()

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

    def _take_past(self, entry: Entry) -> None:
        self._fold.hear(said_of(entry, self._ledger.controller))

    def _take_told(self, entry: Entry) -> None:
        if entry.kind == TOLD:
            self._take_past(entry)
            self._tell()


def figures_of(count: Headcount) -> Figures:
    """Return what an entry says of a headcount."""
    return Figures(UNKNOWN if count.unknown else count.best, count.named, count.unnamed)


def name_of(operation: Operation) -> str:
    """Return what an alarm calls an operation: its kind, and its plan."""
    return f"{operation.kind} {operation.plan}" if operation.plan else str(operation.kind)


def at_ns_of(entry: Entry) -> int:
    """Return when an entry was made, in ns since 1970 UTC."""
    return from_datetime(datetime.fromisoformat(entry.at))


def _plan(plan: Plan | None) -> dict[str, Fact]:
    return {"plan": plan} if plan else {}


def _id_of(trigger: Trigger, source: str, cause: str, plan: Plan) -> OperationId:
    """Return the id of what a trigger opens: it follows from the trigger, in the form of those that are drawn."""
    return OperationId(hashlib.sha256(f"{trigger}\0{source}\0{cause}\0{plan}".encode()).hexdigest()[:_ID_DIGITS])
