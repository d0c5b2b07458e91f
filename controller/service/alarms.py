"""The last alarms, in memory: what went wrong where, without a person.

Belongs here: the short list that pages show, and telling who listens. Does not belong here: which alarms somebody has
to answer (domain/alarm.py), and whether he did (alarm_cases.py).
"""

import enum
from collections import Counter
from collections.abc import Callable, Collection
from typing import Final

from contract.clock import NS_PER_S, to_datetime
from contract.events import (
    AccessDenied,
    AccessNotTaken,
    AnyEvent,
    BadPins,
    BoardBack,
    BoardLost,
    ClockDoubted,
    ControllersChanged,
    DoorClosed,
    DoorForced,
    DoorHeld,
    Duress,
    FireRelease,
    GateRestarted,
    OccupantsDiffer,
    PassageWithoutGrant,
    PeopleCrossed,
    PowerTrouble,
    ReaderBack,
    ReaderLost,
    ReadRefused,
    SignalFailed,
    SignalSwitched,
    Tamper,
    VehicleTurnedAway,
    VehicleUnseen,
)
from contract.ids import AccessPointId
from controller.domain.alarm import AlarmKey, Attempts
from controller.domain.violations import Violation
from controller.live import AlarmLine

_ALARMING: Final = frozenset(
    {
        AccessDenied, AccessNotTaken, BadPins, BoardBack, BoardLost, ClockDoubted, ControllersChanged,
        DoorClosed, DoorForced, DoorHeld, Duress, FireRelease,
        GateRestarted, OccupantsDiffer, PassageWithoutGrant, PeopleCrossed, PowerTrouble, ReaderBack, ReaderLost,
        ReadRefused, SignalFailed, SignalSwitched, Tamper, VehicleTurnedAway, VehicleUnseen,
    }
)  # fmt: skip
SUSPICIOUS: Final = frozenset({"not_secure", "tampered", "copied", "key_mismatch", "revoked"})
"""Reasons of ReadRefused that tell of an attack. All others tell of a bad read, or of a card of somebody else's."""
_SHOWN: Final = 100
_NOTICES_SHOWN: Final = 50
_ALIKE_SHOWN: Final = 20
"""So many lines of one kind, cause and place: whoever makes a door cry all the time hides no other alarm by it."""
_QUIET_NS: Final = 60 * NS_PER_S


