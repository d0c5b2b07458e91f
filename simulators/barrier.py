"""A vehicle barrier, pure: an arm that rises by itself when it is released, and falls behind the last vehicle.

Nothing of its own keeps it from falling on a vehicle: whoever drives it has to, and `struck` counts where he did not.

Belongs here: what it does otherwise than a door (door.py).
"""

from contract.ids import AccessPointId
from simulators.door import ContactChange, Door


class Barrier(Door):
    """One arm; its position switch is active while it is not down. `under`: how many vehicles are below it now."""

    under = 0
    struck = 0
    """How often it came down on one."""

    def follow(self, now_s: float) -> list[ContactChange]:
        """Rise if released, unless the arm is stuck."""
        if self.is_free() and not self.is_open:
            return self._open(now_s)
        return []

    def walk_through(self, now_s: float, point: AccessPointId | None = None) -> tuple[bool, list[ContactChange]]:
        """A vehicle wants through; it can not push an arm that is down."""
        if not self.is_open:
            return False, []
        return super().walk_through(now_s, point)

    def advance(self, now_s: float) -> list[ContactChange]:
        """Let time pass: the arm stays up as long as it is released."""
        if self._shuts_at_s is not None and now_s >= self._shuts_at_s and self.strike_is_released:
            self._shuts_at_s = now_s + self._open_s
        was_open = self.is_open
        changes = super().advance(now_s)
        if was_open and not self.is_open and self.under:
            self.struck += 1
        return changes
