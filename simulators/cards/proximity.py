"""Cards: what is printed on a piece of plastic, what a reader picks up from it, and its names.

One proximity card carries 40 bits (EM4100). A reader with an ASCII interface sends all of them; a reader with
a Wiegand or OSDP interface sends the last 24 as a 26-bit word (HID H10301), as such readers do. So one card
has two names.

This is an encoder of its own and shares nothing with the decoders in drivers/: a mistake must not stand on
both sides of the wire.
"""

import random
from dataclasses import dataclass
from typing import Final

CARD_BYTES: Final = 5


@dataclass(frozen=True, slots=True)
class CardBits:
    """A card word as a reader sends it: `count` bits, the first one highest in the first byte of `data`."""

    count: int
    data: bytes


@dataclass(frozen=True, slots=True)
class ProximityCard:
    """An EM4100 card: `data` is its five bytes, the first being the issuer's."""

    data: bytes

    def __post_init__(self) -> None:
        """Raise ValueError unless there are five bytes."""
        if len(self.data) != CARD_BYTES:
            raise ValueError(f"a card holds {CARD_BYTES} bytes, not {len(self.data)}")

    @classmethod
    def of(cls, facility: int, number: int, issuer: int = 0) -> "ProximityCard":
        """Return the card whose H10301 word has `facility` (0 to 255) and `number` (0 to 65535)."""
        return cls(issuer.to_bytes(2, "big") + facility.to_bytes(1, "big") + number.to_bytes(2, "big"))

    @property
    def facility(self) -> int:
        """The facility code that a Wiegand or OSDP reader sends."""
        return self.data[2]

    @property
    def number(self) -> int:
        """The card number that a Wiegand or OSDP reader sends."""
        return int.from_bytes(self.data[3:], "big")

    @property
    def h10301(self) -> CardBits:
        """The 26-bit word: even parity over the first twelve data bits, the data, odd parity over the last twelve."""
        data = "".join(f"{byte:08b}" for byte in self.data[2:])
        left, right = data[:12], data[12:]
        first = "1" if left.count("1") % 2 == 1 else "0"
        last = "0" if right.count("1") % 2 == 1 else "1"
        word = first + data + last
        return CardBits(len(word), int(word.ljust(32, "0"), 2).to_bytes(4, "big"))

    @property
    def texts(self) -> tuple[str, str]:
        """How a controller calls the card: as read by a Wiegand or OSDP reader, and as read by an ASCII reader."""
        return f"h10301:{self.facility}:{self.number}", "em4100:" + self.data.hex()


def draw_card(chance: random.Random) -> ProximityCard:
    """Draw a card at random."""
    return ProximityCard(chance.randbytes(CARD_BYTES))
