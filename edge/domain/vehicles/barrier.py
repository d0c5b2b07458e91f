"""What vehicles do at a barrier, as far as loops and beams show it, and when its boom must not come down.

A barrier has one lane for each direction. Before the boom lies a lane's *presence* (loop or beam), under it the
*clearance*, which its lanes share. Of one vehicle at a time is concluded:

- it **came**, and **left** without having been let through;
- let through: it went under the boom and off its loop, and the clearance rested: it **passed**. It rolled off its loop
  and never went under: it **backed out**. It did not go in time: the opening **expired**, and it stands again.
- another one went under a boom that was open for somebody else, or for nobody: it **followed**. Bumper to bumper the
  clearance never rests, but the loop is left a second time; with a trailer once more is no wonder. It is told as soon
  as it is off its loop: whoever rolls onto that next begins anew.
- one that was turned away elsewhere, and for which this boom was opened, went under it: it **went back**, if it has
  left its place. For sure only if it rolled over a loop before this boom as well; if one that waited there has left its
  loop instead, that one followed; and as long as it stands in its place, whoever leaves a loop here under the boom did.
- a board was **lost** on the way: nobody knows what became of it. A vehicle that stood there before a loss is not taken
  for the one that stands there after it.

Two inputs can not tell a vehicle that reverses all the way out of a passage from one that passed while the next rolled
onto its loop: it counts as passed. Without a clearance input, whoever leaves the loop after an opening has passed.

The boom is held up while a vehicle is on its way, and as long as the clearance is occupied, unknown, or has not rested
yet, if the boom was up when it was last seen, or was ordered up since: it falls on nobody, whoever opened it, and one
that is down opens for nobody because of a contact that fails.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME).

Belongs here: the state machine. Does not belong here: whether a vehicle may pass (decide_vehicle.py), outputs, events.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contract.ids import LaneId

_NS_PER_MS: Final = 1_000_000
GAP_NS: Final = 3000 * _NS_PER_MS
"""A short vehicle may be between loop and beam for so long."""
RESTS_NS: Final = 700 * _NS_PER_MS
"""So long nothing is under the boom until a vehicle counts as through."""
TRAILER_RESTS_NS: Final = 2500 * _NS_PER_MS
"""The same behind a vehicle with a trailer: beams look past a drawbar."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    lane: LaneId


class Came(_Outcome):
    """A vehicle stands before the boom."""


class Left(_Outcome):
    """The vehicle that stood there is gone, and nobody had let it through; or nobody can tell any more."""


class Passed(_Outcome):
    """The vehicle that was let through went through."""


class BackedOut(_Outcome):
    """The vehicle that was let through is gone and did not go through."""


class Expired(_Outcome):
    """The vehicle that was let through did not go in time, and still stands there."""


class Lost(_Outcome):
    """The vehicle that was let through may have gone through or not: nobody could see."""


class Followed(_Outcome):
    """A vehicle went through that nobody had let through; it belonged to this lane, as far as that shows."""


@dataclass(frozen=True, slots=True)
class WentBack(_Outcome):
    """The vehicle that was turned away in this lane went under the boom (perhaps another one) opened for it.

    Not `is_sure`: or somebody else did.
    """

    is_sure: bool


Outcome = Came | Left | Passed | BackedOut | Expired | Lost | Followed | WentBack


class At(enum.Enum):
    """Where a lane's vehicle is."""

    EMPTY = "empty"
    STANDS = "stands"
    OPENED = "opened"
    UNDER = "under"


@dataclass(slots=True)
class _Approach:
    """One lane. `gone_ns`: since when an opened one is off its loop and not under the boom yet."""

    lane: LaneId
    at: At = At.EMPTY
    is_present: bool | None = None
    until_ns: int = 0
    gone_ns: int | None = None
    has_left_loop: bool = False
    is_next_there: bool = False
    has_trailer: bool = False
    is_maybe_other: bool = False
    """What stands on the loop came from the other side, perhaps, and rolls off in a moment."""


