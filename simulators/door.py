"""A door, pure: strike, position switch, request-to-exit, and persons who walk through. Time is an argument (seconds).

The leaf opens when somebody pulls it while the strike is released (or the leaf stands open anyway), when somebody
leaves from the inside (the handle always opens: life safety), or by force. It falls shut `open_s` after the last
person, unless it is held. The strike is driven from outside, by whoever simulates the device that times it.

Belongs here: physics. Does not belong here: wires, readers, who may pass.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WALK_S: Final = 2.0
"""The leaf stays open this long for one person (figures.md: 2 s a person)."""
REX_S: Final = 0.6
"""How long a request-to-exit contact stays closed: longer than the 400 ms from which an input must be processed."""


class Contact(StrEnum):
    """What is wired to inputs."""

    DPS = "dps"
    """Active while the leaf is open."""
    REX = "rex"
    """Active while the button is pressed, or somebody stands before the detector."""


@dataclass(frozen=True, slots=True)
class ContactChange:
    """A contact changed at `at_s`."""

    contact: Contact
    active: bool
    at_s: float


class Door:
    """One leaf. Every act takes the present time and returns the contact changes that it causes at once."""

    def __init__(self, open_s: float = WALK_S) -> None:
        self.strike_is_released = False
        self.is_open = False
        self.passed = 0
        self._open_s = open_s
        self._shuts_at_s: float | None = None
        self._rex_until_s: float | None = None
        self._is_held = False

    @property
    def next_change_s(self) -> float | None:
        """When `advance` is due, or None if nothing will change by itself."""
        due = [at_s for at_s in (self._shuts_at_s, self._rex_until_s) if at_s is not None]
        return min(due) if due else None

    def set_strike(self, *, released: bool) -> None:
        """The device released or engaged the strike. A leaf that stands open can still be shut."""
        self.strike_is_released = released

    def advance(self, now_s: float) -> list[ContactChange]:
        """Let time pass until `now_s` and return what changed by itself."""
        changes = []
        if self._rex_until_s is not None and now_s >= self._rex_until_s:
            changes.append(ContactChange(Contact.REX, False, self._rex_until_s))
            self._rex_until_s = None
        if self._shuts_at_s is not None and now_s >= self._shuts_at_s:
            changes.append(ContactChange(Contact.DPS, False, self._shuts_at_s))
            self._shuts_at_s = None
            self.is_open = False
        return sorted(changes, key=lambda change: change.at_s)

    def walk_through(self, now_s: float) -> tuple[bool, list[ContactChange]]:
        """A person wants through. Returns whether he gets through: not if the leaf is shut and the strike engaged."""
        if not (self.strike_is_released or self.is_open):
            return False, []
        self.passed += 1
        return True, self._open(now_s)

    def leave_by_button(self, now_s: float) -> list[ContactChange]:
        """A person from the inside steps before the detector, takes the handle and leaves."""
        pressed = [] if self._rex_until_s is not None else [ContactChange(Contact.REX, True, now_s)]
        self._rex_until_s = now_s + REX_S
        self.passed += 1
        return pressed + self._open(now_s)

    def force(self, now_s: float) -> list[ContactChange]:
        """Somebody breaks the leaf open and goes through."""
        self.passed += 1
        return self._open(now_s)

    def hold(self, now_s: float) -> list[ContactChange]:
        """Somebody puts a wedge under the leaf, opening it if it can be opened."""
        if not (self.strike_is_released or self.is_open):
            return []
        changes = self._open(now_s)
        self._is_held = True
        self._shuts_at_s = None
        return changes

    def let_go(self, now_s: float) -> None:
        """The wedge is taken away: the leaf falls shut after its time."""
        if self._is_held:
            self._is_held = False
            self._shuts_at_s = now_s + self._open_s

    def _open(self, now_s: float) -> list[ContactChange]:
        changes = [] if self.is_open else [ContactChange(Contact.DPS, True, now_s)]
        self.is_open = True
        if not self._is_held:
            self._shuts_at_s = now_s + self._open_s
        return changes
