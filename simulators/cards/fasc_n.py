"""FASC-N: the number of a federal smart credential, 40 characters of five bits (TIG SCEPACS 2.3, 6).

Belongs here: its encoding. Does not belong here: where on a card it stands.
"""

from dataclasses import dataclass
from typing import Final

_START: Final = 0xB
_SEPARATOR: Final = 0xD
_END: Final = 0xF
_BYTES: Final = 25


@dataclass(frozen=True, slots=True)
class FascN:
    """Fields as decimal digits, each as long as its default."""

    agency: str = "9999"
    system: str = "0001"
    credential: str = "000001"
    series: str = "1"
    issue: str = "1"
    person: str = "0000000001"
    category: str = "1"
    organization: str = "9999"
    association: str = "1"

    def encode(self) -> bytes:
        """Return the 25 bytes: each digit with its lowest bit first and odd parity, then a check character."""
        groups = (self.agency, self.system, self.credential, self.series, self.issue)
        values = [_START]
        for group in groups:
            values += [*map(int, group), _SEPARATOR]
        values += [*map(int, self.person + self.category + self.organization + self.association), _END]
        check = 0
        for value in values:
            check ^= value
        bits = "".join(map(_character, [*values, check]))
        return int(bits, 2).to_bytes(_BYTES, "big")


def _character(value: int) -> str:
    bits = f"{value:04b}"[::-1]
    return bits + ("0" if bits.count("1") % 2 else "1")
