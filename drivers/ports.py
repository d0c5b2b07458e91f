"""What an edge knows of hardware: events that come up from it, and ports through which it is told what to do.

Belongs here: names and shapes that every driver shares. Does not belong here: any protocol, any device, and
whatever would need to know a person, an area or a network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, runtime_checkable

from contract.ids import AccessPointId, LaneId, PortalId, ReaderId, SignalId
from contract.site import Assurance

EM4100: Final = "em4100"
"""The format of cards that send 40 bits of nothing but a number."""
PIV: Final = "piv"
"""A PIV card, by the UUID of its CHUID."""
FASC_N: Final = "fasc-n"
"""A PIV card without such a UUID, by the 25 bytes of its FASC-N."""
DESFIRE: Final = "desfire"
"""A DESFire card whose application key was proven, by its 7-byte serial number."""
HEX_DIGITS: Final = {
    EM4100: 10, PIV: 32, FASC_N: 50, DESFIRE: 14, "uid-4": 8, "uid-7": 14, "uid-8": 16, "uid-10": 20,
    "epc-96": 24,
}  # fmt: skip
"""Formats of one long number, and how many hexadecimal digits their text has."""
AUTHENTICATING: Final = frozenset({PIV, FASC_N, DESFIRE})
"""Formats of cards that can prove a secret. All others can be copied by anybody who once read them."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credential:
    """What was presented at a reader, and what that proves.

    `format` names how the card was understood (a name in drivers/wiegand/formats.toml, or one of HEX_DIGITS);
    `facility`, `issue` and `oem` are None where the format has no such field. `assurance`: a number identifies, and
    never authenticates; only a card that proved a secret does. Raises ValueError for any other claim.
    """

    format: str
    number: int
    facility: int | None = None
    issue: int | None = None
    oem: int | None = None
    assurance: Assurance = Assurance.IDENTIFIED

    def __post_init__(self) -> None:
        """Refuse to call a bare number authenticated."""
        if self.assurance is Assurance.AUTHENTICATED and self.format not in AUTHENTICATING:
            raise ValueError(f"cards of format {self.format} prove nothing: they can only be identified")

    @property
    def text(self) -> str:
        """The canonical text, under which policies hash a credential.

        The format and then those of facility, number, issue level and OEM code that the format has, in this
        order, decimal, joined by colons: `h10301:13:4567`, `h10302:4567`, `s12906:93:2657097:3`. Formats of one
        long number (HEX_DIGITS) have lower-case hexadecimal digits instead: `em4100:0f0184f07a`.
        """
        if self.format in HEX_DIGITS:
            return f"{self.format}:{self.number:0{HEX_DIGITS[self.format]}x}"
        fields = (self.facility, self.number, self.issue, self.oem)
        return ":".join([self.format, *(str(field) for field in fields if field is not None)])

    def __repr__(self) -> str:
        """Without the number: what is printed ends up in log files."""
        return f"Credential(format={self.format!r}, ...)"


class ReadRefusal(StrEnum):
    """Why something that a reader sent is not a credential."""

    PARITY = "parity"
    """The bits contradict the parity or fixed bits of every format that fits their count."""
    UNKNOWN_FORMAT = "unknown_format"
    """No format that this reader may read has that many bits."""
    BAD_CHECKSUM = "bad_checksum"
    NOT_HEX = "not_hex"
    OVERLONG = "overlong"
    WRONG_LENGTH = "wrong_length"
    TRUNCATED = "truncated"
    """A frame began anew before the one before it had ended."""
    NOISE = "noise"
    """Bytes that make up no frame: another rate or model than configured, or a bad cable."""
    NOT_SECURE = "not_secure"
    """The reader was not in its secure channel."""
    TAMPERED = "tampered"
    """Signed data on the card was changed."""
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    REVOKED = "revoked"
    COPIED = "copied"
    """Data of one card stands on another: the card's holder id and its certificate do not belong together."""
    KEY_MISMATCH = "key_mismatch"
    """The card does not hold the secret that it should prove."""
    UNTRUSTED = "untrusted"
    """No path leads from the card's certificate to a root that is trusted here."""
    MISSING_OBJECT = "missing_object"
    """The card lacks something that it needs to be judged."""
    UNSUPPORTED_CARD = "unsupported_card"
    """A kind of card, key or certificate that nobody here understands."""
    UID_ONLY = "uid_only"
    """The card offers no more than its serial number, which this reader may not take for anything."""
    CARD_REMOVED = "card_removed"
    """The card was taken away before it was read."""
    STALE = "stale"
    """The read comes too late: whoever presented the card has given up, and must not open the door for another."""


