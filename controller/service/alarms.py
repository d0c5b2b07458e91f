"""The last alarms, in memory: what went wrong where, without a person.

Belongs here: the short list that pages show. Acknowledgement and escalation come with the control centre's own screens.
"""

from collections import deque
from typing import Final

from contract.clock import NS_PER_S, to_datetime
from contract.events import (
    AccessDenied,
    AccessNotTaken,
    AnyEvent,
    BadPins,
    BoardLost,
    ClockDoubted,
    DoorForced,
    DoorHeld,
    Duress,
    FireRelease,
    GateRestarted,
    PassageWithoutGrant,
    PowerTrouble,
    ReaderLost,
    Tamper,
)
from controller.live import AlarmLine

_ALARMING: Final = frozenset(
    {
        AccessDenied, AccessNotTaken, BadPins, BoardLost, ClockDoubted, DoorForced, DoorHeld, Duress, FireRelease,
        GateRestarted, PassageWithoutGrant, PowerTrouble, ReaderLost, Tamper,
    }
)  # fmt: skip
_SHOWN: Final = 100
_NOTICES_SHOWN: Final = 50
_QUIET_NS: Final = 60 * NS_PER_S


class Alarms:
    """Alarms of gates and of the system itself, newest first."""

    def __init__(self) -> None:
        self._lines: deque[tuple[int, AlarmLine]] = deque(maxlen=_SHOWN)
        self._notices: deque[tuple[int, AlarmLine]] = deque(maxlen=_NOTICES_SHOWN)
        """What happens all day, in a list of its own: it must not push a forced door off the page."""
        self._last_ns: dict[str, int] = {}

    def of_event(self, gate: str, event: AnyEvent) -> None:
        """Raise the alarm that an event of a gate calls for, if any."""
        if type(event) not in _ALARMING:  # one look for each of a hundred thousand passages a second
            return
        place: str
        match event:
            case DoorForced() | DoorHeld() | PassageWithoutGrant() | FireRelease(active=True):
                place = event.portal
            case ReaderLost() | Tamper(active=True) | PowerTrouble(active=True):
                place = event.reader
            case BoardLost():
                place = event.board
            case GateRestarted() | ClockDoubted():
                place = gate
            case Duress() | BadPins():
                place = event.access_point
            case AccessDenied():
                line = self._line(event.occurred_ns, "denied", gate, event.access_point, event.reason.value)
                self._notices.append((event.occurred_ns, line))
                return
            case AccessNotTaken():
                line = self._line(event.occurred_ns, "not-taken", gate, event.access_point)
                self._notices.append((event.occurred_ns, line))
                return
            case _:
                return
        self._add(event.occurred_ns, str(type(event).__struct_config__.tag), gate, place)

    def of_passage(self, gate: str, occurred_ns: int, kind: str) -> None:
        """Raise an alarm about a passage that contradicts an earlier one: which gate, never who."""
        self._add(occurred_ns, kind, gate, gate)

    def of_system(self, now_ns: int, kind: str, gate: str = "", place: str = "") -> None:
        """Raise an alarm of the system's own: once, and again when it was `settled` or not raised for a minute."""
        key = f"{kind}/{gate}/{place}"
        last_ns = self._last_ns.get(key)
        self._last_ns[key] = now_ns
        if last_ns is None or now_ns - last_ns > _QUIET_NS:
            self._add(now_ns, kind, gate, place)

    def settled(self, kind: str, gate: str = "", place: str = "") -> None:
        """Say that what `of_system` raised is over."""
        self._last_ns.pop(f"{kind}/{gate}/{place}", None)

    def lines(self) -> list[AlarmLine]:
        """Return the alarms, newest first."""
        both = [*self._lines, *self._notices]
        return [line for _, line in sorted(both, key=lambda item: item[0], reverse=True)]

    def _add(self, at_ns: int, kind: str, gate: str, place: str) -> None:
        self._lines.append((at_ns, self._line(at_ns, kind, gate, place)))

    @staticmethod
    def _line(at_ns: int, kind: str, gate: str, place: str, cause: str = "") -> AlarmLine:
        return AlarmLine(to_datetime(at_ns).isoformat(), kind, gate, place, cause)
