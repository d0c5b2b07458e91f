"""What gate and screen process say to each other over a pair of pipes.

Belongs here: messages. Does not belong here: their frames (process/pipe.py), or what follows from them.
"""

from typing import Final

import msgspec

from contract.events import DenialReason
from contract.ids import AccessPointId, AccountId, ActId, PortalId
from contract.screen import ScreenOrder
from edge.domain.acting import Act, ActResult
from edge.domain.vehicles.shown import LaneShown
from edge.technician import Outcome, SignalState
from process.pipe import Incoming

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one message."""


class WayThrough(msgspec.Struct, frozen=True):
    """An access point of the gate through which people pass. `is_out`: it leads off the premises.

    `is_lane`: vehicles pass there, and are let through one by one (LaneShown); people in them can be counted by hand.
    """

    point: AccessPointId
    name: str
    is_out: bool
    is_lane: bool = False


class Begin(msgspec.Struct, frozen=True, tag=True):
    """The first message. `port`: to listen at on loopback, 0 for any; `points`: names of access points.

    `ways`: through which an officer can let people pass; `not_freed`: portals that an order does not hold free, though
    people leave there.
    """

    port: int
    gate: str
    points: dict[AccessPointId, str]
    ways: list[WayThrough]
    not_freed: list[PortalId]


class TakeOrder(msgspec.Struct, frozen=True, tag=True):
    """An order of a controller, checked; `faces`: path of the document that it opens, empty where there is none yet."""

    order: ScreenOrder
    faces: str


class Tick(msgspec.Struct, frozen=True, tag=True):
    """The gate is there, and what time it believes (ns since 1970-01-01 UTC)."""

    now_ns: int


class Read(msgspec.Struct, frozen=True, tag=True):
    """Somebody presented a card (edge.telling.SeenRead)."""

    id: int
    at_ns: int
    point: AccessPointId
    credential: str
    outcome: Outcome
    reason: DenialReason | None
    objection: str
    is_vehicle: bool

    def __repr__(self) -> str:
        """Without the card."""
        return f"Read({self.point!r}, {self.outcome!r})"


class Trouble(msgspec.Struct, frozen=True, tag=True):
    """Something is wrong at a portal or device, by a word of words.TROUBLES; None: no more."""

    place: str
    what: str | None


class Ordered(msgspec.Struct, frozen=True, tag=True):
    """What the control centre's orders ask of the doors now."""

    exits_free: bool
    entries_denied: bool


class Sounds(msgspec.Struct, frozen=True, tag=True):
    """What became of a siren, by its name."""

    signal: str
    state: SignalState


class Crossed(msgspec.Struct, frozen=True, tag=True):
    """A camera saw more people cross at an access point than passages were taken: a hint."""

    point: AccessPointId
    seen: int
    taken: int


class Done(msgspec.Struct, frozen=True, tag=True):
    """What became of an act that was asked."""

    act_id: ActId
    result: ActResult


ToScreen = Begin | TakeOrder | Tick | Read | Trouble | Ordered | Sounds | Crossed | Done | LaneShown


class Listening(msgspec.Struct, frozen=True, tag=True):
    """The page is served at this port."""

    port: int


class Counted(msgspec.Struct, frozen=True, tag=True):
    """Something happened that the gate's health counts."""

    what: str


class Watched(msgspec.Struct, frozen=True, tag=True):
    """An officer signed in, or looks no more."""

    account: AccountId
    active: bool


class Asked(msgspec.Struct, frozen=True, tag=True):
    """An officer who is signed in does something."""

    account: AccountId
    act: Act


FromScreen = Listening | Counted | Watched | Asked

_to_screen: Final = msgspec.msgpack.Decoder(ToScreen)
_from_screen: Final = msgspec.msgpack.Decoder(FromScreen)


def to_screen() -> Incoming[ToScreen]:
    """Return what cuts the gate's words into messages."""
    return Incoming(_to_screen, MOST_BYTES)


def from_screen() -> Incoming[FromScreen]:
    """Return what cuts the screen process's words into messages."""
    return Incoming(_from_screen, MOST_BYTES)
