"""Alarms that wait for an officer: taken up as they are raised, louder in time, acknowledged by name.

Acknowledging and going louder are entries in the ledger, without movement data. After a restart the records that can
be read raise their alarms again; what the ledger says was acknowledged stays so, here or at another controller. Belongs
here: carrying the rules out. Does not belong here: the rules (domain/alarm.py), or the list of lines (alarms.py).
"""

import secrets
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contract.clock import NS_PER_S, Clock, from_datetime, to_datetime
from contract.ids import AccountId
from controller.domain.alarm import CASES_OF_A_GATE, CLASSES, AlarmKey, Case
from controller.ledger import Entry, Fact, Ledger
from controller.ledger.told import TOLD, entry_of, hearing
from controller.live import CaseLine
from controller.service.alarms import Alarms

ACKNOWLEDGED: Final = "alarm-acknowledged"
LOUDER: Final = "alarm-louder"
_KEPT: Final = 50
_ID_BYTES: Final = 8


class NoSuchAlarmError(LookupError):
    """No alarm with that id was raised since the controller started."""


@dataclass(frozen=True)
class Answered:
    """A case that an officer acknowledged."""

    case: Case
    by: AccountId
    at_ns: int


class AlarmCases:
    """Belongs to the event loop. It hears every line of `alarms` from its making on."""

    def __init__(self, clock: Clock, ledger: Ledger, alarms: Alarms) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._alarms: Final = alarms
        self._waiting: Final[dict[AlarmKey, Case]] = {}
        self._answered: Final[deque[Answered]] = deque(maxlen=_KEPT)
        alarms.on_line.append(self._take)
        alarms.on_over.append(self._over)
        ledger.follow(hearing(self._fold), self._told)

    def waiting(self) -> list[Case]:
        """Return what nobody has acknowledged: the louder ones first, then by when they go louder."""
        return sorted(self._waiting.values(), key=lambda case: (case.louder_ns is None, case.louder_at_ns))

    def lines(self) -> list[CaseLine]:
        """Return the same as pages show it."""
        return [line_of(case) for case in self.waiting()]

    def answered(self) -> list[Answered]:
        """Return what was acknowledged since the start, the last first."""
        return list(reversed(self._answered))

    def acknowledge(self, id_: str, by: AccountId) -> Answered:
        """Acknowledge a case; one that was acknowledged stays as it was. Raises NoSuchAlarmError, OSError."""
        case = next((each for each in self._waiting.values() if each.id == id_), None)
        if case is None:
            for each in self._answered:
                if each.case.id == id_:
                    return each
            raise NoSuchAlarmError("there is no such alarm, or it was acknowledged before the controller started")
        now_ns = self._clock.now_ns()
        self._ledger.append(ACKNOWLEDGED, now_ns, by=by, times=case.times, **_facts(case, now_ns))
        del self._waiting[case.key]
        answered = Answered(case, by, now_ns)
        self._answered.append(answered)
        return answered

    def tick(self) -> bool:
        """Let go louder what nobody acknowledged in its time; tell whether any did."""
        now_ns = self._clock.now_ns()
        due = [case for case in self._waiting.values() if case.is_due(now_ns)]
        for case in due:
            self._waiting[case.key] = _louder(case, now_ns)
            try:
                self._ledger.append(LOUDER, now_ns, **_facts(case, now_ns))
            except OSError:  # it is loud all the same
                self._alarms.of_system(now_ns, "ledger-failed", place="alarms")
        return bool(due)

    def _take(self, at_ns: int, key: AlarmKey) -> None:
        if key.kind not in CLASSES:
            return
        if key not in self._waiting and sum(each.gate == key.gate for each in self._waiting) >= CASES_OF_A_GATE:
            key = key._replace(cause="", place="")
        case = self._waiting.get(key)
        if case is None:
            id_ = secrets.token_hex(_ID_BYTES)
            self._waiting[key] = Case(id_, key, at_ns, at_ns, self._clock.now_ns())
        else:
            self._waiting[key] = case.again(at_ns)

    def _over(self, at_ns: int, kind: str, gate: str, place: str) -> None:
        for key, case in self._waiting.items():
            if (key.kind, key.gate, key.place) == (kind, gate, place):
                self._waiting[key] = case.over(at_ns or self._clock.now_ns())

    def _told(self, entry: Entry) -> None:
        """Take over what was acknowledged at another controller; what is done here is done before it is written."""
        if entry.kind == TOLD:
            self._fold(entry_of(entry))

    def _fold(self, entry: Entry) -> None:
        """Take over what was acknowledged, and what was louder already, before this program started or elsewhere."""
        if entry.kind not in {ACKNOWLEDGED, LOUDER}:
            return
        key = AlarmKey(*(str(entry.facts[name]) for name in ("alarm", "cause", "gate", "place")))
        at_ns = from_datetime(datetime.fromisoformat(entry.at))
        case = self._waiting.get(key)
        if case is None or case.last_ns > at_ns:
            return
        if entry.kind == ACKNOWLEDGED:
            del self._waiting[key]
            self._answered.append(Answered(case, AccountId(str(entry.facts["by"])), at_ns))
        else:
            self._waiting[key] = _louder(case, at_ns)


def line_of(case: Case) -> CaseLine:
    """Return a case as pages show it."""
    since, last, louder_at = (to_datetime(at).isoformat() for at in (case.since_ns, case.last_ns, case.louder_at_ns))
    over_at = None if case.over_ns is None else to_datetime(case.over_ns).isoformat()
    return CaseLine(case.id, *case.key, since, last, case.times, case.louder_ns is not None, louder_at, over_at)


def _louder(case: Case, at_ns: int) -> Case:
    return Case(case.id, case.key, case.since_ns, case.last_ns, case.heard_ns, case.times, at_ns, case.over_ns)


def _facts(case: Case, now_ns: int) -> dict[str, Fact]:
    kind, cause, gate, place = case.key
    waited_s = max(0, now_ns - case.heard_ns) // NS_PER_S
    return {"alarm": kind, "cause": cause, "gate": gate, "place": place, "waited_s": waited_s}
