"""Particular stories, each drawn from a seed: people who cross a line in every company, and vehicles that arrive.

Belongs here: who does what when. Does not belong here: where that puts them in a picture (story.py, gateway.py).
"""

from collections.abc import Callable, Iterator
from random import Random
from typing import Final

from simulators.cameras.story import Manner, Step, Story, Switch, Visit, Walk
from simulators.vehicles import Vehicle, VehicleKind

_LEFT: Final = -0.12
_RIGHT: Final = 1.12
_READER: Final = 0.1
"""How far before the line somebody stands at the reader, as a share of the picture's width."""
_PACE: Final = (0.16, 0.24)
"""Shares of the picture's width in a second: 1.1 to 1.7 m/s where it is seven metres wide."""
_SHOWS_CARD_S: Final = (0.6, 1.4)
_BEHIND_S: Final = (0.55, 0.9)
"""How long after somebody his follower crosses the line."""
_BESIDE_S: Final = (0.0, 0.2)
_PASS_S: Final = (4.5, 7.5)
"""How long until the next comes who has nothing to do with him."""
_TWO_WAYS_S: Final = (1.0, 1.8)
_PATTERNS: Final = {"at": "W#####@", "cz": "#@#####", "de": "M@@####", "hu": "@@@###", "sk": "BA###@@"}
"""A usual plate of a country: @ is a letter, # a digit."""
_SIGNS: Final = {"@": "ABCDEFGHJKLMNPRSTUVWXYZ", "#": "0123456789"}

_Group = Callable[["_Cast", float, Random], Iterator[Walk]]
"""Those who cross the line around that moment, and belong together."""


class _Cast:
    """Numbers people; each appears once."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> int:
        self._last += 1
        return self._last


def to_and_fro(duration_s: float) -> Story:
    """Return four people who walk through the picture, there and back, each at a pace of his own, all the time."""
    walks = []
    for person in range(1, 5):
        per_way_s = (_RIGHT - _LEFT) / (0.05 + 0.017 * person)
        begin_s = -per_way_s * 2 * person / 4
        count = int((duration_s - begin_s) / per_way_s) + 2
        steps = tuple(Step(begin_s + way * per_way_s, _RIGHT if way % 2 else _LEFT) for way in range(count))
        walks.append(Walk(person, steps, depth=person / 4))
    return Story("to-and-fro", tuple(walks))


def one_by_one(duration_s: float, seed: int = 1) -> Story:
    """Return people who cross alone, each with a card, in both directions."""
    return _crossings("one-by-one", duration_s, seed, [_alone])


def pairs(duration_s: float, seed: int = 1) -> Story:
    """Return people who cross two by two, side by side; only the first of the two has shown a card."""
    return _crossings("pairs", duration_s, seed, [_beside])


def close_behind(duration_s: float, seed: int = 1) -> Story:
    """Return people each of whom has another on his heels, who has shown no card."""
    return _crossings("close-behind", duration_s, seed, [_behind])


def both_ways(duration_s: float, seed: int = 1) -> Story:
    """Return people who meet others near the line who go the other way; all have shown a card."""
    return _crossings("both-ways", duration_s, seed, [_both_ways])


def turning_back(duration_s: float, seed: int = 1) -> Story:
    """Return people who come up to the line, show no card or a bad one, and go back."""
    return _crossings("turning-back", duration_s, seed, [_turns_back])


def busy(duration_s: float, seed: int = 1) -> Story:
    """Return a gate's usual life: mostly people alone, now and then each of the other manners."""
    return _crossings("busy", duration_s, seed, [_alone, _alone, _alone, _both_ways, _beside, _behind, _turns_back])


def nobody(duration_s: float, seed: int = 1) -> Story:
    """Return an empty place whose lamps are switched off and on."""
    chance = Random(f"nobody {seed}")
    switches, at_s, is_dim = [], chance.uniform(2, 4), False
    while at_s < duration_s:
        is_dim = not is_dim
        switches.append(Switch(at_s, chance.uniform(0.4, 0.7) if is_dim else 1.0))
        at_s += chance.uniform(2, 5)
    return Story(f"nobody-{seed}", switches=tuple(switches))


CROSSINGS: Final[tuple[Callable[[float, int], Story], ...]] = (
    one_by_one, pairs, close_behind, both_ways, turning_back, busy, nobody,
)  # fmt: skip
"""Stories to judge whoever counts people at a line."""


def arrivals(duration_s: float, seed: int = 1) -> Story:
    """Return vehicles of several countries that come to a barrier one after another; some are turned away."""
    chance = Random(f"arrivals {seed}")
    visits: list[Visit] = []
    free_s = 0.5
    while True:
        stands_s = free_s + Visit.COMES_S
        visit = Visit(_vehicle(chance), stands_s, stands_s + chance.uniform(3, 6), backs_out=chance.random() < 0.15)
        if visit.ends_s > duration_s and visits:
            return Story(f"arrivals-{seed}", visits=tuple(visits))
        visits.append(visit)
        free_s = visit.ends_s + chance.uniform(0.5, 2)


