"""A gate's equipment in the site file: readers, boards, portals, and how they are wired.

Belongs here: shapes. Does not belong here: what must hold within one gate (gate_checks.py), areas and access points
(file.py), secrets and paths (devices.py).
"""

import enum
from typing import Annotated

import msgspec

from contract.ids import AccessPointId, EdgeId, PortalId, ReaderId
from contract.site.camera import CameraConfig
from contract.site.lane import LaneConfig
from contract.site.numbers import NOT_WIRED, Number, Some, Terminal
from contract.site.signal import SignalConfig


class ReaderKind(enum.StrEnum):
    """How a reader is wired and what it speaks."""

    OSDP = "osdp"
    SERIAL = "serial"
    PCSC = "pcsc"
    LOG = "log"


class BoardKind(enum.StrEnum):
    """What a board of outputs and inputs speaks."""

    MODBUS = "modbus"
    SERIAL_RELAY = "serial-relay"
    GPIO = "gpio"


class PortalKind(enum.StrEnum):
    """How persons pass: one leaf for both directions, or an arm that turns and reports each passage."""

    DOOR = "door"
    TURNSTILE = "turnstile"
    BARRIER = "barrier"


class Fail(enum.StrEnum):
    """What a portal does without power: `safe` stands released, `secure` stays locked (from outside)."""

    SAFE = "safe"
    SECURE = "secure"


class Relock(enum.StrEnum):
    """Who times the relock: the device that holds the strike, or the edge for a board that has no timer of its own."""

    DEVICE = "device"
    EDGE = "edge"


class DpsLevel(enum.StrEnum):
    """When the door position switch closes its input."""

    OPEN = "open"
    SHUT = "shut"


class FireLevel(enum.StrEnum):
    """When the contact that follows the fire release closes its input. With `rest` a cut wire is told as a fire."""

    FIRE = "fire"
    REST = "rest"


class Assurance(enum.StrEnum):
    """What a read proves: a number that anybody can copy, or a secret that the card holds."""

    IDENTIFIED = "identified"
    AUTHENTICATED = "authenticated"


class AntiPassback(enum.StrEnum):
    """What a gate does about a second entry without an exit: nothing, report, or refuse. Off unless asked for."""

    OFF = "off"
    SOFT = "soft"
    HARD = "hard"


class ReaderConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reader of a gate. `device` names a line of the gate's device file.

    `address`: for OSDP, 0 to 126. `profile`: for serial readers, the model (drivers/serial/profiles). `formats`: which
    card formats it may read. `hold_off_ms`: the same card again within this time is one read. `plain_uid`: for
    PC/SC, whether a card's bare serial number is taken as identification.
    """

    id: ReaderId
    kind: ReaderKind
    access_point: AccessPointId
    device: str = ""
    address: Annotated[int, msgspec.Meta(ge=0, le=126)] = 0
    baud: Some = 9600
    profile: str = "rdm6300"
    formats: Annotated[list[str], msgspec.Meta(min_length=1)] = msgspec.field(default_factory=lambda: ["h10301"])
    hold_off_ms: Number = 1000
    plain_uid: bool = False


class BoardConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A board of outputs and inputs. `profile`: its model (drivers/boards/profiles); `address`: its Modbus unit."""

    id: str
    kind: BoardKind
    device: str
    profile: str
    address: Annotated[int, msgspec.Meta(ge=1, le=247)] = 1
    baud: Some = 9600


class PortalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One door, turnstile or barrier of a gate.

    `hardware`: the OSDP reader or board whose outputs release it. `contacts`: the reader or board whose inputs watch
    it, the same unless said otherwise. `unlock_ms`: how long a grant releases it, `extended_unlock_ms` for a holder who
    needs longer. `held_after_ms`: how long it may stand open (a holder who needs longer: that much longer),
    `warn_before_ms`: how long before that the reader warns. `debounce_ms`: how long a contact must rest to be believed.
    `fire_input`: reports that the hard-wired fire release has opened this portal. `free_exit`: whoever leaves needs
    neither card nor button, so an opening without either is no break-in. `rex_unlocks`: whether a request to exit
    releases the strike, or only says that the handle does. `relock`: must be `edge` for a board without timers.

    `passage_ms`: how long after a grant a passage is expected, where that is longer than `unlock_ms`: turnstiles and
    barriers are released by a short pulse, and time the rest themselves, so `extended_unlock_ms` does not lengthen it.
    `stays_free`: whether such a machine lets everybody through for as long as its release contact is held closed; only
    then can an order that frees the exits free it.

    A turnstile has an output and an input for each direction instead: `outputs` and `passed_inputs`, by access point.
    """

    id: PortalId
    hardware: str
    access_points: list[AccessPointId]
    kind: PortalKind = PortalKind.DOOR
    contacts: str = ""
    strike_output: Number = 0
    fail: Fail = Fail.SECURE
    relock: Relock = Relock.DEVICE
    dps_input: Terminal = 0
    dps_closes_when: DpsLevel = DpsLevel.OPEN
    rex_input: Terminal = 1
    rex_unlocks: bool = True
    fire_input: Terminal = NOT_WIRED
    fire_closes_when: FireLevel = FireLevel.FIRE
    outputs: dict[AccessPointId, Number] = {}
    passed_inputs: dict[AccessPointId, Number] = {}
    unlock_ms: Some = 5000
    passage_ms: Number = 0
    extended_unlock_ms: Some = 15000
    held_after_ms: Some = 15000
    warn_before_ms: Number = 5000
    debounce_ms: Annotated[int, msgspec.Meta(ge=0, le=400)] = 50
    free_exit: bool = False
    stays_free: bool = False

    @property
    def watched_by(self) -> str:
        """The reader or board whose inputs watch this portal."""
        return self.contacts or self.hardware


class Interlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Portals of which one alone may be released or open at a time (a mantrap)."""

    portals: list[PortalId]


class Gate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One edge: its readers, boards, portals, cameras and lanes.

    `bad_pins`: after so many wrong PINs in a row a pass is refused for `pin_locked_s`, with an alarm. `pair_within_s`:
    how long the second of two persons has, where an access point asks for two. `screen`: a gate officer's screen shows
    who stands here. `signal`: sirens and relays that operations sound. `clock_error_ms`: by how much its clock may be
    off, at most; passages of one person that lie closer together at two gates are put in the order in which they fit.
    `out_of_service`: nobody passes there, so nobody waits for what it has to say until it is heard again; what it tells
    late counts as late (rule 8).
    """

    id: EdgeId
    name: str = ""
    anti_passback: AntiPassback = AntiPassback.OFF
    bad_pins: Some = 3
    pin_locked_s: Some = 300
    pin_within_s: Some = 10
    pair_within_s: Some = 10
    reader: list[ReaderConfig] = []
    board: list[BoardConfig] = []
    portal: list[PortalConfig] = []
    interlock: list[Interlock] = []
    signal: list[SignalConfig] = []
    camera: list[CameraConfig] = []
    lane: list[LaneConfig] = []
    screen: bool = False
    clock_error_ms: Number = 100
    out_of_service: bool = False

    def holds_up(self, portal: PortalConfig) -> bool:
        """Tell whether the gate itself keeps a boom up over vehicles: it sees what is under it, and orders hold it."""
        is_seen = any(lane.portal == portal.id and lane.clearance_input >= 0 for lane in self.lane)
        return portal.stays_free and is_seen
