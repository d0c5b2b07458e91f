"""What the live page shows, worked out from the live picture: pure, no words, no markup.

Belongs here: what is grouped, ordered, left out or loud. Does not belong here: translation (words.py), rendering
(page.py). All moments are aware datetimes; "now" is the picture's own time, so that a replay looks as it was.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from controller.console.words import NOTICES, RELIEF, SEVERE
from controller.live import (
    AlarmLine,
    BoardLine,
    CaseLine,
    Cause,
    GateLine,
    GateState,
    Headcount,
    KeyLine,
    Live,
    OperationLine,
    ReaderLine,
)

_MOST_ALARMS: Final = 10
_MOST_DESTROYED: Final = 4
_WORTH_SAYING_MS: Final = 1000
_DAY_S: Final = 86400


@dataclass(frozen=True)
class Figure:
    """One headcount; `area`: its id, "" of the premises.

    `marker` is where the best figure lies between lowest and highest, 0 to 1; None if they agree.
    """

    area: str
    name: str
    lowest: int | None
    best: int | None
    highest: int | None
    unnamed: int
    causes: Sequence[Cause]
    named: int
    marker: float | None
    withheld: bool

    @property
    def unknown(self) -> bool:
        """There is no figure worth showing."""
        return self.best is None

    @property
    def bounded(self) -> bool:
        """Each cause says how many; of an unknown figure the three lie too far apart then."""
        return all(cause.persons for cause in self.causes)

    @property
    def exact(self) -> bool:
        """The three figures agree."""
        return self.best is not None and self.lowest == self.best == self.highest


@dataclass(frozen=True)
class Gate:
    """One gate; `policy_behind` and `clock_off_ms` only where they are worth saying."""

    name: str
    state: GateState
    last_heard_at: datetime | None
    silent_s: float
    policy_version: int
    policy_behind: bool
    policy_wanted: int
    clock_off_ms: int | None
    readers: Sequence[ReaderLine]
    boards: Sequence[BoardLine]
    cameras: int
    cameras_recording: int
    segments: int


class Level(enum.StrEnum):
    """How loud an alarm is."""

    SEVERE = "severe"
    WARNING = "warning"
    RELIEF = "relief"
    NOTICE = "notice"


@dataclass(frozen=True)
class Alarm:
    """Alarms of one kind, cause and place: the last one's time, and how many there were since the first."""

    kind: str
    cause: str
    gate: str
    place: str
    at: datetime
    since: datetime
    count: int
    level: Level


class KeyState(enum.StrEnum):
    """How a period's key stands."""

    ALIVE = "alive"
    DYING = "dying"
    OVERDUE = "overdue"
    DESTROYED = "destroyed"


@dataclass(frozen=True)
class Key:
    """One period's key. `left_s` until it dies, 0 for a dead one."""

    starts_at: datetime
    dies_at: datetime
    whole_days: bool
    state: KeyState
    rows: int
    left_s: float


@dataclass(frozen=True)
class Strip:
    """The keys of one kind in the order of their periods: the last destroyed ones, then all that live.

    `prepared`: how many live keys belong to periods that have not begun.
    """

    kind: str
    keys: Sequence[Key]
    prepared: int


@dataclass(frozen=True)
class Gauge:
    """The age of the oldest readable record against its limit; `share` is 0 to 1."""

    age_s: float
    limit_s: int
    share: float
    exceeded: bool


@dataclass(frozen=True)
class View:
    """Everything on the live page. `all_heard`: no gate may hold news that the figures lack."""

    at: datetime
    site: str
    learning: bool
    premises: Figure
    areas: Sequence[Figure]
    gates: Sequence[Gate]
    silent: int
    never_heard: int
    all_heard: bool
    alarms: Sequence[Alarm]
    alarms_left_out: int
    strips: Sequence[Strip]
    overdue: int
    gauge: Gauge
    keys_destroyed: int
    still_at_gates: int
    events_stored: int
    events_duplicate: int
    events_expired: int
    events_late: int
    broker_connected: bool
    operations: Sequence[tuple[OperationLine, datetime]]
    withheld: int
    """How many areas are shown without figures."""
    smallest_area_shown: int
    cases: Sequence[CaseLine]
    """Alarms that wait for an officer, the loud ones first."""
    names: Mapping[str, str]
    """What gates and areas are called, by id."""


