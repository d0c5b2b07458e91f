"""The other controllers of the site: who they are by the root's list, told to ledger and alarms whenever that changes.

Who can read what gates seal is the one fact that outweighs all others, so each list is an entry of the ledger, and each
newcomer an alarm (L6). Belongs here: noticing. Does not belong here: the list itself (pki/listed.py), certificates and
listeners (wire.py), or what controllers tell each other (peer/).
"""

from typing import Final

import structlog

from contract.clock import Clock
from contract.controllers import fingerprint
from contract.messages import Health
from controller.ledger import Fact, Ledger
from controller.pki.listed import Listed, ListRefusedError
from controller.service.alarms import Alarms

LISTED: Final = "controllers-listed"
REVOKED: Final = "gate-revoked"
_log = structlog.get_logger()


class Colleagues:
    """Watches the list of controllers."""

    def __init__(self, listed: Listed, ledger: Ledger, alarms: Alarms, clock: Clock) -> None:
        """Write down the list in force, if it came while this controller did not run. Raises OSError."""
        self._listed = listed
        self._ledger = ledger
        self._alarms = alarms
        self._clock = clock
        self._note()

    def look(self) -> bool:
        """Take up a list that a technician installed; return whether it is a new one. Raises OSError."""
        try:
            is_new = self._listed.look()
        except ListRefusedError as error:
            self._refuse(error)
            return False
        if is_new:
            self._note()
        return is_new

    def take(self, signed: bytes) -> bool:
        """Take up a list that another controller passed on; return whether it is a new one. Raises OSError."""
        try:
            is_new = self._listed.take(signed)
        except ListRefusedError as error:
            self._refuse(error)
            return False
        if is_new:
            self._note()
        return is_new

    def hear(self, health: Health) -> None:
        """Compare what a gate says to whom it seals with the list in force here."""
        strangers = set(health.sealed_to) - {card.controller for card in self._listed.now.controllers}
        if strangers or health.list_number > self._listed.now.number:
            self._alarms.of_system(self._clock.now_ns(), "gate-follows-newer-list", health.edge, health.edge)
        else:
            self._alarms.settled("gate-follows-newer-list", health.edge, health.edge)

    def _refuse(self, error: ListRefusedError) -> None:
        _log.warning("list of controllers refused", error=str(error))
        self._alarms.of_system(self._clock.now_ns(), "list-refused", place=self._listed.controller)

    def _note(self) -> None:
        listed, now_ns = self._listed.now, self._clock.now_ns()
        last = self._ledger.last.get(LISTED)
        if last is not None and last.facts["list_number"] == listed.number:
            return
        before = set(str(last.facts["controllers"]).split()) if last is not None else {self._listed.controller}
        names = [card.controller for card in listed.controllers]
        for card in listed.controllers:
            if card.controller not in before:
                digits = fingerprint(card.verify_key)
                self._ledger.append(
                    "controller-enrolled",
                    now_ns,
                    controller=card.controller,
                    list_number=listed.number,
                    fingerprint=digits,
                )
                self._alarms.of_system(now_ns, "controller-enrolled", place=card.controller)
        for name in sorted(before.difference(names)):
            self._ledger.append("controller-removed", now_ns, controller=name, list_number=listed.number)
        known = self._revoked()
        for digits in (fingerprint(key) for key in listed.revoked_gates):
            if digits not in known:
                self._ledger.append(REVOKED, now_ns, fingerprint=digits, list_number=listed.number)
        # The last of them, so that a crash in between writes all of them again rather than none.
        self._ledger.append(
            LISTED, now_ns, list_number=listed.number, signed_at=listed.signed_at, controllers=" ".join(names)
        )

    def _revoked(self) -> set[Fact]:
        """Return the fingerprints that are written down; read when a list is new, and only if there are any."""
        if not self._ledger.counts[REVOKED]:
            return set()
        return {entry.facts["fingerprint"] for entry in self._ledger.entries() if entry.kind == REVOKED}
