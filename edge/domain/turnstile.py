"""What happens at a turnstile after a grant: its arm turns by one person, and says in which direction.

Grants of one direction are taken in their order, so that people may present their cards while others still turn. A
grant towards which nobody turns in its time was **not taken**; a turn towards which nobody was granted is reported.
After a request to exit one turn in the released direction is nobody's passage. While the fire release is active the arm
turns freely, and no turn is anybody's fault. A direction without a passage contact grants, and no more is known; a
grant while the contacts' device is away is taken if a turn follows, and else ends without an outcome.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME); a grant is named by its number.

Belongs here: the state machine. Does not belong here: doors (passage.py), timers, hardware, or events.
"""

from collections.abc import Collection
from typing import Final

from contract.ids import AccessPointId, HolderId
from edge.domain.passage import CONTACT_GRACE_MS, LeftFreely, NotTaken, OpenGrant, Outcome, Taken, Unexpected

_NS_PER_MS: Final = 1_000_000


class Turnstile:
    """One turnstile. `expected_ms`: how long after a grant a turn is expected, `extra_ms` longer for who needs longer.

    `seen`: the directions with a passage contact; `free`: those in which everybody may turn without a grant.
    """

    def __init__(
        self,
        *,
        expected_ms: int,
        extra_ms: int = 0,
        seen: Collection[AccessPointId],
        free: Collection[AccessPointId] = (),
    ) -> None:
        self._window_ns = (expected_ms + CONTACT_GRACE_MS) * _NS_PER_MS
        self._extra_ns = extra_ms * _NS_PER_MS
        self._seen = frozenset(seen)
        self._free = frozenset(free)
        self._grants: list[OpenGrant] = []
        self._exits: dict[AccessPointId, int] = {}
        self._is_on_fire = False
        self._is_watched = True

    def sees(self, point: AccessPointId) -> bool:
        """Tell whether passages in that direction are reported."""
        return point in self._seen

    def granted(
        self, number: int, point: AccessPointId, holder: HolderId, now_ns: int, *, is_extended: bool = False
    ) -> list[Outcome]:
        """Open a grant: from now its holder may turn towards `point`. Presented again, his card begins anew."""
        outcomes = self.tick(now_ns)
        if not self.sees(point) or self._is_on_fire:
            return outcomes
        again = [g for g in self._grants if (g.point, g.holder) == (point, holder)]
        self._grants = [g for g in self._grants if g not in again]
        until_ns = now_ns + self._window_ns + (self._extra_ns if is_extended else 0)
        self._grants.append(OpenGrant(number, point, holder, until_ns, overlapped=not self._is_watched))
        return outcomes + [NotTaken(g.number, g.point, g.holder) for g in again]

    def exit_requested(self, point: AccessPointId, now_ns: int) -> list[Outcome]:
        """Somebody asked to leave towards `point`: one turn there is nobody's passage, for the time of a grant."""
        outcomes = self.tick(now_ns)
        self._exits[point] = now_ns + self._window_ns
        return outcomes

    def turned(self, point: AccessPointId, now_ns: int) -> list[Outcome]:
        """One person turned towards `point`."""
        outcomes = self.tick(now_ns)
        for grant in self._grants:
            if grant.point == point:
                self._grants.remove(grant)
                return [*outcomes, Taken(grant.number, point, grant.holder)]
        if now_ns < self._exits.pop(point, 0) or self._is_on_fire:
            return outcomes
        return [*outcomes, LeftFreely() if point in self._free else Unexpected(point)]

    def contact_lost(self) -> None:
        """The board that counts passages is away: open grants end without an outcome."""
        self._grants.clear()
        self._exits.clear()
        self._is_watched = False

    def contact_back(self) -> None:
        """The board that counts passages answers (again): from now on every turn is counted."""
        self._is_watched = True

    def fire(self, *, is_active: bool, now_ns: int) -> list[Outcome]:
        """Take the state of the fire release; open grants end without an outcome, for anybody may turn now."""
        outcomes = self.tick(now_ns)
        self._is_on_fire = is_active
        if is_active:
            self._grants.clear()
        return outcomes

    def tick(self, now_ns: int) -> list[Outcome]:
        """Conclude what the passing of time allows. Late calls conclude the same as punctual ones."""
        over = [grant for grant in self._grants if now_ns >= grant.until_ns]
        self._grants = [grant for grant in self._grants if now_ns < grant.until_ns]
        return [NotTaken(grant.number, grant.point, grant.holder) for grant in over if not grant.overlapped]

    def deadline_ns(self) -> int | None:
        """Return when `tick` has something to say next, or None."""
        return min((grant.until_ns for grant in self._grants), default=None)
