"""What tablets report: that a commander opened the sealed roll there, which opens an operation, though late (C3).

Belongs here: judging such a report, entering it, and opening or joining the operation. Does not belong here: operations
themselves (service/operating), or marks (service/muster).
"""

from typing import Final

from contract.clock import Clock
from contract.ids import AccountId, OperationId
from contract.sealed_roll import is_signed
from controller.domain.operation import Operation, Plan, Reason
from controller.domain.tablets import OLDEST_OPENING_NS, Opening, TabletError
from controller.domain.violations import Violation
from controller.service.alarms import Alarms
from controller.service.operating.operations import NoSuchOperationError, Operations
from controller.service.tablets.enrolment import Tablets
from controller.service.tablets.roll_keys import RollKeys


class Reports:
    """See the module. Belongs to the event loop."""

    def __init__(self, clock: Clock, alarms: Alarms, tablets: Tablets, keys: RollKeys, operations: Operations) -> None:
        self._clock: Final = clock
        self._alarms: Final = alarms
        self._tablets: Final = tablets
        self._keys: Final = keys
        self._operations: Final = operations

    def opened(self, opening: Opening, signature: bytes) -> Operation | None:
        """Take a report; return the operation that goes on, or None if it is over. The same again changes nothing.

        Of a commander whose right has ended it is put on record and alarmed, and opens and ends nothing.
        Raises TabletError for a signature that is not the commander's or a moment that can not be; OperationError for
        a plan or reason that an emergency does not have; OSError where the disk refuses the entry.
        """
        now_ns = self._clock.now_ns()
        key = self._keys.of(opening.by)
        if key is None or not is_signed("sealed-roll-opened", opening.signed_parts(), signature, key.sign):
            raise TabletError("not-the-commander", "no commander's key signed this opening")
        opening = opening.believable(now_ns)
        is_new = self._tablets.fold.opener(opening.tablet, opening.id) is None
        self._tablets.put_opening(opening)
        if is_new:
            self._alarms.of_system(now_ns, "sealed-roll-opened", place=opening.tablet)
        may_open = self._keys.may_open(opening.by)
        if is_new and not may_open:
            self._alarms.of_violation(now_ns, Violation.SEEN_WITHOUT_RIGHT, place=opening.tablet)
        if not may_open or now_ns - opening.opened_ns > OLDEST_OPENING_NS:
            return None
        try:
            operation = self._operations.report(
                opening.id, Plan(opening.plan), Reason(opening.reason), opening.by, opening.opened_ns
            )
            is_alone = self._operations.openings_of(operation) == (opening.id,)
            if opening.ended_ns is not None and is_new and is_alone:  # nobody else's rescue ends by it
                self._operations.close(opening.id, opening.by)
                return None
        except NoSuchOperationError:
            return None
        return operation

    def may_mark(self, tablet: str, operation: OperationId) -> AccountId | None:
        """Return the commander in whose name a tablet marks in an operation because he opened the roll on it."""
        try:
            now = self._operations.operation(operation)
        except NoSuchOperationError:
            return None
        for id_, by in self._tablets.fold.openings(tablet).items():
            try:
                if self._operations.operation(id_).id == now.id:
                    return by
            except NoSuchOperationError:
                continue
        return None
