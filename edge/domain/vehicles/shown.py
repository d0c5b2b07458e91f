"""What a lane shows of itself to the officer at the gate's screen.

A plate, a picture and a card's text stand in here: it goes through the pipe to the screen's process and nowhere else,
is kept in memory as long as the vehicle stands, and repr() hides it. Belongs here: these shapes. Does not belong here:
what an officer does about it (edge/domain/acting.py), words and pages (edge/screen).
"""

import enum

import msgspec

from contract.events import DenialReason, Expected, TurnedAway
from contract.ids import AccessPointId, LaneId
from edge.domain.vehicles.plates import Candidate


class Phase(enum.StrEnum):
    """Where the vehicle of a lane is."""

    EMPTY = "empty"
    STANDS = "stands"
    """Before the barrier, not decided yet: `needs` says what is missing."""
    OPENED = "opened"
    """Granted: the barrier opens, and nothing is under it yet."""
    UNDER = "under"
    """Granted, and under the barrier."""
    TURNED_AWAY = "turned-away"
    """It still stands there, and shall leave by the reject lane or back out."""
    UNKNOWN = "unknown"
    """Nobody can tell: the lane's board does not answer."""


class Needs(enum.StrEnum):
    """What a vehicle that stands still lacks."""

    PLATE = "plate"
    """It is being read, or none can be read: the officer may type it."""
    DRIVER = "driver"
    """The driver's card."""
    OCCUPANTS = "occupants"
    """How many sit beside the driver: one touch (EnterOccupants), and the barrier opens if nothing else is missing."""
    BADGES = "badges"
    """More cards may come; the barrier opens when none came for a while, or an officer has entered the others."""
    OFFICER = "officer"
    """An officer decides (PassVehicle, TurnAway): `why` says why the gate does not."""
    BARRIER = "barrier"
    """Everything is there; another barrier is not shut, or a vehicle is still ahead."""


class Boom(enum.StrEnum):
    """How the barrier stands, by its contact."""

    DOWN = "down"
    UP = "up"
    UNKNOWN = "unknown"


class Clearance(enum.StrEnum):
    """What the input under the barrier says."""

    CLEAR = "clear"
    OCCUPIED = "occupied"
    UNKNOWN = "unknown"
    """The barrier is held open until it is known again."""
    NOT_WIRED = "not-wired"


class Unwatched(enum.StrEnum):
    """What was there when the lane's board went away: said until the next driver's card or the next vehicle's going."""

    CARDS = "cards"
    """A vehicle or a card that waited: whoever has shown one shows it again, for nobody knows whose vehicle stands."""
    LET_THROUGH = "let-through"
    """One that might pass, and may have gone or not: the same, and an officer looks."""


class LaneShown(msgspec.Struct, frozen=True, tag=True):
    """One lane at one moment; told anew whenever something of it changes.

    `visit` counts vehicles, 0 while the lane is empty; every act names it, so none is about the next vehicle.
    `since_ns`: when it came (ns since 1970-01-01 UTC); `is_overdue`: it stands longer than the lane's vehicle_wait_s.
    `plate`: "" while unread; `is_typed`: an officer has typed or confirmed it, and the confidence is 100; `has_camera`:
    one looks for plates in this lane; `candidates`: other readings; `near`: plates
    that the policy knows and that differ by one character or by look-alikes: a hint, nothing opens for them.
    `driver`: canonical text of the driver's card ("" for none yet), by which the screen finds his face; `refused`: why
    the last card shown here was refused, None if it was not. `badged`: how many others have presented their own cards.
    `occupants`: persons beside the driver and those who badged, None until somebody has entered it. `beside`: all of
    them, with cards or without, None where nobody has said. `came_with`: for whoever leaves, beside how many he came in
    by this gate, None if it does not know.
    `objection`: why an officer may not let it pass (a word of ActResult), "" if he may.
    `has_reject`: whoever is turned away leaves by a way of its own, which TurnAway opens. `unwatched`: what was there
    when its board went away, None if nothing was. `is_blind`: its camera gives no picture.
    """

    lane: LaneId
    name: str
    access_point: AccessPointId
    is_out: bool
    phase: Phase
    visit: int = 0
    since_ns: int = 0
    is_overdue: bool = False
    needs: tuple[Needs, ...] = ()
    why: TurnedAway | None = None
    plate: str = ""
    confidence_percent: int = 0
    expected: Expected = Expected.UNREAD
    candidates: tuple[Candidate, ...] = ()
    near: tuple[str, ...] = ()
    jpeg: bytes = b""
    driver: str = ""
    refused: DenialReason | None = None
    badged: int = 0
    occupants: int | None = None
    trailer: bool = False
    came_with: int | None = None
    boom: Boom = Boom.UNKNOWN
    clearance: Clearance = Clearance.UNKNOWN
    objection: str = ""
    has_reject: bool = False
    beside: int | None = None
    is_typed: bool = False
    has_camera: bool = True
    unwatched: Unwatched | None = None
    is_blind: bool = False

    def __repr__(self) -> str:
        """Without plate, picture and card."""
        return f"LaneShown({self.lane!r}, {self.phase!r}, visit={self.visit})"
