"""How everything at the bench stands now: what the simulator knows, which no driver is told.

Belongs here: the picture, as a value that is shown, sent and saved as JSON. Does not belong here: taking it (doing.py).
"""

from typing import Final

import msgspec

OPEN: Final = "open"
SHUT: Final = "shut"
RELEASED: Final = "released"
LOCKED: Final = "locked"


class ReaderNow(msgspec.Struct, frozen=True):
    """One reader. `held`: the name of the card before it. `is_secure`: None for kinds without a secure channel."""

    id: str
    kind: str
    access_point: str
    line: str
    is_powered: bool = True
    has_keypad: bool = False
    is_secure: bool | None = None
    held: str | None = None
    light: str | None = None
    text: str = ""
    tones: int = 0
    is_tampered: bool = False
    has_failed_supply: bool = False
    has_right_key: bool | None = None
    misbehaviour: str = ""


class PortalNow(msgspec.Struct, frozen=True):
    """One door, turnstile or barrier. `passed`: how many persons went through since the bench was started."""

    id: str
    kind: str
    access_points: list[str]
    is_released: bool
    is_open: bool
    passed: int
    is_wedged: bool = False
    is_jammed: bool = False
    is_burning: bool = False
    contacts: list[str] = []
    cut: list[str] = []

    def shows(self, what: str) -> bool:
        """Return whether it is `open`, `shut`, `released` or `locked`."""
        return {OPEN: self.is_open, SHUT: not self.is_open, RELEASED: self.is_released, LOCKED: not self.is_released}[
            what
        ]


class BoardNow(msgspec.Struct, frozen=True):
    """One board of outputs and inputs."""

    id: str
    kind: str
    line: str
    is_powered: bool = True


class SirenNow(msgspec.Struct, frozen=True):
    """One siren or relay that orders sound."""

    id: str
    is_sounding: bool


class LineNow(msgspec.Struct, frozen=True):
    """One line, or smart card reader. `faults`: those that it has, by name, if it can have any."""

    name: str
    is_plugged_in: bool
    can_be_bad: bool = False
    faults: dict[str, float] = {}


class ControllerNow(msgspec.Struct, frozen=True):
    """What the controller says. `address`: its own page. All counts are None while it does not answer."""

    address: str
    answers: bool = False
    gate_state: str = ""
    lowest: int | None = None
    best: int | None = None
    highest: int | None = None
    journaled: int | None = None
    stored: int | None = None
    alarms: int | None = None


class BenchState(msgspec.Struct, frozen=True):
    """The whole bench. `is_card_service_up`: None where the gate has no smart card reader."""

    gate: str
    controller: ControllerNow
    readers: list[ReaderNow]
    portals: list[PortalNow]
    boards: list[BoardNow]
    sirens: list[SirenNow]
    lines: list[LineNow]
    is_network_up: bool
    is_gate_running: bool
    is_recording: bool = False
    playing: str | None = None
    is_card_service_up: bool | None = None

    def reader(self, name: str) -> ReaderNow | None:
        """Return one reader, if there is such."""
        return next((each for each in self.readers if each.id == name), None)

    def portal(self, name: str) -> PortalNow | None:
        """Return one portal, if there is such."""
        return next((each for each in self.portals if each.id == name), None)
