"""What hangs on one OSDP bus, and which keys are no keys.

Belongs here: configuration and its checks. Does not belong here: where keys are kept (the edge's state).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from contract.ids import AccessPointId, ReaderId
from contract.site import LaneConfig, PortalConfig, PortalKind, SignalConfig
from drivers.osdp.commands import LONGEST_RELEASE_MS
from drivers.wiegand.formats import DEFAULT_FORMAT

KEY_BYTES: Final = 16
DEFAULT_KEY: Final = bytes(range(0x30, 0x40))
"""SCBK-D, the key that every reader comes with and everybody knows (SIA OSDP 2.2, annex D)."""
DISTINCT_BYTES: Final = 8
"""A random key has fewer distinct bytes than this once in some hundred million; a typed one often has."""
LAST_ADDRESS: Final = 0x7E
"""0x7F is the address to which every device answers: never configured."""
MAX_READERS: Final = 16
"""At 9600 baud each of so many readers still has more than a turn a second."""
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
    """One peripheral device: a reader, which may have outputs and inputs.

    `address`: 0 to 126. `scbk`: the reader's own key, 16 bytes, provisioned off the bus. `scbk_next`: the key to which
    it is being rotated, tried beside `scbk` until the reader has answered with it. `formats`: which card formats
    this reader may read. `hold_off_ms`: the same card again within this time is one read.
    """

    address: int
    reader: ReaderId
    scbk: bytes = field(repr=False)
    scbk_next: bytes | None = field(default=None, repr=False)
    formats: tuple[str, ...] = (DEFAULT_FORMAT,)
    hold_off_ms: int = 0

    def __post_init__(self) -> None:
        """Raise BadBusConfigError for what can not be."""
        for key in self.keys:
            check_key(key)
        if len(set(self.keys)) != len(self.keys):
            raise WeakKeyError(f"{self.reader}: its next key is the one in force")
        if not 0 <= self.address <= LAST_ADDRESS:
            raise BadBusConfigError(f"{self.reader}: address {self.address} is not 0 to {LAST_ADDRESS}")

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys that the reader may have, the one in force first."""
        return (self.scbk,) if self.scbk_next is None else (self.scbk, self.scbk_next)


@dataclass(frozen=True, slots=True, kw_only=True)
class OsdpBusConfig:
    """One serial line and what hangs on it. `device`: its path. `baud`: bits per second.

    `portals`: those that are released (`hardware`) or watched (`watched_by`) by a reader of this line; `signals`: those
    that hang on an output of one; `lanes`: those that inputs of one watch.
    """

    device: str
    pds: tuple[OsdpPdConfig, ...]
    baud: int = 9600
    portals: tuple[PortalConfig, ...] = ()
    signals: tuple[SignalConfig, ...] = ()
    lanes: tuple[LaneConfig, ...] = ()

    def __post_init__(self) -> None:
        """Raise BadBusConfigError for what can not be."""
        if self.baud not in BAUDS:
            raise BadBusConfigError(f"{self.baud} baud is no OSDP rate; use one of {sorted(BAUDS)}")
        if not 1 <= len(self.pds) <= MAX_READERS:
            raise BadBusConfigError(f"a bus carries 1 to {MAX_READERS} readers, not {len(self.pds)}")
        for names in ([pd.address for pd in self.pds], [pd.reader for pd in self.pds]):
            if len(set(names)) != len(names):
                raise BadBusConfigError("two readers of the bus share an address or a name")
        keys = [key for pd in self.pds for key in pd.keys]
        if len(set(keys)) != len(keys):
            raise BadBusConfigError("two readers of the bus share a key: who opens one reader would have both")
        for portal in self.portals:
            self._check(portal)
        self._check_terminals()

    def sounded_by(self, reader: ReaderId) -> tuple[SignalConfig, ...]:
        """The sirens and relays that hang on outputs of `reader`."""
        return tuple(signal for signal in self.signals if signal.hardware == reader)

    def released_by(self, reader: ReaderId) -> tuple[PortalConfig, ...]:
        """The portals whose strikes or motors hang on outputs of `reader`."""
        return tuple(portal for portal in self.portals if portal.hardware == reader)

    def watched_by(self, reader: ReaderId) -> tuple[PortalConfig | LaneConfig, ...]:
        """The portals whose contacts, and the lanes whose loops and beams, hang on inputs of `reader`."""
        portals = tuple(portal for portal in self.portals if portal.watched_by == reader)
        return (*portals, *(lane for lane in self.lanes if lane.hardware == reader))

    def _check_terminals(self) -> None:
        for lane in self.lanes:
            if max(lane.presence_input, lane.clearance_input) > LAST_NUMBER:
                raise BadBusConfigError(f"{lane.id}: inputs are 0 to {LAST_NUMBER}, not more")
        for signal in self.signals:
            if signal.output > LAST_NUMBER:
                raise BadBusConfigError(
                    f"{signal.id}: {signal.output} is no output number; they are 0 to {LAST_NUMBER}"
                )

    def _check(self, portal: PortalConfig) -> None:
        for number in outputs_of(portal).values():
            if number > LAST_NUMBER:
                raise BadBusConfigError(f"{portal.id}: {number} is no output number; they are 0 to {LAST_NUMBER}")
        for duration_ms in (portal.unlock_ms, portal.extended_unlock_ms):
            if duration_ms > LONGEST_RELEASE_MS:
                limit_s = LONGEST_RELEASE_MS // 1000
                raise BadBusConfigError(f"{portal.id}: released for {duration_ms} ms; {limit_s} s is the longest")
        inputs = (portal.dps_input, portal.rex_input, portal.fire_input, *portal.passed_inputs.values())
        if max(inputs, default=0) > LAST_NUMBER:
            raise BadBusConfigError(f"{portal.id}: inputs are 0 to {LAST_NUMBER}, not {max(inputs)}")


def outputs_of(portal: PortalConfig) -> Mapping[AccessPointId, int]:
    """Return the output for each way through `portal`; a door and a barrier have one for all ways."""
    if portal.kind is PortalKind.TURNSTILE:
        return portal.outputs
    return dict.fromkeys(portal.access_points, portal.strike_output)
