"""The lines of the technician's socket: one JSON object each, told apart by `type`.

No line has a holder, a pass, a number or a PIN, and a duress PIN looks like any other. The one exception is what
technicians are there for: the raw bits of a read that no format fits, which is nobody's credential.

Belongs here: what a technician may see. Does not belong here: the socket (socket.py), or events (contract/events.py),
which are sealed and go to the controllers.
"""

import enum
from typing import Annotated

import msgspec

from contract.events import DenialReason
from contract.ids import AccessPointId, ControllerId, PortalId, ReaderId, SignalId
from contract.site import Assurance


class Outcome(enum.StrEnum):
    """What a gate makes of a read, or of what follows it."""

    GRANTED = "granted"
    DENIED = "denied"
    PIN_WANTED = "pin-wanted"
    SECOND_PERSON_WANTED = "second-person-wanted"
    VEHICLE_WAITS = "vehicle-waits"
    """A driver's card, or another one of a vehicle: granted when everything else is there."""
    COUNTED = "counted"
    """Read at a muster point: accounted for, and nothing opens."""


class PortalState(enum.StrEnum):
    """What became of a portal."""

    UNKNOWN = "unknown"
    """Nobody reports its contact, or has not yet."""
    RELEASED = "released"
    OPEN = "open"
    SHUT = "shut"
    TURNED = "turned"
    """A turnstile turned by one person who had a grant."""
    TURNED_WITHOUT_GRANT = "turned-without-grant"
    NOT_TAKEN = "not-taken"
    """A grant's time ran out, and nobody went."""
    FREE_EXIT = "free-exit"
    FORCED = "forced"
    WARNED = "warned"
    HELD = "held"
    CLOSED = "closed"
    """Shut again, after it was forced or held."""
    EXIT_REQUESTED = "exit-requested"
    FIRE = "fire"
    """Its hard-wired fire release has opened it."""
    FIRE_OVER = "fire-over"
    FREED = "freed"
    """An order from the control centre holds it released: everybody may leave."""
    FREED_OVER = "freed-over"


class SignalState(enum.StrEnum):
    """What became of a siren or relay."""

    SOUNDS = "sounds"
    SILENT = "silent"
    FAILED = "failed"
    """It shall sound, and its device takes no command."""


class _Line(msgspec.Struct, frozen=True, tag_field="type"):
    at: str
    """The gate's time, ISO 8601, UTC."""


class Decision(_Line, frozen=True, tag="decision"):
    """What was decided. `took_ms`: from the driver's event to the unlock command submitted, of this gate's own time.

    `released`: whether the command was taken; None where none was given. `reader` is None for a read out of a log.
    """

    access_point: AccessPointId
    reader: ReaderId | None
    outcome: Outcome
    reason: DenialReason | None
    assurance: Assurance
    format: str
    took_ms: float
    released: bool | None = None


class DeviceLine(_Line, frozen=True, tag="device"):
    """A reader or board.

    `event`: online, lost, tamper, tamper-over, power-failed, power-back, key-rotated or identified. `detail`: the
    reason of a loss; `secure` or `not-secure` for an OSDP reader that came online; vendor, model and firmware of what
    identified itself.
    """

    device: str
    event: str
    detail: str = ""


class PortalLine(_Line, frozen=True, tag="portal"):
    """A portal's new state. `access_point`: which way, where that is known."""

    portal: PortalId
    state: PortalState
    access_point: AccessPointId | None = None


class OrderLine(_Line, frozen=True, tag="order"):
    """What the control centre's orders ask of the doors now; neither: they are as always."""

    exits_free: bool
    entries_denied: bool


class SignalLine(_Line, frozen=True, tag="signal"):
    """A siren or relay that orders sound."""

    signal: SignalId
    state: SignalState


class CrossingLine(_Line, frozen=True, tag="crossing"):
    """A camera saw more people cross at an access point than passages were taken: a hint, which decides nothing."""

    access_point: AccessPointId
    seen: int
    taken: int


class RefusedRead(_Line, frozen=True, tag="read-refused"):
    """A reader sent something that is no credential. `raw`: its bits as 0 and 1, where no format fits, else empty."""

    reader: ReaderId
    reason: str
    bits: int
    raw: Annotated[str, msgspec.Meta(pattern="^[01]*$")] = ""


class ControllersLine(_Line, frozen=True, tag="controllers"):
    """To whom the gate seals what happens, by the root's list with that number."""

    number: int
    controllers: list[ControllerId]


class Missed(_Line, frozen=True, tag="missed"):
    """So many lines were left out, because this technician read too slowly."""

    lines: int


Line = (
    ControllersLine | Decision | DeviceLine | PortalLine | OrderLine | SignalLine | CrossingLine | RefusedRead | Missed
)


class BadLineError(ValueError):
    """A text that is no line of the technician's socket of this version."""


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def encode_line(line: Line) -> bytes:
    """Return `line` as JSON with its line feed."""
    return _encoder.encode(line) + b"\n"


def decode_line(data: bytes) -> Line:
    """Return the line in one JSON text. Raises BadLineError for anything else."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not a line of the technician's socket: {error}"
        raise BadLineError(message) from error
