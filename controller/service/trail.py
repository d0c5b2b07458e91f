"""The trail: who looked at movement data in which operation, and who tried to without the right (L6).

Entries name accounts, operations and deeds, never a holder and never a movement. Belongs here: writing looks and
attempts. Does not belong here: whether somebody may look (controller/domain/rights), what other officers' acts leave
behind (each service writes its own), or reading the trail (controller/law).
"""

from collections import Counter
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId, OperationId
from controller.domain.rights.deeds import Deed
from controller.domain.rights.judge import Refusal
from controller.ledger import Entry, Ledger
from controller.service.alarms import Alarms

SEEN: Final = "movement-seen"
REFUSED: Final = "access-refused"
UNTIMELY: Final = "access-untimely"
_UNTIMELY: Final = frozenset({Refusal.NO_OPERATION, Refusal.NAMES_CLOSED})
"""Whoever meets these may look, only not now: on record, but no breach."""
_QUIET_NS: Final = 60 * NS_PER_S
_Attempt = tuple[str, AccountId, Deed, Refusal]


class Trail:
    """Writes looks and attempts. All methods raise OSError where the disk refuses: then nothing may be shown."""

    def __init__(self, clock: Clock, ledger: Ledger, alarms: Alarms) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._written_ns: dict[_Attempt, int] = {}
        self._unwritten: Counter[_Attempt] = Counter()

    def seen(self, by: AccountId, deed: Deed, operation: OperationId | None, persons: int) -> Entry:
        """Put on record that somebody is shown movement data of so many persons; call it before they are shown.

        `operation`: None only where a deed needs none (the reconfirmation of one person).
        """
        return self._ledger.append(
            SEEN, self._clock.now_ns(), by=by, deed=deed.value, operation=operation or "", persons=persons
        )

    def refused(self, by: AccountId, deed: Deed, refusal: Refusal) -> None:
        """Put on record that somebody tried to see movement data and was refused; without the right it is an alarm.

        The first of like attempts is written at once, those within a minute after it together by `settle`.
        """
        kind = UNTIMELY if refusal in _UNTIMELY else REFUSED
        now_ns = self._clock.now_ns()
        if kind == REFUSED:
            self._alarms.of_system(now_ns, "access-refused", place=deed.value)
        attempt = (kind, by, deed, refusal)
        self._unwritten[attempt] += 1
        if now_ns - self._written_ns.get(attempt, -_QUIET_NS) >= _QUIET_NS:
            self._write(attempt, now_ns)

    def settle(self) -> None:
        """Write what `refused` held back, where its minute is over; call it now and then."""
        now_ns = self._clock.now_ns()
        for attempt in list(self._written_ns):
            if now_ns - self._written_ns[attempt] >= _QUIET_NS:
                if attempt in self._unwritten:
                    self._write(attempt, now_ns)
                else:
                    del self._written_ns[attempt]

    def _write(self, attempt: _Attempt, now_ns: int) -> None:
        kind, by, deed, refusal = attempt
        times = self._unwritten[attempt]
        self._ledger.append(kind, now_ns, by=by, deed=deed.value, refusal=refusal.value, attempts=times)
        self._written_ns[attempt] = now_ns
        del self._unwritten[attempt]