class Alarms:
    """Alarms of gates and of the system itself, newest first. `ways_out`: access points by which nobody enters."""

    def __init__(self, ways_out: Collection[AccessPointId] = frozenset()) -> None:
        self.raised: Counter[str] = Counter()
        """How many lines of each kind there were since the start, shown or not."""
        self.on_line: Final[list[Callable[[int, AlarmKey], None]]] = []
        """Told of each line that is no notice: when it happened (ns since 1970 UTC), and what."""
        self.on_over: Final[list[Callable[[int, str, str, str], None]]] = []
        """Told when what raised one has ended: when (0: now), kind, gate, place."""
        self._attempts = Attempts(ways_out)
        self._lines = _Lines(_SHOWN, self.raised)
        self._notices = _Lines(_NOTICES_SHOWN, self.raised)
        """What happens all day, in a list of its own: it must not push a forced door off the page."""
        self._last_ns: dict[str, int] = {}

    def of_event(self, gate: str, event: AnyEvent) -> None:
        """Raise the alarm that an event of a gate calls for, if any."""
        if type(event) not in _ALARMING or _is_usual(event):  # soon told of a hundred thousand passages a second
            return
        place: str
        match event:
            case DoorForced() | DoorHeld() | PassageWithoutGrant() | FireRelease(active=True):
                place = event.portal
            case ReaderLost() | Tamper(active=True) | PowerTrouble(active=True):
                place = event.reader
            case BoardLost():
                place = event.board
            case SignalFailed() | SignalSwitched(active=True):
                place = event.signal
            case GateRestarted() | ClockDoubted() | ControllersChanged():
                place = gate
            case Duress() | BadPins() | OccupantsDiffer() | PeopleCrossed() | VehicleUnseen():
                place = event.access_point
            case AccessDenied() | AccessNotTaken() | VehicleTurnedAway():
                self._notice(gate, event)
                return
            case ReadRefused(reason=reason) if reason in SUSPICIOUS:
                self._raise(event.occurred_ns, "read-refused", gate, event.reader, reason)
                return
            case _:
                self._ended(gate, event)
                return
        self._raise(event.occurred_ns, str(type(event).__struct_config__.tag), gate, place)

    def _notice(self, gate: str, event: AccessDenied | AccessNotTaken | VehicleTurnedAway) -> None:
        if isinstance(event, AccessNotTaken):
            self._notices.add(event.occurred_ns, "not-taken", gate, event.access_point)
            return
        if isinstance(event, VehicleTurnedAway):
            self._notices.add(event.occurred_ns, "vehicle-turned-away", gate, event.access_point, event.reason.value)
            return
        self._notices.add(event.occurred_ns, "denied", gate, event.access_point, event.reason.value)
        if self._attempts.denied(gate, event.access_point, event.reason, event.occurred_ns):
            self.of_system(event.occurred_ns, "entry-attempts", gate, event.access_point)

    def _ended(self, gate: str, event: AnyEvent) -> None:
        """Say that what raised an alarm is over, where an event tells it."""
        kinds: tuple[str, ...]
        match event:
            case DoorClosed(portal=place):
                kinds = ("forced", "held")
            case FireRelease(portal=place):
                kinds = ("fire",)
            case ReaderBack(reader=place):
                kinds = ("reader-lost",)
            case BoardBack(board=place):
                kinds = ("board-lost",)
            case Tamper(reader=place):
                kinds = ("tamper",)
            case PowerTrouble(reader=place):
                kinds = ("power",)
            case SignalSwitched(signal=place):
                kinds = ("signal", "signal-failed")
            case _:
                return
        for kind in kinds:
            self._tell_over(event.occurred_ns, kind, gate, place)

    def of_passage(self, gate: str, occurred_ns: int, kind: str) -> None:
        """Raise an alarm about a passage that contradicts an earlier one: which gate, never who."""
        self._raise(occurred_ns, kind, gate, gate)

    def of_system(self, now_ns: int, kind: str, gate: str = "", place: str = "") -> None:
        """Raise an alarm of the system's own: once, and again when it was `settled` or not raised for a minute."""
        key = f"{kind}/{gate}/{place}"
        last_ns = self._last_ns.get(key)
        self._last_ns[key] = now_ns
        if last_ns is None or now_ns - last_ns > _QUIET_NS:
            self._raise(now_ns, kind, gate, place)

    def of_violation(self, now_ns: int, violation: Violation, gate: str = "", place: str = "") -> None:
        """Raise the alarm of something that breaks a rule of the law; as `of_system`."""
        self.of_system(now_ns, violation.value, gate, place)

    def of_states(self, states: type[enum.StrEnum], found: Collection[str], now_ns: int, gate: str, place: str) -> None:
        """Raise an alarm for each of `states` that is `found`, and settle the others."""
        for state in states:
            if state in found:
                self.of_system(now_ns, state.value, gate, place)
            else:
                self.settled(state.value, gate, place)

    def settled(self, kind: str, gate: str = "", place: str = "") -> None:
        """Say that what `of_system` raised is over."""
        if self._last_ns.pop(f"{kind}/{gate}/{place}", None) is not None:
            self._tell_over(0, kind, gate, place)

    def lines(self) -> list[AlarmLine]:
        """Return the alarms, newest first."""
        both = [*self._lines.kept, *self._notices.kept]
        return [line for _, line in sorted(both, key=lambda item: item[0], reverse=True)]

    def _raise(self, at_ns: int, kind: str, gate: str, place: str, cause: str = "") -> None:
        self._lines.add(at_ns, kind, gate, place, cause)
        for tell in self.on_line:
            tell(at_ns, AlarmKey(kind, cause, gate, place))

    def _tell_over(self, at_ns: int, kind: str, gate: str, place: str) -> None:
        for tell in self.on_over:
            tell(at_ns, kind, gate, place)


def _is_usual(event: AnyEvent) -> bool:
    """Tell whether a camera saw no more people cross than were read."""
    return isinstance(event, PeopleCrossed) and event.seen <= event.taken


class _Lines:
    """The last so many lines, of each kind, cause and place not more than a part of them."""

    def __init__(self, most: int, raised: Counter[str]) -> None:
        self._most = most
        self._raised = raised
        self.kept: list[tuple[int, AlarmLine]] = []

    def add(self, at_ns: int, kind: str, gate: str, place: str, cause: str = "") -> None:
        """Add a line, instead of the oldest one like it or of the oldest of all, where there are enough."""
        self._raised[kind] += 1
        what = (kind, gate, place, cause)
        alike = [at for at, (_, line) in enumerate(self.kept) if (line.kind, line.gate, line.place, line.cause) == what]
        if len(alike) >= _ALIKE_SHOWN:
            del self.kept[alike[0]]
        elif len(self.kept) >= self._most:
            del self.kept[0]
        self.kept.append((at_ns, AlarmLine(to_datetime(at_ns).isoformat(), kind, gate, place, cause)))