def view(live: Live) -> View:
    """Return what the page shows of `live`. Raises ValueError for a time that is none, or lacks its zone."""
    now = _moment(live.at)
    names = {gate.gate: gate.name for gate in live.gates if gate.name}
    alarms = _alarms(live.alarms, names)
    strips = [_strip(kind, live.keys, now) for kind in dict.fromkeys(key.kind for key in live.keys)]
    return View(
        at=now,
        site=live.site,
        learning=live.learning,
        premises=_figure(live.premises),
        areas=[_figure(area) for area in live.areas],
        gates=[_gate(gate, now) for gate in live.gates],
        silent=_in_state(live, GateState.SILENT),
        never_heard=_in_state(live, GateState.NEVER_SEEN),
        all_heard=live.broker_connected and not live.learning and all(g.state is GateState.ONLINE for g in live.gates),
        alarms=alarms[:_MOST_ALARMS],
        alarms_left_out=sum(alarm.count for alarm in alarms[_MOST_ALARMS:]),
        strips=strips,
        overdue=sum(key.state is KeyState.OVERDUE for strip in strips for key in strip.keys),
        gauge=_gauge(live),
        keys_destroyed=live.keys_destroyed,
        # What a gate says of itself is some seconds older than what is stored.
        still_at_gates=max(0, live.events_journaled - live.events_stored - live.events_expired - live.events_late),
        events_stored=live.events_stored,
        events_duplicate=live.events_duplicate,
        events_expired=live.events_expired,
        events_late=live.events_late,
        broker_connected=live.broker_connected,
        operations=[(line, _moment(line.opened_at)) for line in live.operations],
        withheld=sum(area.withheld for area in live.areas),
        smallest_area_shown=live.smallest_area_shown,
        cases=live.cases,
        names=names | {area.area: area.name for area in live.areas if area.name},
    )


def _in_state(live: Live, state: GateState) -> int:
    return sum(gate.state is state for gate in live.gates)


def _figure(count: Headcount) -> Figure:
    marker = None
    if count.lowest is not None and count.best is not None and count.highest is not None:
        width = count.highest - count.lowest
        marker = (count.best - count.lowest) / width if width else None
    return Figure(
        area=count.area,
        name=count.name or count.area,
        lowest=count.lowest,
        best=count.best,
        highest=count.highest,
        unnamed=count.unnamed,
        causes=count.causes,
        named=count.named,
        marker=marker,
        withheld=count.withheld,
    )


def _gate(gate: GateLine, now: datetime) -> Gate:
    heard = _moment(gate.last_heard_at) if gate.last_heard_at else None
    return Gate(
        name=gate.name or gate.gate,
        state=gate.state,
        last_heard_at=heard,
        silent_s=(now - heard).total_seconds() if heard else 0.0,
        policy_version=gate.policy_version,
        policy_behind=gate.policy_version < gate.policy_wanted,
        policy_wanted=gate.policy_wanted,
        clock_off_ms=abs(gate.clock_offset_ms) if abs(gate.clock_offset_ms) > _WORTH_SAYING_MS else None,
        readers=gate.readers,
        boards=gate.boards,
        cameras=gate.cameras,
        cameras_recording=gate.cameras_recording,
        segments=gate.segments,
    )


def _alarms(lines: Iterable[AlarmLine], names: dict[str, str]) -> list[Alarm]:
    """Newest first, and notices below all others.

    A door that cries all the time takes one line, so that a flood hides nothing else.
    """
    alike: dict[tuple[str, str, str, str], list[datetime]] = {}
    for line in lines:
        alike.setdefault((line.kind, line.cause, line.gate, line.place), []).append(_moment(line.at))
    alarms = []
    for (kind, cause, gate, place), times in alike.items():
        name = names.get(gate, gate)
        where = "" if place in {gate, name} else place
        alarms.append(Alarm(kind, cause, name, where, max(times), min(times), len(times), _level(kind)))
    return sorted(alarms, key=lambda alarm: (alarm.level is not Level.NOTICE, alarm.at), reverse=True)


def _level(kind: str) -> Level:
    for level, kinds in ((Level.SEVERE, SEVERE), (Level.RELIEF, RELIEF), (Level.NOTICE, NOTICES)):
        if kind in kinds:
            return level
    return Level.WARNING


def _strip(kind: str, lines: Iterable[KeyLine], now: datetime) -> Strip:
    ordered = sorted((line for line in lines if line.kind == kind), key=lambda line: _moment(line.starts_at))
    begun = [line for line in ordered if _moment(line.starts_at) <= now]
    destroyed = [line for line in begun if not line.alive][-_MOST_DESTROYED:]
    alive = [line for line in begun if line.alive]
    return Strip(
        kind=kind,
        keys=sorted((_key(line, now) for line in [*destroyed, *alive]), key=lambda key: key.starts_at),
        prepared=sum(line.alive for line in ordered) - len(alive),
    )


def _key(line: KeyLine, now: datetime) -> Key:
    starts, ends, dies = (_moment(text) for text in (line.starts_at, line.ends_at, line.dies_at))
    left_s = (dies - now).total_seconds()
    if not line.alive:
        state = KeyState.DESTROYED
    elif left_s < 0:
        state = KeyState.OVERDUE
    elif left_s <= (ends - starts).total_seconds():
        state = KeyState.DYING
    else:
        state = KeyState.ALIVE
    return Key(
        starts_at=starts,
        dies_at=dies,
        whole_days=(ends - starts).total_seconds() >= _DAY_S,
        state=state,
        rows=line.rows,
        left_s=max(0.0, left_s) if line.alive else 0.0,
    )


def _gauge(live: Live) -> Gauge:
    share = live.oldest_readable_s / live.limit_s if live.limit_s else 1.0
    return Gauge(
        age_s=live.oldest_readable_s,
        limit_s=live.limit_s,
        share=min(1.0, max(0.0, share)),
        exceeded=live.oldest_readable_s >= live.limit_s,
    )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a time without its zone: {text}")
    return at
