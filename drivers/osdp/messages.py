"""What an edge and the process that owns an OSDP line say to each other.

Each message is one packet of a SOCK_SEQPACKET socket pair (which keeps their borders), in MessagePack. Only
this project's two processes speak it, always of one version. The first message is `Configure`; it alone
carries keys, which so never stand in an argument list or environment.

Belongs here: the messages. Does not belong here: anything that makes the process larger than it need be.
"""

from enum import IntEnum
from typing import Final

import msgspec

PACKET_BYTES: Final = 65536


class PdSetup(msgspec.Struct, frozen=True, array_like=True):
    """A device on the line: its address and its keys (16 bytes each): the one in force, and perhaps the next."""

    address: int
    keys: tuple[bytes, ...]

    def __repr__(self) -> str:
        """Without the keys."""
        return f"PdSetup(address={self.address})"


class Configure(msgspec.Struct, frozen=True, array_like=True, tag="configure"):
    """Edge: open `device` at `baud` and speak to these."""

    device: str
    baud: int
    pds: tuple[PdSetup, ...]


class OutputControl(IntEnum):
    """Output control codes of osdp_OUT (SIA OSDP 2.2, 6.7, table 8)."""

    OFF = 1
    """Permanently off, at once; a timed operation ends."""
    ON = 2
    """Permanently on, at once; a timed operation ends."""
    OFF_AFTER_TIMER = 3
    """Permanently off as soon as a timed operation is over."""
    ON_AFTER_TIMER = 4
    """Permanently on as soon as a timed operation is over."""
    TIMED_ON = 5
    """On for the timer's duration; then the device returns to the permanent state by itself."""
    TIMED_OFF = 6
    """Off for the timer's duration, likewise."""


class SetOutput(msgspec.Struct, frozen=True, array_like=True, tag="output"):
    """Edge: osdp_OUT (0x68). `control`: OutputControl; `timer_ds`: duration in tenths of a second.

    `told_s`: when the edge said so, on the monotonic clock, which all processes of a machine share; 0: just now. A
    process that was stopped or starved for a while finds its orders all at once, and must not open a door for those
    who have left.
    """

    address: int
    output: int
    control: int
    timer_ds: int
    told_s: float = 0.0


class SetLed(msgspec.Struct, frozen=True, array_like=True, tag="led"):
    """Edge: osdp_LED (0x69) for the first LED of the first reader.

    `timer_ds` 0 sets the permanent state, anything else a temporary one of that many tenths of a second;
    `on_ds` and `off_ds` are the phases of blinking in tenths of a second; colours are LedColor.
    """

    address: int
    on_ds: int
    off_ds: int
    on_color: int
    off_color: int
    timer_ds: int


class SetBuzzer(msgspec.Struct, frozen=True, array_like=True, tag="buzzer"):
    """Edge: osdp_BUZ (0x6A): `repeat` tones of `on_ds`, `off_ds` apart, in tenths of a second."""

    address: int
    on_ds: int
    off_ds: int
    repeat: int


class SetText(msgspec.Struct, frozen=True, array_like=True, tag="text"):
    """Edge: osdp_TEXT (0x6B): show `text` (ASCII, at most 32) in the first row for `shown_s` seconds."""

    address: int
    text: str
    shown_s: int


class PdOnline(msgspec.Struct, frozen=True, array_like=True, tag="online"):
    """Process: the device answers in its secure channel, under its own key.

    `key`: which of its keys, counted from 0; those before it are refused from now on. `identity`: what osdp_PDID says
    (6.5): vendor code, model, version, serial number, firmware. `capabilities`: what osdp_PDCAP says (6.6, annex B):
    function code, compliance level, number of items.
    """

    address: int
    key: int
    identity: tuple[int, int, int, int, int]
    capabilities: tuple[tuple[int, int, int], ...]


class PdLost(msgspec.Struct, frozen=True, array_like=True, tag="lost"):
    """Process: the device is lost. `answers`: it does, but not in a secure channel under its own key."""

    address: int
    answers: bool


class LineLost(msgspec.Struct, frozen=True, array_like=True, tag="line-lost"):
    """Process: the line is gone (`absent`: can not be opened), and with it all its devices."""

    absent: bool


class CardBits(msgspec.Struct, frozen=True, array_like=True, tag="card"):
    """Process: osdp_RAW (0x50): a card word of `bits` bits, first bit highest in the first byte."""

    address: int
    bits: int
    data: bytes
    read_boottime_ns: int

    def __repr__(self) -> str:
        """Without the card."""
        return f"CardBits(address={self.address}, bits={self.bits})"


class Keys(msgspec.Struct, frozen=True, array_like=True, tag="keys"):
    """Process: osdp_KEYPAD (0x53): keys that were pressed."""

    address: int
    data: bytes
    pressed_boottime_ns: int

    def __repr__(self) -> str:
        """Without the keys."""
        return f"Keys(address={self.address})"


class InsecureRead(msgspec.Struct, frozen=True, array_like=True, tag="insecure-read"):
    """Process: a card word (or keys, then of 0 bits) that came outside of a secure channel; discarded."""

    address: int
    bits: int


class Inputs(msgspec.Struct, frozen=True, array_like=True, tag="inputs"):
    """Process: osdp_ISTATR (0x49): one byte per input, 0 for inactive."""

    address: int
    states: bytes
    seen_boottime_ns: int


class LocalStatus(msgspec.Struct, frozen=True, array_like=True, tag="local"):
    """Process: osdp_LSTATR (0x48)."""

    address: int
    tampered: bool
    power_failed: bool


class Answered(msgspec.Struct, frozen=True, array_like=True, tag="answered"):
    """Process: how long the device took for an answer; only told of its first answers since it came online."""

    address: int
    took_ms: float


class CommandRefused(msgspec.Struct, frozen=True, array_like=True, tag="refused"):
    """Process: a command could not be submitted in time, or the device refused it."""

    address: int


class LineCounts(msgspec.Struct, frozen=True, array_like=True, tag="counts"):
    """Process: what arrived on the line and was of no use, by kind, since the report before."""

    counts: dict[str, int]


Command = SetOutput | SetLed | SetBuzzer | SetText
Order = Configure | SetOutput | SetLed | SetBuzzer | SetText
Report = (
    PdOnline
    | PdLost
    | LineLost
    | CardBits
    | Keys
    | InsecureRead
    | Inputs
    | LocalStatus
    | Answered
    | CommandRefused
    | LineCounts
)

_encoder = msgspec.msgpack.Encoder()
_order_decoder: msgspec.msgpack.Decoder[Order] = msgspec.msgpack.Decoder(Order)
_report_decoder: msgspec.msgpack.Decoder[Report] = msgspec.msgpack.Decoder(Report)


def encode(message: Order | Report) -> bytes:
    """Return `message` as one packet."""
    return _encoder.encode(message)


def decode_order(packet: bytes) -> Order:
    """Read what the edge sent. Raises msgspec.ValidationError."""
    return _order_decoder.decode(packet)


def decode_report(packet: bytes) -> Report:
    """Read what the process sent. Raises msgspec.ValidationError."""
    return _report_decoder.decode(packet)
