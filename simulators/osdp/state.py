"""What a simulated reader keeps through a power failure, and how it misbehaves: a value that can be a file.

Belongs here: the state and its JSON. Does not belong here: what a misbehaviour does (device.py), where files lie.
"""

from enum import StrEnum
from typing import Final

import msgspec

from simulators.osdp.codes import BROADCAST_ADDRESS
from simulators.osdp.secure_channel import KEY_BYTES

BAUDS: Final = (9600, 19_200, 38_400, 57_600, 115_200, 230_400)
"""Rates that a device knows (5.2)."""


class Misbehaviour(StrEnum):
    """What a broken or hostile reader does."""

    CLEAR_TEXT = "clear-text"
    """Sends cards and keys in clear, although its secure channel is up."""
    DOWNGRADE = "downgrade"
    """Says that it knows no secure channel, and goes on in clear."""
    ASK_FOR_KEY = "ask-for-key"
    """Claims to have lost its key: it proves the default key, so that a control unit sends it a new one."""
    LINGER_IN_INSTALL_MODE = "linger-in-install-mode"
    """Has a key and yet proves the default key to whoever asks for that, and takes new keys at any time."""
    DEFAULT_KEY = "default-key"
    """Has the default key for its own."""
    BUSY = "busy"
    """Is always busy."""
    NAK = "nak"
    """Refuses every command."""
    BAD_CRC = "bad-crc"
    """Sends wrong check characters."""
    BAD_MAC = "bad-mac"
    """Sends wrong MACs."""
    WRONG_SEQUENCE = "wrong-sequence"
    """Answers under another sequence number than it was asked."""
    LATE = "late"
    """Answers after more than the 200 ms that the standard allows."""


class StateError(ValueError):
    """A state that no reader can be in, or a text that is no state. Messages contain no key."""


class ReaderState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The permanent memory and the outer circumstances of a reader. `key`: its SCBK; None before it has one.

    `installs`: takes its first key over the bus, under the default key; without `key` and without this it only speaks
    clear text. `repr` hides the key.
    """

    address: int
    serial: int
    key: bytes | None = None
    installs: bool = False
    baud: int = 9600
    inputs: tuple[bool, ...] = (False,) * 4
    outputs: int = 2
    is_powered: bool = False
    is_tampered: bool = False
    has_power_failure: bool = False
    misbehaviours: frozenset[Misbehaviour] = frozenset()

    def __post_init__(self) -> None:
        """Raise StateError for what can not be."""
        if not 0 <= self.address < BROADCAST_ADDRESS:
            raise StateError(f"an address is 0 to {BROADCAST_ADDRESS - 1}, not {self.address}")
        if self.key is not None and len(self.key) != KEY_BYTES:
            raise StateError(f"a key has {KEY_BYTES} bytes, not {len(self.key)}")
        if self.baud not in BAUDS:
            raise StateError(f"{self.baud} baud is no rate of OSDP: use one of {', '.join(map(str, BAUDS))}")
        if not 0 <= self.serial < 1 << 32:
            raise StateError("a serial number has 32 bits")
        if not 0 < len(self.inputs) <= 32 or not 0 < self.outputs <= 32:
            raise StateError("a reader has 1 to 32 inputs and 1 to 32 outputs")

    def __repr__(self) -> str:
        """Without the key."""
        return f"ReaderState(address={self.address}, serial={self.serial}, ...)"
