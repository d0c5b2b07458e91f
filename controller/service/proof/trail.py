"""The trail: who came in, who looked at movement data in which operation, who tried to without the right (L6).

Entries name accounts, operations and deeds, never a holder and never a movement. Belongs here: writing looks and
attempts. Does not belong here: whether somebody may look (controller/domain/rights), what other officers' acts leave
behind (each service writes its own), or reading the trail (controller/law).
"""

from collections import Counter, deque
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId, OperationId
from controller.domain.rights.deeds import Deed
from controller.domain.rights.judge import Refusal
from controller.ledger import Fact, Ledger
from controller.service.alarms import Alarms

SEEN: Final = "movement-seen"
SIGNED_IN: Final = "session-opened"
ATTACKED: Final = "sign-in-attack"
REFUSED: Final = "access-refused"
UNTIMELY: Final = "access-untimely"
_UNTIMELY: Final = frozenset({Refusal.NO_OPERATION, Refusal.NAMES_CLOSED})
"""Whoever meets these may look, only not now: on record, but no breach."""
_QUIET_NS: Final = 60 * NS_PER_S
_Attempt = tuple[str, AccountId, Deed, Refusal]


class Trail:
    """Writes looks and attempts. What the disk refuses is alarmed and written as soon as it can be.

    An emergency does not wait for a disk: what an officer with the right to it needs is shown all the same.
    """

    def __init__(self, clock: Clock, ledger: Ledger, alarms: Alarms) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._owed: deque[tuple[str, int, dict[str, Fact]]] = deque()
        self._written_ns: dict[_Attempt, int] = {}
        self._unwritten: Counter[_Attempt] = Counter()

    def seen(self, by: AccountId, deed: Deed, operation: OperationId | None, persons: int) -> None:
        """Put on record that somebody is shown movement data of so many persons; call it before they are shown.

        `operation`: None only where a deed needs none (the reconfirmation of one person).
        """
        self._enter(SEEN, {"by": by, "deed": deed.value, "operation": operation or "", "persons": persons})

    def signed_in(self, account: AccountId, how: str) -> None:
        """Put on record that an officer came in."""
        self._enter(SIGNED_IN, {"account": account, "how": how})

    def attacked(self, guessed: str, attempts: int) -> None:
        """Put on record that somebody guesses; `guessed`: at a name, or from an address, neither of which is told."""
        self._enter(ATTACKED, {"guessed": guessed, "attempts": attempts})

    def refused(self, by: AccountId, deed: Deed, refusal: Refusal, *, just_ended: bool = False) -> None:
        """Put on record that somebody tried to see movement data and was refused; without the right it is an alarm.

        `just_ended`: it was rightly before him until moments ago, and his open page asked again: no breach, no alarm.
        The first of like attempts is written at once, those within a minute after it together by `settle`.
        """
        kind = UNTIMELY if just_ended or refusal in _UNTIMELY else REFUSED
        now_ns = self._clock.now_ns()
        if kind == REFUSED:
            self._alarms.of_system(now_ns, "access-refused", place=deed.value)
        attempt = (kind, by, deed, refusal)
        self._unwritten[attempt] += 1
        if now_ns - self._written_ns.get(attempt, -_QUIET_NS) >= _QUIET_NS:
            self._write(attempt, now_ns)

    def settle(self) -> None:
        """Write what the disk refused, and what `refused` held back where its minute is over; call it now and then."""
        self._write_owed()
        now_ns = self._clock.now_ns()
        for attempt in list(self._written_ns):
            if now_ns - self._written_ns[attempt] >= _QUIET_NS:
                if attempt in self._unwritten:
                    self._write(attempt, now_ns)
                else:
                    del self._written_ns[attempt]

    def _write(self, attempt: _Attempt, now_ns: int) -> None:
        kind, by, deed, refusal = attempt
        times = self._unwritten.pop(attempt)
        self._enter(kind, {"by": by, "deed": deed.value, "refusal": refusal.value, "attempts": times})
        self._written_ns[attempt] = now_ns

    def _enter(self, kind: str, facts: dict[str, Fact]) -> None:
        self._owed.append((kind, self._clock.now_ns(), facts))
        self._write_owed()

    def _write_owed(self) -> None:
        try:
            while self._owed:
                kind, at_ns, facts = self._owed[0]
                self._ledger.append(kind, at_ns, **facts)
                self._owed.popleft()
        except OSError:
            self._alarms.of_system(self._clock.now_ns(), "ledger-failed", place="trail")
        else:
            self._alarms.settled("ledger-failed", place="trail")
