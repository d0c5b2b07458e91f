"""What the live page may know: counts, gates, alarms and keys. No person, no credential (L1).

Belongs here: the shape of the live picture, as the truth process sends it and the console renders it. Does not belong
here: how it comes about (controller/truth), or how it looks (controller/console).
"""

import enum

import msgspec


class GateState(enum.StrEnum):
    """How a gate stands to the controller."""

    NEVER_SEEN = "never-seen"
    ONLINE = "online"
    CATCHING_UP = "catching-up"
    SILENT = "silent"


class Cause(msgspec.Struct, frozen=True):
    """Why lowest, best and highest differ: a code that a screen puts in words, and by how many persons at most.

    `fewer` may be inside less, `more` beside those who are placed there; `persons` is the larger of both. All 0: nobody
    can say how many. `since`: since when (ISO 8601, UTC), None where no moment can be told. `place`: the gate or
    portal, "" for none.
    """

    code: str
    persons: int
    fewer: int = 0
    more: int = 0
    since: str | None = None
    place: str = ""


class Headcount(msgspec.Struct, frozen=True):
    """How many are in one area, or on the whole premises. All None: the figure is unknown, and `causes` says why.

    `named` are placed inside by what can be read; `causes` take from that or add to it. `withheld`: nothing is told
    outside an operation, for there are too few persons in it, or it could be worked out from what is told.
    """

    area: str
    name: str
    lowest: int | None
    best: int | None
    highest: int | None
    unnamed: int
    causes: list[Cause]
    named: int
    withheld: bool = False


class ReaderLine(msgspec.Struct, frozen=True):
    """One reader on the page; `secure` is None for kinds without a secure channel.

    `device`: vendor, model and firmware, where it said what it is.
    """

    reader: str
    kind: str
    online: bool
    secure: bool | None
    device: str = ""


class BoardLine(msgspec.Struct, frozen=True):
    """One board of outputs and inputs on the page; `device` as for a reader."""

    board: str
    kind: str
    online: bool
    device: str = ""


class GateLine(msgspec.Struct, frozen=True):
    """One gate on the page. Times are ISO 8601, UTC."""

    gate: str
    name: str
    state: GateState
    last_heard_at: str | None
    policy_version: int
    policy_wanted: int
    clock_offset_ms: int
    readers: list[ReaderLine]
    cameras_recording: int
    cameras: int
    segments: int
    boards: list[BoardLine] = []


class AlarmLine(msgspec.Struct, frozen=True):
    """One alarm: `kind` is the event's tag or a fault's code, `place` a portal, reader, gate or part of the system.

    `cause`: of a denial, its reason.
    """

    at: str
    kind: str
    gate: str
    place: str
    cause: str = ""


class CaseLine(msgspec.Struct, frozen=True):
    """An alarm that waits for an officer; fields as of AlarmLine. Times are ISO 8601, UTC.

    `since`, `last`: when the first and the last of its `times` happened. `loud`: nobody acknowledged it in its time.
    `louder_at`: when that is or was. `over_at`: when what caused it ended.
    """

    id: str
    kind: str
    cause: str
    gate: str
    place: str
    since: str
    last: str
    times: int
    loud: bool
    louder_at: str
    over_at: str | None = None


class ReceivedLine(msgspec.Struct, frozen=True):
    """How many events of one kind (the event's tag) were taken from one gate since this controller started.

    `gate` is empty for passages, which are counted for all gates together.
    """

    gate: str
    kind: str
    count: int


class KeyLine(msgspec.Struct, frozen=True):
    """One period's key: when it dies or died, and how many sealed rows still stand under it."""

    kind: str
    starts_at: str
    ends_at: str
    dies_at: str
    alive: bool
    rows: int


class OperationLine(msgspec.Struct, frozen=True):
    """An operation that is open: its kind, its plan (None for a search), and since when (ISO 8601, UTC)."""

    kind: str
    plan: str | None
    opened_at: str


class Live(msgspec.Struct, frozen=True):
    """The whole live picture at one moment."""

    at: str
    site: str
    time_zone: str
    learning: bool
    premises: Headcount
    areas: list[Headcount]
    gates: list[GateLine]
    alarms: list[AlarmLine]
    keys: list[KeyLine]
    keys_destroyed: int
    oldest_readable_s: float
    limit_s: int
    events_journaled: int
    events_stored: int
    events_duplicate: int
    events_expired: int
    events_late: int
    broker_connected: bool
    received: list[ReceivedLine]
    operations: list[OperationLine] = []
    smallest_area_shown: int = 0
    """Areas with fewer persons are not detailed while no operation is open."""
    cases: list[CaseLine] = []
    """Alarms that nobody has acknowledged, the loud ones first."""
    controller: str = ""
    """Whose picture this is."""
    other_origins: list[str] = []
    """Where the other controllers of the site show theirs: where a page goes on when this one falls silent."""