class LossReason(StrEnum):
    """Why a reader can not be relied upon."""

    LINE_ABSENT = "line_absent"
    """The line can not be opened."""
    LINE_LOST = "line_lost"
    """The line hung up or failed while in use."""
    NO_ANSWER = "no_answer"
    """Nothing on the bus answers to the reader's address (any more)."""
    NOT_SECURE = "not_secure"
    """It answers, but not in a secure channel under its own key."""
    BUS_PROCESS_LOST = "bus_process_lost"
    READER_ABSENT = "reader_absent"
    """The PC/SC service does not know such a reader (any more)."""
    SERVICE_LOST = "service_lost"
    """The PC/SC service does not answer."""


@dataclass(frozen=True, slots=True)
class CredentialRead:
    """A card was read. `read_boottime_ns`: CLOCK_BOOTTIME when it was understood, in ns."""

    reader: ReaderId
    credential: Credential
    read_boottime_ns: int


@dataclass(frozen=True, slots=True)
class ReadRefused:
    """A reader sent something that is no credential. `bits`: how many it had.

    `raw`: those bits as a string of 0 and 1 where no format fits, for the technician who has to find the format; it
    goes to nobody else and is never kept.
    """

    reader: ReaderId
    reason: ReadRefusal
    bits: int
    raw: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ReaderOnline:
    """A reader works (again). `secure`: its channel is encrypted and authenticated."""

    reader: ReaderId
    secure: bool


@dataclass(frozen=True, slots=True)
class ReaderLost:
    """A reader does not work (any more). Sent once per loss, and once at the start if it never worked."""

    reader: ReaderId
    reason: LossReason


@dataclass(frozen=True, slots=True)
class TamperChanged:
    """A reader's tamper contact changed, or was reported for the first time since it came online."""

    reader: ReaderId
    tampered: bool


@dataclass(frozen=True, slots=True)
class DoorPositionChanged:
    """A portal's door position switch (DPS) changed, or was first reported since its reader came online."""

    portal: PortalId
    open: bool


@dataclass(frozen=True, slots=True)
class PinEntered:
    """Somebody typed digits at a reader's keypad and ended them with # (or stopped typing)."""

    reader: ReaderId
    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PowerChanged:
    """A reader's supply failed or came back, or was reported for the first time since it came online."""

    reader: ReaderId
    failed: bool


@dataclass(frozen=True, slots=True)
class DeviceIdentified:
    """A reader or board said what it is. `capabilities`: in words, as far as it tells."""

    device: str
    vendor: str
    model: str
    version: str
    serial: str
    firmware: str
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeyRotated:
    """An OSDP reader answered with its next key: from now on the one before it is refused."""

    reader: ReaderId


@dataclass(frozen=True, slots=True)
class BoardOnline:
    """A board of outputs and inputs works (again)."""

    board: str


@dataclass(frozen=True, slots=True)
class BoardLost:
    """A board of outputs and inputs does not work (any more). Sent once per loss."""

    board: str
    reason: LossReason


@dataclass(frozen=True, slots=True)
class FireInputChanged:
    """The input that follows a portal's hard-wired fire release changed, or was first reported."""

    portal: PortalId
    active: bool


@dataclass(frozen=True, slots=True)
class PassageCounted:
    """A turnstile turned by one person through `access_point`."""

    portal: PortalId
    access_point: AccessPointId


