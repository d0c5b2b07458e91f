"""What a live camera sees: people and vehicles who move as they are told, moment by moment, and what is true of it.

Belongs here: where everybody is now; time is an argument, in seconds that rise. Does not belong here: encoding and
serving (live_server.py), stories that are known beforehand (story.py).
"""

from dataclasses import dataclass
from random import Random
from typing import Final

import msgspec

from simulators.cameras.acts import (
    Act,
    PersonComes,
    PersonCrosses,
    PersonLeaves,
    PersonWaits,
    VehicleBacksOut,
    VehicleGoes,
    VehicleStands,
)  # fmt: skip
from simulators.cameras.gateway import LINE, Figure, Gateway, look_of
from simulators.cameras.lane import Lane
from simulators.cameras.stamp import stamp
from simulators.cameras.story import Direction, Visit
from simulators.cameras.weather import Image, Sky, Weather
from simulators.vehicles import Vehicle

_EDGE: Final = 0.62
"""How far from the line somebody is out of the picture."""
_READER: Final = 0.1
_APART: Final = 0.12
"""So far behind the first at the reader stands the next."""
_ASIDE: Final = 0.3
_HURRIES: Final = 0.3
_WALKS: Final = 0.22
"""Shares of the picture's width in a second."""
_CROSSES_S: Final = 0.3
_GOES_FROM_THE_LOOP_S: Final = 0.5
_ARRIVES_S: Final = 0.6


class Happened(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the truth of a live camera: `frame` is the first that shows it.

    `crossed`: the person who is over the line, and which way. `stands`: the vehicle that stands there from now on;
    `is_gone`: none stands there any more.
    """

    frame: int
    crossed: int | None = None
    direction: Direction | None = None
    stands: Vehicle | None = None
    is_gone: bool = False


@dataclass(slots=True)
class _Walker:
    """One person on his way. `side`: -1 while he goes to the right, so that he comes from the left; else 1."""

    person: int
    side: int
    depth: float
    from_line: float
    """How far he is before the line; below 0 he is over it."""
    target: float
    pace: float
    in_line: bool = False
    """Whether he stands at the reader, or behind others who do."""
    walked: float = 0.0

    def step(self, passed_s: float) -> bool:
        """Walk on for so long; return whether he crossed the line."""
        before, left = self.from_line, abs(self.target - self.from_line)
        way = min(left, self.pace * passed_s)
        self.from_line = self.target if way == left else before + (way if self.target > before else -way)
        # Whoever has stood still, his legs together, begins with a small step.
        self.walked = self.walked + way if way else 0.0
        if before > 0 >= self.from_line:
            self.pace = _WALKS
            return True
        return False

    @property
    def is_away(self) -> bool:
        """Whether he has left the picture."""
        return self.from_line == self.target and abs(self.from_line) >= _EDGE

    @property
    def figure(self) -> Figure:
        """How he is drawn."""
        return Figure(self.person, LINE + self.side * self.from_line, self.depth, look_of(self.person), self.walked)


class LiveScene:
    """One camera's view of one place. `is_lane`: a lane with vehicles; else a gate with people."""

    def __init__(self, width: int, height: int, weather: Weather, *, is_lane: bool) -> None:
        self._sky = Sky(width, height, weather)
        self._place = (Lane if is_lane else Gateway)(width, height, weather)
        self._walkers: dict[int, _Walker] = {}
        self._visit: Visit | None = None
        self._now_s = 0.0
        self._news: list[Happened] = []

    def hear(self, act: Act, frame: int) -> None:
        """Let somebody do something; `frame` is the next one to be drawn."""
        match act:
            case PersonComes(person, to_right):
                self._walker(person, to_right=to_right).in_line = True
            case PersonWaits(person, to_right):
                self._walker(person, to_right=to_right).target = _ASIDE
            case PersonCrosses(person, to_right):
                walker = self._walker(person, to_right=to_right)
                walker.in_line, walker.target = False, -_EDGE
                walker.pace = max(_WALKS, walker.from_line / _CROSSES_S)
            case PersonLeaves(person) if person in self._walkers:
                walker = self._walkers[person]
                walker.in_line, walker.target, walker.pace = False, _EDGE, _WALKS
            case VehicleStands(vehicle):
                stands_s = self._now_s + _ARRIVES_S
                self._visit = Visit(vehicle, stands_s, goes_s=float("inf"))
                self._news.append(Happened(frame, stands=vehicle))
            case VehicleGoes() | VehicleBacksOut() if self._visit is not None:
                goes_s = max(self._now_s, self._visit.stands_s)
                self._visit = Visit(self._visit.vehicle, self._visit.stands_s, goes_s, isinstance(act, VehicleBacksOut))
                self._news.append(Happened(frame, is_gone=True))
            case _:
                pass  # somebody who has left the picture already
        for side in (-1, 1):
            in_line = [each for each in self._walkers.values() if each.side == side and each.in_line]
            for number, walker in enumerate(in_line):
                walker.target, walker.pace = _READER + _APART * number, _HURRIES

    def draw(self, now_s: float, frame: int) -> tuple[Image, list[Happened]]:
        """Return the picture of this moment, and what it is the first to show."""
        passed_s, self._now_s = now_s - self._now_s, now_s
        if isinstance(self._place, Lane):
            image = self._of_lane(self._place)
        else:
            image = self._of_gateway(self._place, passed_s, frame)
        self._sky.fall(image, frame)
        stamp(image, frame)
        news, self._news = self._news, []
        return image, news

    def _of_lane(self, lane: Lane) -> Image:
        nearness = None if self._visit is None else self._visit.nearness(self._now_s)
        if self._visit is None or nearness is None:
            return lane.draw(None)[0]
        return lane.draw(self._visit.vehicle, nearness)[0]

    def _of_gateway(self, gateway: Gateway, passed_s: float, frame: int) -> Image:
        for walker in self._walkers.values():
            if walker.step(passed_s):
                direction = Direction.RIGHT if walker.side < 0 else Direction.LEFT
                self._news.append(Happened(frame, crossed=walker.person, direction=direction))
        self._walkers = {person: walker for person, walker in self._walkers.items() if not walker.is_away}
        return gateway.draw([walker.figure for walker in self._walkers.values()])[0]

    def _walker(self, person: int, *, to_right: bool) -> _Walker:
        """Return somebody on that side of the line; who is not there comes into the picture."""
        side = -1 if to_right else 1
        walker = self._walkers.get(person)
        if walker is None or walker.side != side or walker.from_line <= 0:
            depth = Random(f"depth {person}").random()
            walker = self._walkers[person] = _Walker(person, side, depth, _EDGE, _READER, _HURRIES)
        return walker
