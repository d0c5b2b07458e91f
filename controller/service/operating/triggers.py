"""What opens an emergency without a commander: a gate's fire release, and a signed alert of another system.

Both open counts and doors at once; names open when a commander confirms, or after 60 s. The end of a fire, and the
reset of its release, close nothing: a commander does. Belongs here: which of them is believed, once. Does not belong
here: the operation (operations.py), or the alert's format (domain/alert.py).
"""

import contextlib
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.clock import NS_PER_S, Clock
from contract.events import FireRelease
from contract.ids import EdgeId
from controller.domain.alert import FRESH_S, Alert, AlertError, is_fresh, read_alert
from controller.domain.operation import Operation, Plan, Reason, Trigger
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.alarms import Alarms
from controller.service.operating.operations import Operations, at_ns_of

TAKEN: Final = "alert-taken"
_REMEMBERED_NS: Final = 2 * FRESH_S * NS_PER_S
"""An alert that was taken is fresh no longer after that, whichever clock was ahead."""


class Triggers:
    """Believes fires and alerts. `sources`: public keys of alert sources by id."""

    def __init__(
        self,
        clock: Clock,
        operations: Operations,
        ledger: Ledger,
        alarms: Alarms,
        sources: Mapping[str, Ed25519PublicKey],
    ) -> None:
        self._clock = clock
        self._operations = operations
        self._ledger = ledger
        self._alarms = alarms
        self._sources = sources
        self._taken: dict[tuple[str, str], int] = {}
        ledger.follow(hearing(self._fold), hearing(self._fold))

    def fire(self, edge: EdgeId, event: FireRelease) -> Operation | None:
        """Take a gate's fire release: what is fresh, and not answered yet, opens an evacuation.

        Several portals release within seconds, and their gates tell when they can: whatever happened before the
        commander closed the last fire's emergency was known to him.
        """
        if not event.active:
            return None
        now_ns = self._clock.now_ns()
        if not is_fresh(event.occurred_ns, now_ns):
            self._alarms.of_system(now_ns, "late-fire", edge, event.portal)
            return None
        if event.occurred_ns <= self._operations.fire_answered_ns:
            return None
        cause = f"{event.portal} {event.occurred_ns}"
        return self._operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, edge, cause)

    def alert(self, body: bytes) -> Operation | None:
        """Take a signed alert; None if an emergency with its plan is open already. Raises AlertError."""
        now_ns = self._clock.now_ns()
        try:
            alert = self._new(read_alert(body, self._sources, now_ns), now_ns)
        except AlertError:
            self._alarms.of_system(now_ns, "alert-refused")
            raise
        self._taken[alert.source, alert.id] = now_ns
        operation = self._operations.trigger(alert.plan, alert.reason, Trigger.SIGNED_ALERT, alert.source, alert.id)
        with contextlib.suppress(OSError):  # an emergency does not wait for a disk; its opening is owed to the ledger
            self._ledger.append(TAKEN, now_ns, source=alert.source, alert=alert.id, plan=alert.plan)
        return operation

    def _new(self, alert: Alert, now_ns: int) -> Alert:
        self._taken = {key: at_ns for key, at_ns in self._taken.items() if now_ns - at_ns <= _REMEMBERED_NS}
        if (alert.source, alert.id) in self._taken:
            raise AlertError("this alert came before: a new one needs a new id")
        return alert

    def _fold(self, entry: Entry) -> None:
        if entry.kind == TAKEN:
            self._taken[str(entry.facts["source"]), str(entry.facts["alert"])] = at_ns_of(entry)