@dataclass(slots=True)
class _WayBack:
    """The boom was opened until then for a vehicle that was turned away in `lane`.

    `waiting`: in which lanes one stood before this boom by then; `left`: in which one has left its loop when something
    was under the boom, or just before. `has_set_out`: the one that was turned away has left its place;
    `is_over_loop`: one rolled onto a loop before this boom.
    """

    lane: LaneId
    until_ns: int
    waiting: frozenset[LaneId]
    is_under: bool = False
    left: LaneId | None = None
    has_set_out: bool = False
    is_over_loop: bool = False

    @property
    def is_followed(self) -> bool:
        """Whether the one that has left its loop went under the boom, as far as that shows."""
        return not self.has_set_out or (self.left in self.waiting and not self.is_over_loop)

    @property
    def is_seen(self) -> bool:
        """Whether it can have been nobody else who went under the boom, as far as loops show."""
        return self.has_set_out and self.is_over_loop and self.left not in self.waiting


class VehicleBarrier:
    """One barrier and its lanes. `expected_ms`: within what time after its opening a vehicle has to be under it."""

    def __init__(self, lanes: Iterable[LaneId], *, expected_ms: int, has_clearance: bool) -> None:
        self._approaches = {lane: _Approach(lane) for lane in lanes}
        self._expected_ns = expected_ms * _NS_PER_MS
        self._has_clearance = has_clearance
        self._under: bool | None = None
        self._cleared_ns: int | None = None
        self._rests_ns = RESTS_NS
        self._may_be_up = False
        self._active: _Approach | None = None
        self._stray: LaneId | None = None
        """Whose vehicle is under the boom and was not let through."""
        self._back: _WayBack | None = None
        self._passed: tuple[LaneId | None, int] | None = None
        self._left: tuple[LaneId, int] | None = None

    def at(self, lane: LaneId) -> At:
        """Tell where a lane's vehicle is."""
        return self._approaches[lane].at

    def is_known(self, lane: LaneId) -> bool:
        """Tell whether anybody sees what stands in a lane."""
        return self._approaches[lane].is_present is not None

    @property
    def under(self) -> bool | None:
        """Whether something is under the boom; None where nobody can tell."""
        return self._under

    @property
    def is_idle(self) -> bool:
        """Whether nobody is known to be on his way through."""
        return self._active is None and self._under is not True and self._cleared_ns is None

    @property
    def is_clear(self) -> bool:
        """Whether it is known that nothing is under the boom, and that has rested."""
        return self._under is False and self._cleared_ns is None

    @property
    def is_free(self) -> bool:
        """Whether nobody is on his way through, in no direction, so that the next one may be let through."""
        return self.is_idle and self._back is None and (self.is_clear or not self._has_clearance)

    @property
    def must_stay_up(self) -> bool:
        """Whether the boom must not be ordered, or let, down now."""
        return self._active is not None or (self._has_clearance and not self.is_clear and self._may_be_up)

    def boom(self, *, is_up: bool | None) -> None:
        """Take what the boom's contact says; None where nobody can tell (any more): then it is where it was."""
        if is_up is not None:
            self._may_be_up = is_up

    def raised(self) -> None:
        """Take note that the boom was ordered up, for whomever: from now on it may be up until its contact says no."""
        self._may_be_up = True

    def open_back(self, lane: LaneId, until_ns: int) -> None:
        """The boom was opened for a vehicle that was turned away in `lane`: whoever goes under it until then goes back.

        Only while the barrier `is_idle`.
        """
        waiting = frozenset(name for name, each in self._approaches.items() if each.at is At.STANDS)
        self._may_be_up, self._back = True, _WayBack(lane, until_ns, waiting)

    def set_out(self, lane: LaneId) -> None:
        """The vehicle that was turned away in `lane`, and for which the boom was opened, has left its place."""
        if self._back is not None and self._back.lane == lane:
            self._back.has_set_out = True

    def open_for(self, lane: LaneId, now_ns: int, *, has_trailer: bool = False) -> None:
        """Let the vehicle that stands in `lane` through; only while the barrier `is_free`."""
        approach = self._approaches[lane]
        approach.at, approach.until_ns = At.OPENED, now_ns + self._expected_ns
        approach.gone_ns, approach.has_left_loop, approach.is_next_there = None, False, False
        approach.has_trailer = has_trailer
        self._rests_ns = TRAILER_RESTS_NS if has_trailer else RESTS_NS
        self._active, self._may_be_up = approach, True

    def presence(self, lane: LaneId, now_ns: int, *, is_present: bool) -> list[Outcome]:
        """Take a lane's presence input. The first state after a start or a loss tells where we stand."""
        outcomes = self.tick(now_ns)
        approach = self._approaches[lane]
        if approach.is_present is is_present:
            return outcomes
        approach.is_present = is_present
        return outcomes + (self._arrived(approach, now_ns) if is_present else self._departed(approach, now_ns))

    def clearance(self, now_ns: int, *, is_under: bool) -> list[Outcome]:
        """Take the input under the boom."""
        outcomes = self.tick(now_ns)
        if self._under is is_under:
            return outcomes
        was_known, self._under = self._under is not None, is_under
        if not is_under:
            self._cleared_ns = now_ns
            return outcomes
        self._cleared_ns = None
        active = self._active
        if active is not None:
            if active.at is At.OPENED:
                active.at, active.has_left_loop, active.gone_ns = At.UNDER, active.gone_ns is not None, None
        elif self._back is not None:
            self._back.is_under = True
            if self._left is not None and now_ns < self._left[1] + GAP_NS:
                self._back.left = self._left[0]
        elif was_known and self._may_be_up and self._left is not None and now_ns < self._left[1] + GAP_NS:
            self._stray, self._left = self._left[0], None
            outcomes.append(Followed(self._stray))
        return outcomes

    def lost(self, lanes: Iterable[LaneId], *, clearance: bool) -> list[Outcome]:
        """The board of these lanes' presence is away, and that of the clearance, if so."""
        outcomes: list[Outcome] = []
        if self._active is not None:
            self._may_be_up = True  # its order may be on the way still
        for approach in map(self._approaches.__getitem__, lanes):
            approach.is_present, approach.is_maybe_other = None, False
            if approach is self._active:
                outcomes.append(Lost(approach.lane))
                self._end(approach)
            elif approach.at is At.STANDS:
                outcomes.append(Left(approach.lane))
                self._end(approach)
        if clearance and self._has_clearance:
            self._under = self._cleared_ns = self._stray = self._left = self._back = None
            active = self._active
            if active is not None and active.at is At.UNDER:
                outcomes += [Lost(active.lane), *self._end(active)]
        return outcomes

    def tick(self, now_ns: int) -> list[Outcome]:
        """Conclude what the passing of time allows. Late calls conclude the same as punctual ones."""
        outcomes: list[Outcome] = []
        if self._cleared_ns is not None and now_ns >= self._cleared_ns + self._rests_ns:
            outcomes += self._rested(self._cleared_ns + self._rests_ns)
        active = self._active
        if active is not None and active.at is At.OPENED:
            if active.gone_ns is not None and now_ns >= active.gone_ns + GAP_NS:
                is_seen = self._under is not None
                self._left = active.lane, active.gone_ns + GAP_NS  # or it was slow, and goes under now
                outcomes += [BackedOut(active.lane) if is_seen else Lost(active.lane), *self._end(active)]
            elif active.gone_ns is None and now_ns >= active.until_ns:
                outcomes.append(Expired(active.lane))
                active.at, self._active = At.STANDS, None
        if self._back is not None and not self._back.is_under and now_ns >= self._back.until_ns:
            self._back = None
        for approach in self._approaches.values():
            if approach.is_maybe_other and not self._is_maybe_other(approach, now_ns):
                approach.is_maybe_other, approach.at = False, At.STANDS
                outcomes.append(Came(approach.lane))
        return outcomes

    def deadline_ns(self) -> int | None:
        """Return when `tick` has something to say next, or None."""
        deadlines = [] if self._cleared_ns is None else [self._cleared_ns + self._rests_ns]
        active = self._active
        if active is not None and active.at is At.OPENED:
            deadlines.append(active.until_ns if active.gone_ns is None else active.gone_ns + GAP_NS)
        if self._back is not None and not self._back.is_under:
            deadlines.append(self._back.until_ns)
        is_any_other = any(each.is_maybe_other for each in self._approaches.values())
        if is_any_other and active is None and self._passed is not None:
            deadlines.append(self._passed[1] + GAP_NS)
        return min(deadlines, default=None)

    def _arrived(self, approach: _Approach, now_ns: int) -> list[Outcome]:
        if self._back is not None:
            self._back.is_over_loop = True
        if approach.at in {At.OPENED, At.UNDER}:  # it was off its loop before
            approach.is_next_there = True
        elif approach.at is At.EMPTY and self._is_maybe_other(approach, now_ns):
            approach.is_maybe_other = True
        elif approach.at is At.EMPTY:
            approach.at = At.STANDS
            return [Came(approach.lane)]
        return []

    def _is_maybe_other(self, approach: _Approach, now_ns: int) -> bool:
        """Tell whether a vehicle that goes through another lane of this barrier may be on this lane's loop."""
        active = self._active
        if active is not None and active is not approach and active.at is At.UNDER:
            return True
        if self._stray not in {None, approach.lane} or (self._back is not None and self._back.is_under):
            return True
        return self._passed is not None and self._passed[0] != approach.lane and now_ns < self._passed[1] + GAP_NS

    def _departed(self, approach: _Approach, now_ns: int) -> list[Outcome]:
        approach.is_maybe_other = False
        if approach.at is At.STANDS:
            self._end(approach)
            if self._active is None and self._back is None and self._under and self._may_be_up:
                self._stray = approach.lane
                return [Followed(approach.lane)]
            if self._back is not None and self._back.is_under:
                self._back.left = approach.lane
            self._left = approach.lane, now_ns
            return [Left(approach.lane)]
        if approach.at is At.OPENED:
            if self._has_clearance:
                approach.gone_ns = now_ns
                return []
            return self._through(approach, now_ns)
        if approach.at is At.UNDER:
            is_second, approach.has_left_loop = approach.is_next_there, True
            approach.is_next_there = False
            if is_second and approach.has_trailer:
                approach.has_trailer = False
            elif is_second:
                return [Followed(approach.lane)]
        return []

    def _rested(self, at_ns: int) -> list[Outcome]:
        """Nothing is under the boom any more."""
        self._cleared_ns = None
        active, stray, back, self._stray = self._active, self._stray, self._back, None
        if active is not None and active.at is At.UNDER:
            if active.has_left_loop:
                return self._through(active, at_ns)
            active.at, active.until_ns = At.OPENED, at_ns + self._expected_ns  # it rolled back onto its loop
        elif back is not None and back.is_under:
            self._back = None
            return self._went_under(back, at_ns)
        elif stray is not None:
            self._passed = stray, at_ns
        return []

    def _went_under(self, back: _WayBack, at_ns: int) -> list[Outcome]:
        """Something went under the boom that was opened for one that was turned away."""
        is_followed = back.left is not None and back.is_followed
        self._passed = back.left if is_followed else None, at_ns
        outcomes: list[Outcome] = [Followed(back.left)] if back.left is not None and is_followed else []
        return [*outcomes, WentBack(back.lane, back.is_seen)] if back.has_set_out else outcomes

    def _through(self, approach: _Approach, at_ns: int) -> list[Outcome]:
        self._passed = approach.lane, at_ns
        return [Passed(approach.lane), *self._end(approach)]

    def _end(self, approach: _Approach) -> list[Outcome]:
        """The lane's vehicle is gone; whatever stands on its loop is the next one."""
        approach.at, approach.gone_ns = At.EMPTY, None
        approach.is_next_there = approach.has_left_loop = approach.has_trailer = False
        self._active = None if self._active is approach else self._active
        if not approach.is_present:
            return []
        approach.at = At.STANDS
        return [Came(approach.lane)]
