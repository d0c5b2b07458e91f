"""Check: whoever was shown movement data had authorization, briefing, and an operation that allowed it (L1, L2, L3).

Folds rights and operations from the ledger by itself and judges every look of the trail again, at the moment at which
it was: an access that the API should have refused is found here. Belongs here: that look back. Does not belong here:
refusing (api/access.py), or attempts that were refused (service/trail.py).
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from contract.clock import NS_PER_S, Clock, from_datetime
from contract.ids import AccountId, OperationId
from controller.domain import operation_fold
from controller.domain.operation import Ending, Operation, OperationKind, Plan, Reason, Trigger, opened
from controller.domain.rights.deeds import Deed
from controller.domain.rights.judge import Situation, refusal
from controller.domain.rights.register import Register
from controller.domain.violations import Violation
from controller.ledger import Entry, Fact, Ledger
from controller.ledger.told import entry_of
from controller.service.proof.checks.check import Finding
from controller.service.proof.checks.watch import BREACH_FOUND
from controller.service.proof.trail import SEEN, Trail

_REMEMBERED_NS: Final = 3600 * NS_PER_S
"""A look is over at once: it stands as found for so long."""
_ENTRY: Final = "entry "
_STEPS: Final = frozenset(
    {operation_fold.OPENED, operation_fold.CONFIRMED, operation_fold.RENEWED, operation_fold.CLOSED}
)


_HOLDS_FROM_THEN: Final = frozenset({operation_fold.OPENED, operation_fold.CONFIRMED})
"""What counts from when it was done, also where it was heard of later; all else from when it was heard of."""


class Access:
    """Follows the ledger."""

    name = "access"
    every_s = 5.0

    def __init__(self, clock: Clock, ledger: Ledger, trail: Trail) -> None:
        self._clock = clock
        self._trail = trail
        self._register = Register()
        self._operations: dict[OperationId, Operation] = {}
        self._found_ns: dict[Finding, int] = {}
        self._waiting: deque[Entry] = deque()
        ledger.follow(self._take_past, self._waiting.append)

    async def look(self) -> set[Finding]:
        """See Check. Has the trail write what it held back, too."""
        self._trail.settle()
        while self._waiting:
            self._take(self._waiting.popleft())
        now_ns = self._clock.now_ns()
        self._found_ns = {found: at_ns for found, at_ns in self._found_ns.items() if now_ns - at_ns <= _REMEMBERED_NS}
        return set(self._found_ns)

    def _take_past(self, entry: Entry) -> None:
        self._take(entry)
        if entry.kind == BREACH_FOUND:  # told before this restart
            self._found_ns.pop(Finding(Violation.SEEN_WITHOUT_RIGHT, place=str(entry.facts["place"])), None)

    def _take(self, entry: Entry) -> None:
        said = entry_of(entry)  # what another controller entered holds here from the moment at which it was heard
        facts = said.facts
        at = said.at if said.kind in _HOLDS_FROM_THEN else entry.at
        at_ns = from_datetime(datetime.fromisoformat(at))
        if entry.kind == SEEN and not self._had_right(entry, at_ns):
            self._found_ns[Finding(Violation.SEEN_WITHOUT_RIGHT, place=f"{_ENTRY}{entry.number}")] = (
                self._clock.now_ns()
            )
        elif said.kind in _STEPS:
            self._fold_operation(said.kind, OperationId(str(facts["operation"])), at_ns, facts)
        else:
            self._register.apply(said.kind, at_ns, facts)

    def _had_right(self, entry: Entry, at_ns: int) -> bool:
        """Whether the officer of this look might have had it, by what the ledger says of that moment."""
        officer = self._register.officer(AccountId(str(entry.facts["by"])))
        if officer is None:
            return False
        then = tuple(
            replace(each, closed_ns=None)
            for each in self._operations.values()
            if each.closed_ns is None or at_ns < each.closed_ns
        )
        deed = str(entry.facts["deed"])
        if deed not in set(Deed):
            return False
        version = officer.briefing.version if officer.briefing else ""
        situation = Situation(at_ns, tuple(each for each in then if each.is_open(at_ns)), version)
        return refusal(officer, Deed(deed), situation) is None

    def _fold_operation(self, kind: str, id_: OperationId, at_ns: int, facts: Mapping[str, Fact]) -> None:
        if kind == operation_fold.OPENED and id_ in self._operations:
            return  # the same alarm, heard by another controller as well
        if kind == operation_fold.OPENED:
            plan = facts.get("plan")
            self._operations[id_] = opened(
                id_,
                OperationKind(str(facts["what"])),
                Plan(str(plan)) if plan else None,
                Reason(str(facts["reason"])),
                tuple(AccountId(each) for each in str(facts["by"]).split()),
                at_ns,
                Trigger(str(facts["trigger"])),
            )
            return
        operation = self._operations.get(id_)
        if operation is None:  # what opened it stood in a ledger that was altered and set aside
            return
        match kind:
            case operation_fold.CONFIRMED:
                self._operations[id_] = operation.was_confirmed(AccountId(str(facts["by"])), at_ns)
            case operation_fold.RENEWED:
                self._operations[id_] = replace(operation.was_renewed(at_ns), closed_ns=None)
            case _ if facts["ending"] == Ending.NOT_RENEWED and operation.is_open(at_ns):
                pass  # another controller had not heard that it was renewed
            case _:
                self._operations[id_] = replace(operation, closed_ns=at_ns)
                for old in [each for each, ended in self._operations.items() if _is_long_over(ended, at_ns)]:
                    del self._operations[old]


def _is_long_over(operation: Operation, now_ns: int) -> bool:
    return operation.closed_ns is not None and now_ns - operation.closed_ns > _REMEMBERED_NS
