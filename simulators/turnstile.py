"""A turnstile, pure: an arm that lets one person through for each release, and counts the turns.

A release frees one direction until somebody has turned the arm, or until the device that holds the release lets go;
a machine with a time of its own, for which the release is a short pulse, waits that long for the person.
Each turn closes that direction's contact for a moment. Without current, and on fire, the arm drops and both directions
are free (a tripod of the fail-safe kind); a fail-secure one stays locked without current and frees its arm on fire only
as long as it has some. Whoever breaks past a locked arm turns it as well, and is counted; a dropped arm counts nobody.

Belongs here: physics; time is an argument (seconds). Does not belong here: wires, who may pass.
"""

from collections.abc import Iterable
from typing import Final

from contract.ids import AccessPointId
from contract.site import Fail
from simulators.door import Contact, ContactChange

PULSE_S: Final = 0.3
"""How long a turn closes its contact."""


class Turnstile:
    """One arm, free or locked in each of its directions `points`. `waits_s`: its own time from a release on.

    `stays_free`: set to let everybody through for as long as the relay is closed, and not one person only.
    """

    def __init__(
        self,
        points: Iterable[AccessPointId],
        fail: Fail = Fail.SECURE,
        waits_s: float = 0.0,
        *,
        stays_free: bool = False,
    ) -> None:
        self.turned = dict.fromkeys(points, 0)
        self.has_supply = True
        self.is_fire = False
        self.is_jammed = False
        self._fail = fail
        self._waits_s = waits_s
        self._stays_free = stays_free
        self._ordered: set[AccessPointId] = set()  # whose relay is closed
        self._released: dict[AccessPointId, float] = {}  # until when at least
        self._pulse_until_s: dict[AccessPointId, float] = {}

    @property
    def is_dropped(self) -> bool:
        """Whether the arm hangs and stops nobody."""
        if self._fail is Fail.SAFE:
            return self.is_fire or not self.has_supply
        return self.is_fire and self.has_supply

    @property
    def is_at_rest(self) -> bool:
        """Whether no direction is free and no contact is closed."""
        return not self._released and not self._pulse_until_s and not self.is_dropped

    @property
    def next_change_s(self) -> float | None:
        """When `advance` is due, or None if nothing will change by itself."""
        waiting = [at_s for point, at_s in self._released.items() if point not in self._ordered]
        return min([*self._pulse_until_s.values(), *waiting], default=None)

    def is_free(self, point: AccessPointId | None = None) -> bool:
        """Whether somebody could turn the arm towards `point` (or anywhere)."""
        if self.is_jammed:
            return False
        return self.is_dropped or (point in self._released if point is not None else bool(self._released))

    def set_release(self, point: AccessPointId, now_s: float, *, released: bool) -> None:
        """The device that drives the turnstile closed or opened the relay of one direction."""
        if not released:
            self._ordered.discard(point)
            self._stop_waiting(now_s)
        elif self.has_supply:
            self._ordered.add(point)
            self._released[point] = now_s + self._waits_s

    def set_supply(self, *, on: bool) -> None:
        """Cut the current or restore it: a release is forgotten."""
        self.has_supply = on
        self._ordered.clear()
        self._released.clear()

    def follow(self, _now_s: float) -> list[ContactChange]:
        """An arm that is free waits for somebody who pushes it."""
        return []

    def set_fire(self, now_s: float, *, active: bool) -> list[ContactChange]:
        """The fire panel drops the arm, or is reset."""
        if active is self.is_fire:
            return []
        self.is_fire = active
        return [ContactChange(Contact.FIRE, active, now_s)]

    def walk_through(self, now_s: float, point: AccessPointId | None = None) -> tuple[bool, list[ContactChange]]:
        """A person pushes the arm towards `point`. Returns whether it turned: mostly once for each release."""
        if point is None or not self.is_free(point):
            return False, []
        if not (self._stays_free and point in self._ordered):
            self._released.pop(point, None)
        return True, self._turn(point, now_s)

    def force(self, now_s: float) -> list[ContactChange]:
        """Somebody breaks past the arm, in its first direction."""
        return self._turn(next(iter(self.turned)), now_s)

    def advance(self, now_s: float) -> list[ContactChange]:
        """Let time pass until `now_s` and return what changed by itself."""
        self._stop_waiting(now_s)
        over = sorted((at_s, point) for point, at_s in self._pulse_until_s.items() if now_s >= at_s)
        for _, point in over:
            del self._pulse_until_s[point]
        return [ContactChange(Contact.PASSED, False, at_s, point) for at_s, point in over]

    def _stop_waiting(self, now_s: float) -> None:
        """Lock the directions whose relay has opened and whose time is over."""
        held = self._ordered
        self._released = {point: at_s for point, at_s in self._released.items() if point in held or now_s < at_s}

    def _turn(self, point: AccessPointId, now_s: float) -> list[ContactChange]:
        self.turned[point] += 1
        if self.is_dropped:
            return []  # nothing turns, so nothing counts
        self._pulse_until_s[point] = now_s + PULSE_S
        return [ContactChange(Contact.PASSED, True, now_s, point)]
