"""Payloads of replies, to bytes (clause 7).

Belongs here: what a device says. Does not belong here: when (device.py), words for people (words.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from simulators.cards import CardBits
from simulators.osdp.codes import Function, Reply
from simulators.osdp.commands import Communication
from simulators.osdp.secure_channel import CUID_BYTES

VENDOR: Final = bytes.fromhex("5ac5aa")
"""An IEEE identifier that belongs to nobody: bit 1 of its first byte says locally administered."""
WIEGAND: Final = 1
"""Card data as Wiegand readers send it: parity, data, parity (7.10)."""
KEY_CODES: Final = {**{str(digit): 0x30 + digit for digit in range(10)}, "*": 0x7F, "#": 0x0D}
"""What a key of a keypad is sent as (7.12)."""


@dataclass(frozen=True, slots=True)
class Report:
    """A reply that waits for a poll: its code and payload."""

    code: Reply
    payload: bytes


@dataclass(frozen=True, slots=True)
class Identity:
    """osdp_PDID (7.4). `firmware`: major, minor, build."""

    serial: int
    vendor: bytes = VENDOR
    model: int = 1
    version: int = 1
    firmware: tuple[int, int, int] = (1, 0, 0)

    @property
    def payload(self) -> bytes:
        """The twelve bytes of osdp_PDID."""
        return (
            self.vendor + bytes([self.model, self.version]) + self.serial.to_bytes(4, "little") + bytes(self.firmware)
        )

    @property
    def cuid(self) -> bytes:
        """The client's unique identifier in osdp_CCRYPT (D.4.2): the beginning of its identification."""
        return self.payload[:CUID_BYTES]


@dataclass(frozen=True, slots=True)
class Capability:
    """A record of osdp_PDCAP (7.5): a function, how far it goes, and how many there are."""

    function: Function
    level: int
    count: int


def capabilities(offered: Iterable[Capability]) -> bytes:
    """Return the payload of osdp_PDCAP."""
    return b"".join(bytes([one.function, one.level, one.count]) for one in offered)


def states(active: Sequence[bool]) -> bytes:
    """Return the payload of osdp_ISTATR or osdp_OSTATR: a byte each (7.7, 7.8)."""
    return bytes(active)


def card(bits: CardBits) -> Report:
    """Return the report of a card as Wiegand bits (osdp_RAW, 7.10)."""
    return Report(Reply.RAW, bytes([0, WIEGAND]) + bits.count.to_bytes(2, "little") + bits.data)


def key(pressed: str) -> Report:
    """Return the report of one key (osdp_KEYPAD, 7.12). Raises ValueError for what is no key: 0 to 9, * and #."""
    if pressed not in KEY_CODES:
        raise ValueError("a keypad has the keys 0 to 9, * and #")
    return Report(Reply.KEYPAD, bytes([0, 1, KEY_CODES[pressed]]))


def communication(setting: Communication) -> bytes:
    """Return the payload of osdp_COM (7.13)."""
    return bytes([setting.address]) + setting.baud.to_bytes(4, "little")