def _vehicle(chance: Random) -> Vehicle:
    kind = chance.choice([VehicleKind.CAR, VehicleKind.CAR, VehicleKind.CAR, VehicleKind.VAN, VehicleKind.LORRY])
    persons = 4 if kind is VehicleKind.VAN and chance.random() < 0.5 else chance.choice([1, 1, 1, 2, 2, 3])
    country = chance.choice(sorted(_PATTERNS))
    plate = "".join(chance.choice(_SIGNS.get(sign, sign)) for sign in _PATTERNS[country])
    return Vehicle(plate=plate, country=country, kind=kind, persons=persons, trailer=chance.random() < 0.15)


def _crossings(name: str, duration_s: float, seed: int, groups: list[_Group]) -> Story:
    """Let groups cross the line one after another until the story ends; whoever begins also comes to an end."""
    chance, cast = Random(f"{name} {seed}"), _Cast()
    walks: list[Walk] = []
    line_s = chance.uniform(6, 8)
    while True:
        group = list(chance.choice(groups)(cast, line_s, chance))
        if max(walk.steps[-1].at_s for walk in group) > duration_s:
            return Story(f"{name}-{seed}", tuple(walks))
        walks += group
        line_s += chance.uniform(*_PASS_S)


def _alone(cast: _Cast, line_s: float, chance: Random) -> Iterator[Walk]:
    yield Walk(cast.next(), _across(line_s, chance.uniform(*_PACE), chance.random() < 0.5, chance), chance.random())


def _beside(cast: _Cast, line_s: float, chance: Random) -> Iterator[Walk]:
    pace, to_right, depth = chance.uniform(*_PACE), chance.random() < 0.5, chance.uniform(0, 0.5)
    first = _across(line_s, pace, to_right, chance)
    yield Walk(cast.next(), first, depth, Manner.BESIDE)
    late_s = chance.uniform(*_BESIDE_S)
    second = tuple(Step(step.at_s + late_s, step.along) for step in first)
    yield Walk(cast.next(), second, depth + chance.uniform(0.3, 0.5), Manner.BESIDE, is_taken=False)


def _behind(cast: _Cast, line_s: float, chance: Random) -> Iterator[Walk]:
    pace, to_right, depth = chance.uniform(*_PACE), chance.random() < 0.5, chance.uniform(0.1, 0.9)
    yield Walk(cast.next(), _across(line_s, pace, to_right, chance), depth)
    after_s = line_s + chance.uniform(*_BEHIND_S)
    # He shows no card: he walks up while the other stands at the reader, and goes on at once.
    follows = _straight(after_s, pace, to_right)
    yield Walk(cast.next(), follows, depth + chance.uniform(-0.1, 0.1), Manner.BEHIND, is_taken=False)


def _both_ways(cast: _Cast, line_s: float, chance: Random) -> Iterator[Walk]:
    depth = chance.uniform(0, 0.5)
    yield Walk(cast.next(), _across(line_s, chance.uniform(*_PACE), True, chance), depth)
    other_s = line_s + chance.uniform(*_TWO_WAYS_S)
    yield Walk(cast.next(), _across(other_s, chance.uniform(*_PACE), False, chance), depth + 0.45)


def _turns_back(cast: _Cast, line_s: float, chance: Random) -> Iterator[Walk]:
    pace, from_left = chance.uniform(*_PACE), chance.random() < 0.5
    edge, stand = (_LEFT, 0.5 - _READER) if from_left else (_RIGHT, 0.5 + _READER)
    away_s = abs(stand - edge) / pace
    stands_s = chance.uniform(1, 2.5)
    steps = (
        Step(line_s - away_s, edge), Step(line_s, stand),
        Step(line_s + stands_s, stand), Step(line_s + stands_s + away_s, edge),
    )  # fmt: skip
    yield Walk(cast.next(), steps, chance.random(), Manner.TURNS_BACK, is_taken=False)


def _straight(line_s: float, pace: float, to_right: bool) -> tuple[Step, ...]:  # noqa: FBT001  which of two ways
    """Return a walk through the picture without a stop, over the line at that moment."""
    begin, end = (_LEFT, _RIGHT) if to_right else (_RIGHT, _LEFT)
    half_s = abs(_RIGHT - 0.5) / pace
    return Step(line_s - half_s, begin), Step(line_s + half_s, end)


def _across(line_s: float, pace: float, to_right: bool, chance: Random) -> tuple[Step, ...]:  # noqa: FBT001
    """Return a walk through the picture that stops at the reader before the line, and is over the line then."""
    begin, end = (_LEFT, _RIGHT) if to_right else (_RIGHT, _LEFT)
    stand = 0.5 - _READER if to_right else 0.5 + _READER
    goes_s = line_s - _READER / pace
    stands_s = goes_s - chance.uniform(*_SHOWS_CARD_S)
    return (
        Step(stands_s - abs(stand - begin) / pace, begin), Step(stands_s, stand),
        Step(goes_s, stand), Step(line_s + abs(end - 0.5) / pace, end),
    )  # fmt: skip
