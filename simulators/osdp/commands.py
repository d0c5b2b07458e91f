"""Payloads of commands, from bytes (clause 6).

Belongs here: what a device has to understand, and its lengths. Does not belong here: what it then does (body.py,
device.py), words for people (words.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from simulators.osdp.secure_channel import KEY_BYTES, KEY_TYPE_OWN

_OUT_RECORD_BYTES: Final = 4
_LED_RECORD_BYTES: Final = 14
_BUZ_BYTES: Final = 5
_TEXT_HEAD_BYTES: Final = 6
_COMSET_BYTES: Final = 5
_KEYSET_HEAD_BYTES: Final = 2


class PayloadError(ValueError):
    """A payload that is too short, too long, or contradicts its own length (NAK 2)."""


@dataclass(frozen=True, slots=True)
class OutputSetting:
    """A record of osdp_OUT (6.10). `timer_ds`: in tenths of a second."""

    output: int
    control: int
    timer_ds: int


@dataclass(frozen=True, slots=True)
class Blinking:
    """A light on and off in turn; times in tenths of a second. Steady where the colours are equal or a time is 0."""

    on_ds: int
    off_ds: int
    on_color: int
    off_color: int


@dataclass(frozen=True, slots=True)
class LightSetting:
    """A record of osdp_LED (6.11). `temporary_ds`: how long the temporary state lasts, in tenths of a second."""

    reader: int
    light: int
    temporary_control: int
    temporary: Blinking
    temporary_ds: int
    permanent_control: int
    permanent: Blinking


@dataclass(frozen=True, slots=True)
class Tone:
    """osdp_BUZ (6.12). `count` 0: until told otherwise. Times in tenths of a second."""

    reader: int
    code: int
    on_ds: int
    off_ds: int
    count: int


@dataclass(frozen=True, slots=True)
class Text:
    """osdp_TEXT (6.13). `seconds`: how long, for a temporary text."""

    reader: int
    code: int
    seconds: int
    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Communication:
    """osdp_COMSET (6.14) and osdp_COM: an address, and bits per second."""

    address: int
    baud: int


@dataclass(frozen=True, slots=True)
class NewKey:
    """osdp_KEYSET (6.17). The key does not show in `repr`."""

    key: bytes = field(repr=False)


def output_settings(payload: bytes) -> list[OutputSetting]:
    """Return the records of osdp_OUT. Raises PayloadError."""
    return [
        OutputSetting(record[0], record[1], int.from_bytes(record[2:], "little"))
        for record in _records(payload, _OUT_RECORD_BYTES)
    ]


def light_settings(payload: bytes) -> list[LightSetting]:
    """Return the records of osdp_LED. Raises PayloadError."""
    return [
        LightSetting(
            reader=record[0],
            light=record[1],
            temporary_control=record[2],
            temporary=Blinking(*record[3:7]),
            temporary_ds=int.from_bytes(record[7:9], "little"),
            permanent_control=record[9],
            permanent=Blinking(*record[10:14]),
        )
        for record in _records(payload, _LED_RECORD_BYTES)
    ]


def tone(payload: bytes) -> Tone:
    """Return what osdp_BUZ asks for. Raises PayloadError."""
    if len(payload) != _BUZ_BYTES:
        raise PayloadError(f"osdp_BUZ has {_BUZ_BYTES} bytes, not {len(payload)}")
    return Tone(*payload)


def text(payload: bytes) -> Text:
    """Return what osdp_TEXT asks for. Raises PayloadError."""
    if len(payload) < _TEXT_HEAD_BYTES or len(payload) != _TEXT_HEAD_BYTES + payload[5]:
        raise PayloadError("the length of a text is not that of its bytes")
    reader, code, seconds, row, column = payload[:5]
    return Text(reader, code, seconds, row, column, payload[_TEXT_HEAD_BYTES:].decode("ascii", "replace"))


def communication(payload: bytes) -> Communication:
    """Return what osdp_COMSET asks for, or osdp_COM says. Raises PayloadError."""
    if len(payload) != _COMSET_BYTES:
        raise PayloadError(f"osdp_COMSET has {_COMSET_BYTES} bytes, not {len(payload)}")
    return Communication(payload[0], int.from_bytes(payload[1:], "little"))


def new_key(payload: bytes) -> NewKey:
    """Return the key that osdp_KEYSET brings. Raises PayloadError."""
    if len(payload) != _KEYSET_HEAD_BYTES + KEY_BYTES or payload[1] != KEY_BYTES:
        raise PayloadError(f"osdp_KEYSET brings a key of {KEY_BYTES} bytes")
    if payload[0] != KEY_TYPE_OWN:
        raise PayloadError(f"osdp_KEYSET sets a key of type {KEY_TYPE_OWN}, not {payload[0]}")
    return NewKey(payload[_KEYSET_HEAD_BYTES:])


def _records(payload: bytes, size: int) -> Iterator[bytes]:
    """Yield the records of a payload that holds one or more of them. Raises PayloadError."""
    if not payload or len(payload) % size:
        raise PayloadError(f"{len(payload)} bytes are no records of {size}")
    for start in range(0, len(payload), size):
        yield payload[start : start + size]
