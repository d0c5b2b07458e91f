"""A story: what happens before a camera, second by second, written before it is filmed.

People walk along a way (gateway.py), vehicles visit a lane (lane.py), lamps are switched. Everything is a function of
time, so the truth is known to the frame.

Belongs here: what such a story consists of, and where everybody is at a moment. Does not belong here: particular
stories (stories.py), drawing, files (film.py), and a site that is simulated in real time (live.py).
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

from simulators.cameras.gateway import LINE, Figure, look_of
from simulators.vehicles import Vehicle


class Direction(StrEnum):
    """Which way somebody crosses the line, in the picture."""

    LEFT = "left"
    RIGHT = "right"


class Manner(StrEnum):
    """With whom somebody goes."""

    ALONE = "alone"
    BESIDE = "beside"
    """Shoulder to shoulder with somebody else: one of the two hides the other in part."""
    BEHIND = "behind"
    """On somebody's heels."""
    TURNS_BACK = "turns-back"
    """Comes up to the line and does not cross it."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where a walk is at a moment: `at_s` from the story's beginning, `along` the way."""

    at_s: float
    along: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """Somebody's way over the line."""

    person: int
    at_s: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class Walk:
    """One person's way through the picture, evenly from step to step; before the first and after the last he is away.

    `is_taken`: a reader let him through, so that a gate's passages have him; else he went without.
    """

    person: int
    steps: tuple[Step, ...]
    depth: float
    manner: Manner = Manner.ALONE
    is_taken: bool = True

    def figure(self, at_s: float) -> Figure | None:
        """Return where he is at that moment; None while he is away."""
        if not self.steps[0].at_s <= at_s <= self.steps[-1].at_s:
            return None
        after = min(bisect_right(self.steps, at_s, key=lambda step: step.at_s), len(self.steps) - 1)
        before, then = self.steps[after - 1], self.steps[after]
        along = before.along + (then.along - before.along) * (at_s - before.at_s) / (then.at_s - before.at_s)
        return Figure(self.person, along, self.depth, look_of(self.person), along)

    def crossings(self) -> list[Crossing]:
        """Return when he is over the line, and which way, in the order of time."""
        found = []
        for before, then in zip(self.steps, self.steps[1:], strict=False):
            if (before.along < LINE) is not (then.along < LINE):
                share = (LINE - before.along) / (then.along - before.along)
                at_s = before.at_s + share * (then.at_s - before.at_s)
                found.append(
                    Crossing(self.person, at_s, Direction.RIGHT if then.along > before.along else Direction.LEFT)
                )
        return found


@dataclass(frozen=True, slots=True)
class Visit:
    """One vehicle in the lane: it drives up, stands from `stands_s` until `goes_s`, then passes or backs out."""

    vehicle: Vehicle
    stands_s: float
    goes_s: float
    backs_out: bool = False

    FAR = 0.5
    """Nearness at which a vehicle comes into the picture."""
    GONE = 2.6
    """Nearness at which it has passed the camera."""
    COMES_S = 2.0
    """How long it drives up, or backs out."""
    PASSES_S = 1.5

    @property
    def begins_s(self) -> float:
        """When it comes into the picture."""
        return self.stands_s - self.COMES_S

    @property
    def ends_s(self) -> float:
        """When it has left the picture."""
        return self.goes_s + (self.COMES_S if self.backs_out else self.PASSES_S)

    def nearness(self, at_s: float) -> float | None:
        """Return how near it is at that moment; None while it is away."""
        if not self.begins_s <= at_s <= self.ends_s:
            return None
        if at_s < self.stands_s:
            return self.FAR + (1 - self.FAR) * (at_s - self.begins_s) / self.COMES_S
        if at_s <= self.goes_s:
            return 1.0
        share = (at_s - self.goes_s) / (self.ends_s - self.goes_s)
        return 1 + share * ((self.FAR if self.backs_out else self.GONE) - 1)


@dataclass(frozen=True, slots=True)
class Switch:
    """Somebody switches the lamps: from `at_s` on everything is `level` times as bright."""

    at_s: float
    level: float


@dataclass(frozen=True, slots=True)
class Story:
    """What one camera sees: a way with walks, or a lane with visits; never both. `name` names its files.

    `visits` follow each other: two vehicles are never before the camera at once.
    """

    name: str
    walks: tuple[Walk, ...] = ()
    visits: tuple[Visit, ...] = ()
    switches: tuple[Switch, ...] = ()

    @property
    def is_lane(self) -> bool:
        """Whether the camera looks at a lane."""
        return bool(self.visits)

    def figures(self, at_s: float) -> list[Figure]:
        """Return everybody who is in the picture at that moment."""
        return [figure for walk in self.walks if (figure := walk.figure(at_s)) is not None]

    def visit(self, at_s: float) -> Visit | None:
        """Return whose vehicle is before the camera at that moment."""
        return next((visit for visit in self.visits if visit.nearness(at_s) is not None), None)

    def level(self, at_s: float) -> float:
        """Return how bright the lamps are at that moment; 1 until somebody switches."""
        return next((switch.level for switch in reversed(self.switches) if switch.at_s <= at_s), 1.0)
