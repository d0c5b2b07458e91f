"""A card that has nothing but its serial number: what many sites hand out, and what anybody can copy.

Belongs here: that card. Does not belong here: how its serial number is read, which the reader does (contactless.py).
"""

from dataclasses import dataclass
from typing import Final

_LENGTHS: Final = (4, 7, 10)
_ATR: Final = bytes.fromhex("3b8f8001804f0ca000000306030001000000006a")
"""A storage card behind a contactless reader: MIFARE Classic 1K by ISO 14443-3 (PC/SC part 3, 3.1.3.2.3)."""
_NOT_SUPPORTED: Final = b"\x6d\x00"


@dataclass(frozen=True, slots=True)
class UidCard:
    """A contactless storage card. `uid`: 4, 7 or 10 bytes (ISO 14443-3)."""

    uid: bytes

    def __post_init__(self) -> None:
        """Raise ValueError for a serial number of any other length."""
        if len(self.uid) not in _LENGTHS:
            raise ValueError(f"a serial number has 4, 7 or 10 bytes, not {len(self.uid)}")

    def power_on(self) -> bytes:
        """Return its answer to reset."""
        return _ATR

    def transmit(self, command: bytes) -> bytes:
        """Refuse every command: a storage card knows none (6D00)."""
        del command
        return _NOT_SUPPORTED