class LaneInput(StrEnum):
    """Where a vehicle is seen in a lane."""

    PRESENCE = "presence"
    """Before the barrier."""
    CLEARANCE = "clearance"
    """Under the boom."""


@dataclass(frozen=True, slots=True)
class LaneInputChanged:
    """A vehicle is seen (`active`) there, or no longer; or it was first told since the device came online."""

    lane: LaneId
    input: LaneInput
    active: bool


@dataclass(frozen=True, slots=True)
class RequestToExit:
    """Somebody pressed the request-to-exit button (REX) of a portal, or stepped before its detector."""

    portal: PortalId


DeviceEvent = (
    CredentialRead
    | ReadRefused
    | PinEntered
    | ReaderOnline
    | ReaderLost
    | DeviceIdentified
    | KeyRotated
    | TamperChanged
    | PowerChanged
    | BoardOnline
    | BoardLost
    | DoorPositionChanged
    | FireInputChanged
    | PassageCounted
    | RequestToExit
    | LaneInputChanged
)
EventSink = Callable[[DeviceEvent], None]
"""Takes an event at once and does not block: it is called from within a driver's callback."""


class Indication(StrEnum):
    """What a reader tells the person before it, with light and sound."""

    READY = "ready"
    GRANTED = "granted"
    DENIED = "denied"
    WARNING = "warning"
    """Shut the door: the time for which it may stand open runs out."""
    PIN_WANTED = "pin_wanted"
    """Type the PIN."""
    SECOND_PERSON_WANTED = "second_person_wanted"
    """A second person has to present himself."""
    WAIT = "wait"
    """The card is good, and something else is still missing: a vehicle is being decided on."""
    COUNTED = "counted"
    """Read at a muster point: whoever it is, he is accounted for, and nothing opens."""


class Reader(Protocol):
    """A card reader."""

    @property
    def id(self) -> ReaderId:
        """Which reader this is."""
        ...

    async def run(self, sink: EventSink) -> None:
        """Work until cancelled: hand every event to `sink`, and reconnect by itself after any loss."""
        ...

    def indicate(self, indication: Indication) -> None:
        """Show `indication`, if the device can and is online; returns at once and never raises."""
        ...


@runtime_checkable
class Answering(Protocol):
    """A reader or board that is asked and answers, so that it can be told how fast."""

    @property
    def answers_ms(self) -> Sequence[float]:
        """How long its last answers took, in ms, from the end of the question; empty before the first."""
        ...


class Board(Protocol):
    """A board of outputs and inputs that is no reader."""

    @property
    def id(self) -> str:
        """Which board this is."""
        ...

    async def run(self, sink: EventSink) -> None:
        """Work until cancelled: hand every event to `sink`, and reconnect by itself after any loss."""
        ...


class PortalHardware(Protocol):
    """What opens a portal."""

    @property
    def id(self) -> PortalId:
        """Which portal this is."""
        ...

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        """Submit at once: release the strike for `duration_ms`, after which the device relocks by itself.

        `access_point`: which way, for a turnstile. Returns whether the command was submitted; False if the device is
        not online. Raises BadCommandError for a duration that the device can not time.
        """
        ...

    def lock(self) -> bool:
        """Submit at once: relock now. Returns whether the command was submitted."""
        ...


class SignalHardware(Protocol):
    """What sounds a siren, or switches a relay."""

    @property
    def id(self) -> SignalId:
        """Which signal this is."""
        ...

    def sound(self, duration_ms: int) -> bool:
        """Submit at once: on for so long, 1 to 20,000 ms; said again before that is over it sounds on without a gap.

        Returns whether the command was submitted; False if the device is not online. Raises BadCommandError for a
        duration that the device can not time.
        """
        ...

    def silence(self) -> bool:
        """Submit at once: off. Returns whether the command was submitted."""
        ...


class BadCommandError(ValueError):
    """A command that no device of this kind can carry out; refused before it reaches the wire."""
