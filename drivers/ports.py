"""What an edge knows of hardware: events that come up from it, and ports through which it is told what to do.

Belongs here: names and shapes that every driver shares. Does not belong here: any protocol, any device, and
whatever would need to know a person, an area or a network.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from contract.ids import PortalId, ReaderId

EM4100: Final = "em4100"
"""The format of cards that send 40 bits of nothing but a number; their text is hexadecimal."""
_EM4100_DIGITS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Credential:
    """What was presented at a reader. It identifies, it never authenticates: anybody can copy such a number.

    `format` names how the card's bits were understood (a name in drivers/wiegand/formats.toml, or `em4100`);
    `facility`, `issue` and `oem` are None where the format has no such field.
    """

    format: str
    number: int
    facility: int | None = None
    issue: int | None = None
    oem: int | None = None

    @property
    def text(self) -> str:
        """The canonical text, under which policies hash a credential.

        The format and then those of facility, number, issue level and OEM code that the format has, in this
        order, decimal, joined by colons: `h10301:13:4567`, `h10302:4567`, `s12906:93:2657097:3`. EM4100 cards
        are ten lower-case hexadecimal digits instead: `em4100:0f0184f07a`.
        """
        if self.format == EM4100:
            return f"{EM4100}:{self.number:0{_EM4100_DIGITS}x}"
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
    NOT_SECURE = "not_secure"
    """The reader was not in its secure channel."""


class LossReason(StrEnum):
    """Why a reader can not be relied upon."""

    LINE_ABSENT = "line_absent"
    """The line can not be opened."""
    LINE_LOST = "line_lost"
    """The line hung up or failed while in use."""
    NO_ANSWER = "no_answer"
    """Nothing on the bus answers to the reader's address, or its secure channel does not come up."""
    BUS_PROCESS_LOST = "bus_process_lost"


@dataclass(frozen=True, slots=True)
class CredentialRead:
    """A card was read. `read_boottime_ns`: CLOCK_BOOTTIME when it was understood, in ns."""

    reader: ReaderId
    credential: Credential
    read_boottime_ns: int


@dataclass(frozen=True, slots=True)
class ReadRefused:
    """A reader sent something that is no credential. `bits`: how many it had; they are not kept."""

    reader: ReaderId
    reason: ReadRefusal
    bits: int


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
class RequestToExit:
    """Somebody pressed the request-to-exit button (REX) of a portal, or stepped before its detector."""

    portal: PortalId


DeviceEvent = (
    CredentialRead | ReadRefused | ReaderOnline | ReaderLost | TamperChanged | DoorPositionChanged | RequestToExit
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


class PortalHardware(Protocol):
    """What opens a portal."""

    @property
    def id(self) -> PortalId:
        """Which portal this is."""
        ...

    def unlock(self, duration_ms: int) -> bool:
        """Submit at once: release the strike for `duration_ms`, after which the device relocks by itself.

        Returns whether the command was submitted; False if the device is not online. Raises BadCommandError
        for a duration that the device can not time.
        """
        ...

    def lock(self) -> bool:
        """Submit at once: relock now. Returns whether the command was submitted."""
        ...


class BadCommandError(ValueError):
    """A command that no device of this kind can carry out; refused before it reaches the wire."""


class Packet(Protocol):
    """One encoded piece of a camera's stream."""

    @property
    def is_keyframe(self) -> bool:
        """Whether a picture can be decoded beginning with this packet."""
        ...

    def __bytes__(self) -> bytes:
        """The encoded bytes."""
        ...


class FrameSource(Protocol):
    """A camera: packets as the camera encoded them, never transcoded."""

    def packets(self) -> Iterator[Packet]:
        """Connect and yield packets until the stream is lost, which is an error and not an end."""
        ...
