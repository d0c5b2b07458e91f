"""A door, pure: strike, position switch, request-to-exit, fire contact, and persons who walk through.

Time is an argument (seconds). The leaf opens when somebody pulls it while the strike is released (or the leaf stands
open anyway), when somebody leaves from the inside (the handle always opens: life safety), or by force. It falls shut
`open_s` after the last person, unless it is held. The strike follows its wires:

- *fail-secure*: current releases it. It comes over the relay of whoever drives the door, or over the fire panel's
  contact, which is wired past that relay; without supply it stays locked.
- *fail-safe*: current holds it. The relay and the fire panel's contact both cut it; without supply it is released.

So the fire contact works below everything: no reader, board or program is asked.

Belongs here: physics. Does not belong here: wires to inputs (portal.py), readers, who may pass.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from contract.ids import AccessPointId
from contract.site import Fail

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
    FIRE = "fire"
    """Active while the hard-wired fire release holds the portal open."""
    PASSED = "passed"
    """A turnstile's: active for a moment for each turn in one direction."""


@dataclass(frozen=True, slots=True)
class ContactChange:
    """A contact changed at `at_s`. `point`: of a turnstile's two contacts, which."""

    contact: Contact
    active: bool
    at_s: float
    point: AccessPointId | None = None


class Door:
    """One leaf. Every act takes the present time and returns the contact changes that it causes at once."""

    def __init__(self, open_s: float = WALK_S, fail: Fail = Fail.SECURE) -> None:
        self.is_open = False
        self.passed = 0
        self.has_supply = True
        self.is_fire = False
        self.is_jammed = False
        self._is_ordered = False
        self._fail = fail
        self._open_s = open_s
        self._shuts_at_s: float | None = None
        self._rex_until_s: float | None = None
        self._is_held = False

    @property
    def strike_is_released(self) -> bool:
        """Whether the strike lets the leaf go."""
        if self._fail is Fail.SAFE:
            return self._is_ordered or self.is_fire or not self.has_supply
        return self.has_supply and (self._is_ordered or self.is_fire)

    @property
    def is_held(self) -> bool:
        """Whether a wedge keeps the leaf open."""
        return self._is_held

    @property
    def is_at_rest(self) -> bool:
        """Whether the leaf is shut and the strike engaged."""
        return not self.is_open and not self.strike_is_released

    @property
    def next_change_s(self) -> float | None:
        """When `advance` is due, or None if nothing will change by itself."""
        due = [at_s for at_s in (self._shuts_at_s, self._rex_until_s) if at_s is not None]
        return min(due) if due else None

    def is_free(self, point: AccessPointId | None = None) -> bool:  # noqa: ARG002  a leaf opens for both directions
        """Whether somebody who wants through could."""
        return (self.strike_is_released or self.is_open) and not (self.is_jammed and not self.is_open)

    def set_strike(self, *, released: bool) -> None:
        """The device that drives the door closed or opened its relay. A leaf that stands open can still be shut."""
        self._is_ordered = released

    def set_supply(self, *, on: bool) -> None:
        """Cut the current of the strike, or restore it."""
        self.has_supply = on

    def follow(self, now_s: float) -> list[ContactChange]:  # noqa: ARG002  a leaf waits for somebody who pulls it
        """Do what the strike alone moves; called after each change of relay, supply or fire contact."""
        return []

    def set_fire(self, now_s: float, *, active: bool) -> list[ContactChange]:
        """The fire panel opens the door below everything else, or is reset."""
        if active is self.is_fire:
            return []
        self.is_fire = active
        return [ContactChange(Contact.FIRE, active, now_s)]

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

    def walk_through(self, now_s: float, point: AccessPointId | None = None) -> tuple[bool, list[ContactChange]]:
        """A person wants through. Returns whether he gets through: not if the leaf is shut and locked, or stuck."""
        if not self.is_free(point):
            return False, []
        self.passed += 1
        return True, self._open(now_s)

    def leave_by_button(self, now_s: float) -> list[ContactChange]:
        """A person from the inside steps before the detector, takes the handle and leaves, unless the leaf is stuck."""
        pressed = [] if self._rex_until_s is not None else [ContactChange(Contact.REX, True, now_s)]
        self._rex_until_s = now_s + REX_S
        if self.is_jammed and not self.is_open:
            return pressed
        self.passed += 1
        return pressed + self._open(now_s)

    def force(self, now_s: float) -> list[ContactChange]:
        """Somebody breaks the leaf open and goes through."""
        self.passed += 1
        return self._open(now_s)

    def hold(self, now_s: float) -> list[ContactChange]:
        """Somebody puts a wedge under the leaf, opening it if it can be opened."""
        return self.stand_open(now_s) if self.is_free() else []

    def stand_open(self, now_s: float) -> list[ContactChange]:
        """The leaf stands open on a wedge, however it came to be open."""
        changes = self._open(now_s)
        self._is_held = True
        self._shuts_at_s = None
        return changes

    def shut(self, now_s: float) -> list[ContactChange]:
        """Somebody takes the wedge away and shuts the leaf."""
        self._is_held = False
        self._shuts_at_s = None
        if not self.is_open:
            return []
        self.is_open = False
        return [ContactChange(Contact.DPS, False, now_s)]

    def _open(self, now_s: float) -> list[ContactChange]:
        changes = [] if self.is_open else [ContactChange(Contact.DPS, True, now_s)]
        self.is_open = True
        if not self._is_held:
            self._shuts_at_s = now_s + self._open_s
        return changes
