"""What hangs on one OSDP bus, and which keys are no keys.

Belongs here: configuration and its checks. Does not belong here: where keys are kept (the edge's state).
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from contract.ids import PortalId, ReaderId
from drivers.wiegand.formats import DEFAULT_FORMAT

KEY_BYTES: Final = 16
DEFAULT_KEY: Final = bytes(range(0x30, 0x40))
"""SCBK-D, the key that every reader comes with and everybody knows (SIA OSDP 2.2, annex D)."""
DISTINCT_BYTES: Final = 8
"""A random key has fewer distinct bytes than this once in some hundred million; a typed one often has."""
LAST_ADDRESS: Final = 0x7E
"""0x7F is the address to which every device answers: never configured."""
MAX_READERS: Final = 32
"""libosdp's own status calls become unsafe far above this."""
BAUDS: Final = frozenset({9600, 19200, 38400, 57600, 115200, 230400})
LAST_NUMBER: Final = 31


class BadBusConfigError(ValueError):
    """A bus that can not work as configured. Messages never contain a key."""


class WeakKeyError(BadBusConfigError):
    """A key that can be guessed: all bytes equal, a sequence, a repetition, too few different bytes."""


class DefaultKeyError(WeakKeyError):
    """The default key SCBK-D, which is public."""


def check_key(key: bytes) -> None:
    """Raise WeakKeyError or DefaultKeyError unless `key` (16 bytes) may secure a channel.

    libosdp accepts any key; the attack that this answers is a reader left in its delivery state (Bishop Fox
    2023).
    """
    if len(key) != KEY_BYTES:
        raise WeakKeyError(f"a key is {KEY_BYTES} bytes, not {len(key)}")
    if key == DEFAULT_KEY:
        raise DefaultKeyError("this is SCBK-D, the default key: give the reader a key of its own")
    if len({(right - left) % 256 for left, right in pairwise(key)}) == 1:
        raise WeakKeyError("the key's bytes are all equal or a sequence")
    if any(key == key[:length] * (KEY_BYTES // length) for length in (2, 4, 8)):
        raise WeakKeyError("the key repeats itself")
    if len(set(key)) < DISTINCT_BYTES:
        raise WeakKeyError("the key has too few different bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class OsdpPdConfig:
    """One peripheral device: a reader, and perhaps the contacts of a portal.

    `address`: 0 to 126. `scbk`: the reader's own key, 16 bytes, provisioned off the bus. `portal`: whose
    strike, door position switch and request-to-exit button are wired to it, or None. `strike_output`,
    `dps_input`, `rex_input`: their terminal numbers, None where not wired. `dps_open_level`,
    `rex_pressed_level`: whether the device reports the input active then.
    `formats`: which card formats this reader may read.
    """

    address: int
    reader: ReaderId
    scbk: bytes = field(repr=False)
    portal: PortalId | None = None
    strike_output: int | None = 0
    dps_input: int | None = 0
    rex_input: int | None = 1
    dps_open_level: bool = True
    rex_pressed_level: bool = True
    formats: tuple[str, ...] = (DEFAULT_FORMAT,)

    def __post_init__(self) -> None:
        """Raise BadBusConfigError for what can not be."""
        check_key(self.scbk)
        if not 0 <= self.address <= LAST_ADDRESS:
            raise BadBusConfigError(f"{self.reader}: address {self.address} is not 0 to {LAST_ADDRESS}")
        for number in (self.strike_output, self.dps_input, self.rex_input):
            if number is not None and not 0 <= number <= LAST_NUMBER:
                raise BadBusConfigError(f"{self.reader}: {number} is no input or output number")
        if self.dps_input is not None and self.dps_input == self.rex_input:
            raise BadBusConfigError(f"{self.reader}: one input can not be both DPS and REX")


@dataclass(frozen=True, slots=True, kw_only=True)
class OsdpBusConfig:
    """One serial line and what hangs on it. `device`: its path. `baud`: bits per second."""

    device: str
    pds: tuple[OsdpPdConfig, ...]
    baud: int = 9600

    def __post_init__(self) -> None:
        """Raise BadBusConfigError for what can not be."""
        if self.baud not in BAUDS:
            raise BadBusConfigError(f"{self.baud} baud is no OSDP rate; use one of {sorted(BAUDS)}")
        if not 1 <= len(self.pds) <= MAX_READERS:
            raise BadBusConfigError(f"a bus carries 1 to {MAX_READERS} readers, not {len(self.pds)}")
        portals = [pd.portal for pd in self.pds if pd.portal is not None]
        for names in ([pd.address for pd in self.pds], [pd.reader for pd in self.pds], portals):
            if len(set(names)) != len(names):
                raise BadBusConfigError("two readers of the bus share an address, a name or a portal")
