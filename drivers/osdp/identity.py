"""What an OSDP device says of itself, in words (SIA OSDP 2.2, 6.5, 6.6 and annex B).

Belongs here: words for numbers. Does not belong here: what follows from them (reader.py, commands.py).
"""

from typing import Final

from contract.ids import ReaderId
from drivers.osdp.messages import PdOnline
from drivers.ports import DeviceIdentified

CONTACT_STATUS: Final = 1
OUTPUTS: Final = 2
LED: Final = 4
BUZZER: Final = 5
TEXT: Final = 6
_LEVELS: Final = 9
"""Function code whose level is a set of bits: bit 0 for AES128."""
_NAMES: Final = {
    CONTACT_STATUS: "inputs",
    OUTPUTS: "outputs",
    3: "card data format",
    LED: "LEDs",
    BUZZER: "buzzer",
    TEXT: "text displays",
    7: "clock",
    8: "CRC-16",
    _LEVELS: "secure channel",
    10: "receive buffer",
    11: "largest message",
    12: "smart cards",
    13: "readers",
    14: "biometrics",
}
_TWO_BYTE_SIZES: Final = frozenset({10, 11})
_COUNTED: Final = frozenset({CONTACT_STATUS, OUTPUTS, LED, BUZZER, TEXT, 13})


class Capabilities:
    """What a device can do: function code, compliance level, number of items (annex B)."""

    def __init__(self, told: tuple[tuple[int, int, int], ...] = ()) -> None:
        self._told = {code: (level, items) for code, level, items in told}

    def has(self, code: int) -> bool:
        """Whether the device says that it can do `code` at all."""
        return self._told.get(code, (0, 0))[0] > 0

    def items(self, code: int) -> int:
        """How many of them it has."""
        return self._told.get(code, (0, 0))[1]

    def words(self) -> tuple[str, ...]:
        """Everything that it says, for a technician."""
        return tuple(_word(code, level, items) for code, (level, items) in sorted(self._told.items()))


def identified(reader: ReaderId, report: PdOnline) -> DeviceIdentified:
    """Return the identification of a device in words; numbers that have no words stay numbers."""
    vendor, model, version, serial, firmware = report.identity
    return DeviceIdentified(
        reader,
        vendor="-".join(f"{vendor >> shift & 0xFF:02X}" for shift in (0, 8, 16)),
        model=str(model),
        version=str(version),
        serial=f"{serial:08X}",
        firmware=".".join(str(firmware >> shift & 0xFF) for shift in (16, 8, 0)),
        capabilities=Capabilities(report.capabilities).words(),
    )


def _word(code: int, level: int, items: int) -> str:
    name = _NAMES.get(code, f"function {code}")
    if code in _TWO_BYTE_SIZES:
        return f"{name}: {level | items << 8} bytes"
    if code in _COUNTED:
        return f"{name}: {items} (level {level})"
    return f"{name} (level {level})"
