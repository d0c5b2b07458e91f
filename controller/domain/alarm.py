"""Alarms that somebody has to answer: which they are, how soon, and when one that nobody answers goes louder (C5).

An alarm stands until an officer acknowledges it by name, also when what caused it is over. One that is not acknowledged
in the time of its class goes louder: to the commanders, on every page, with a sound. Belongs here: these rules. Does
not belong here: raising alarms (service/alarms.py), entries and time (service/alarm_cases.py), or words.
"""

import enum
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from contract.clock import NS_PER_S
from contract.events import DenialReason
from contract.ids import AccessPointId

CASES_OF_A_GATE: Final = 50
"""More cases of one gate than its devices can have: from there on its alarms share one, so that none is lost."""
ATTEMPTS: Final = 3
"""So many denials at one access point within ATTEMPTS_WITHIN_S are an attempt to enter without authorization."""
ATTEMPTS_WITHIN_S: Final = 120
AT_ONCE: Final = frozenset({DenialReason.PASS_BLOCKED, DenialReason.NOT_AUTHENTICATED})
"""Denials that tell of an attempt by themselves: a pass that was reported lost, a card that is not what it says."""


class AlarmClass(enum.StrEnum):
    """How soon an alarm has to be answered."""

    LIFE = "life"
    """Somebody is in danger, or an operation waits for a commander."""
    INTRUSION = "intrusion"
    """Somebody may have come in who must not."""
    PREMISES = "premises"
    """A door stands open, or an area is too full."""
    DEVICE = "device"
    """Something that the control centre counts or watches by is gone."""


WITHIN_S: Final = {
    AlarmClass.LIFE: 30,
    AlarmClass.INTRUSION: 60,
    AlarmClass.PREMISES: 180,
    AlarmClass.DEVICE: 300,
}
"""So long an alarm of each class may stand unanswered."""

CLASSES: Final = {
    "duress": AlarmClass.LIFE,
    "fire": AlarmClass.LIFE,
    "late-fire": AlarmClass.LIFE,
    "operation-by-itself": AlarmClass.LIFE,
    "operation-ends-soon": AlarmClass.LIFE,
    "command-taken": AlarmClass.LIFE,
    "sealed-roll-opened": AlarmClass.LIFE,
    "signal-failed": AlarmClass.LIFE,
    "forced": AlarmClass.INTRUSION,
    "passage-without-grant": AlarmClass.INTRUSION,
    "tamper": AlarmClass.INTRUSION,
    "entry-attempts": AlarmClass.INTRUSION,
    "bad-pins": AlarmClass.INTRUSION,
    "read-refused": AlarmClass.INTRUSION,
    "gate-twice": AlarmClass.INTRUSION,
    "held": AlarmClass.PREMISES,
    "capacity": AlarmClass.PREMISES,
    "reader-lost": AlarmClass.DEVICE,
    "board-lost": AlarmClass.DEVICE,
    "power": AlarmClass.DEVICE,
    "gate-silent": AlarmClass.DEVICE,
    "broker-stuck": AlarmClass.DEVICE,
    "controller-away": AlarmClass.DEVICE,
    "controller-clock-ahead": AlarmClass.DEVICE,
    "store-failed": AlarmClass.DEVICE,
    "gate-store-failed": AlarmClass.DEVICE,
    "camera-lost": AlarmClass.DEVICE,
    "camera-frozen": AlarmClass.DEVICE,
    "camera-black": AlarmClass.DEVICE,
    "camera-covered": AlarmClass.INTRUSION,
}
"""The alarms that somebody has to answer, each with its class; all others are lines of a list."""


class AlarmKey(NamedTuple):
    """What makes two alarms one case: `kind` and `cause` are codes; `gate` may be "", `place` a device or area."""

    kind: str
    cause: str
    gate: str
    place: str


@dataclass(frozen=True)
class Case:
    """Alarms of one key since the last acknowledgement. Times in ns since 1970 UTC.

    `since_ns`, `last_ns`: when the first and the last of them happened. `heard_ns`: when this controller first heard
    of it; its time runs from there. `louder_ns`: when it went louder. `over_ns`: when what caused it ended.
    """

    id: str
    key: AlarmKey
    since_ns: int
    last_ns: int
    heard_ns: int
    times: int = 1
    louder_ns: int | None = None
    over_ns: int | None = None

    @property
    def louder_at_ns(self) -> int:
        """When it goes louder unless somebody acknowledges it."""
        return self.heard_ns + WITHIN_S[CLASSES[self.key.kind]] * NS_PER_S

    def is_due(self, now_ns: int) -> bool:
        """Whether its time is over and it is not louder yet."""
        return self.louder_ns is None and now_ns >= self.louder_at_ns

    def again(self, at_ns: int) -> "Case":
        """The same once more."""
        first, last = min(self.since_ns, at_ns), max(self.last_ns, at_ns)
        over_ns = None if at_ns >= (self.over_ns or 0) else self.over_ns
        return replace(self, since_ns=first, last_ns=last, times=self.times + 1, over_ns=over_ns)

    def over(self, at_ns: int) -> "Case":
        """What caused it has ended; it stands until it is acknowledged all the same."""
        return self if at_ns < self.last_ns else replace(self, over_ns=at_ns)


class Attempts:
    """Denials at access points: when they tell that somebody tries to enter without authorization.

    `ways_out`: where nobody enters (ways_out.py). Whoever is denied there wants to leave, or to be accounted for.
    """

    def __init__(self, ways_out: Collection[AccessPointId] = frozenset()) -> None:
        self._ways_out: Final = frozenset(ways_out)
        self._denied_ns: dict[tuple[str, str], deque[int]] = {}

    def denied(self, gate: str, access_point: str, reason: DenialReason, at_ns: int) -> bool:
        """Take note of a denial; tell whether it is an attempt, by itself or with those shortly before it."""
        if access_point in self._ways_out:
            return False
        times = self._denied_ns.setdefault((gate, access_point), deque(maxlen=ATTEMPTS))
        times.append(at_ns)
        is_series = len(times) == ATTEMPTS and max(times) - min(times) <= ATTEMPTS_WITHIN_S * NS_PER_S
        return reason in AT_ONCE or is_series
