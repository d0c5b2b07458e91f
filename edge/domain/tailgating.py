"""People whom a camera saw cross, against the passages that the gate knows of: who crossed without one.

Each crossing takes the oldest passage of its access point that began at most `BEFORE_NS` before it or `AFTER_NS` after
it: a turn is reported late. A grant is told before anybody walks, so the next one's excuses nobody who went before. A
crossing that finds none within `AFTER_NS` is too many, and told at once with those around it that found theirs. A grant
that comes to nothing later is taken back, also from those who were told of. Passages that nobody was seen to take say
nothing: a camera misses people.

Times are nanoseconds of any counter that never goes back (CLOCK_BOOTTIME). Belongs here: that comparison. Does not
belong here: cameras (edge/counting), which event is a passage (edge/crossings.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.ids import AccessPointId

_NS_PER_S: Final = 1_000_000_000
BEFORE_NS: Final = 12 * _NS_PER_S
"""Longer after his grant nobody crosses: a strike, an open door and a few steps."""
AFTER_NS: Final = 2_500_000_000
GRANT_AFTER_NS: Final = 500_000_000
"""Somebody may step over the line while he shows his card."""
_SETTLED_NS: Final = 15 * _NS_PER_S
"""Longer after it began no passage is taken back."""
_APART_NS: Final = 5 * _NS_PER_S
"""Crossings further apart than this have nothing to do with each other."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """From `from_ns` to `until_ns` more persons were seen to cross than passages were taken."""

    access_point: AccessPointId
    from_ns: int
    until_ns: int
    seen: int
    taken: int


@dataclass(slots=True)
class _Passage:
    at_ns: int
    after_ns: int = AFTER_NS
    number: int = 0
    """By which a grant may be taken back; 0 for what stands."""


@dataclass(slots=True)
class _Crossing:
    at_ns: int
    is_told: bool = False
    """Whether a hint told of it, with the passage that it found, beside others that found none."""


@dataclass(slots=True)
class _Way:
    """One access point: what is not over yet, in the order of time."""

    passages: list[_Passage] = field(default_factory=list)
    crossings: list[_Crossing] = field(default_factory=list)


class Tailgating:
    """Compares for all access points of a gate. Tell it of everything as it happens, and `tick` now and then."""

    def __init__(self) -> None:
        self._ways: dict[AccessPointId, _Way] = {}

    def passed(self, point: AccessPointId, at_ns: int) -> None:
        """The gate knows of a passage that stands; it may have been told late."""
        self._add(point, _Passage(at_ns))

    def granted(self, point: AccessPointId, at_ns: int, number: int) -> None:
        """Somebody was granted, by whose `number` it may be taken back."""
        self._add(point, _Passage(at_ns, GRANT_AFTER_NS, number))

    def taken_back(self, point: AccessPointId, number: int) -> None:
        """The grant of that number came to nothing."""
        way = self._ways.setdefault(point, _Way())
        way.passages = [passage for passage in way.passages if not number or passage.number != number]

    def crossed(self, point: AccessPointId, at_ns: int) -> None:
        """A camera saw one person cross."""
        way = self._ways.setdefault(point, _Way())
        way.crossings.append(_Crossing(at_ns))
        way.crossings.sort(key=lambda crossing: crossing.at_ns)

    def excuse(self, point: AccessPointId) -> None:
        """Whoever crosses now needs no passage (fire release, an order): forget what is not over."""
        self._ways.pop(point, None)

    def _add(self, point: AccessPointId, passage: _Passage) -> None:
        self._ways.setdefault(point, _Way()).passages.append(passage)

    def tick(self, now_ns: int) -> list[TooMany]:
        """Return what is certain by now.

        Everybody is told of once, and once more whoever was told of with a passage that was taken back afterwards.
        """
        return [told for point, way in self._ways.items() for told in _tick(point, way, now_ns)]

    def deadline_ns(self) -> int | None:
        """Return when `tick` may have something to say next; None while nobody has crossed."""
        first = (way.crossings[number] for way in self._ways.values() for number in _alone(way)[:1])
        return min((crossing.at_ns + AFTER_NS for crossing in first), default=None)


def _tick(point: AccessPointId, way: _Way, now_ns: int) -> Iterator[TooMany]:
    while due := [number for number in _alone(way) if way.crossings[number].at_ns + AFTER_NS <= now_ns]:
        group = [number for number in _around(way, due) if number in due or not way.crossings[number].is_told]
        first, last = way.crossings[group[0]], way.crossings[group[-1]]
        gone = [number for number in group if number in due]
        yield TooMany(point, first.at_ns, last.at_ns, len(group), len(group) - len(gone))
        for number in group:
            way.crossings[number].is_told = True
        way.crossings = [crossing for number, crossing in enumerate(way.crossings) if number not in gone]
    _forget(way, now_ns)


def _around(way: _Way, due: Sequence[int]) -> range:
    """Return the first of `due` and its neighbours, up to one that may find its passage yet."""
    crossings, alone = way.crossings, _alone(way)
    first = last = due[0]
    while first and crossings[first].at_ns - crossings[first - 1].at_ns <= _APART_NS:
        first -= 1
    while last + 1 < len(crossings) and crossings[last + 1].at_ns - crossings[last].at_ns <= _APART_NS:
        if last + 1 in alone and last + 1 not in due:
            break
        last += 1
    return range(first, last + 1)


def _forget(way: _Way, now_ns: int) -> None:
    """Forget who crossed with a passage that stands, and passages that nobody was seen to take."""
    pairs = _pairs(way)
    over = [
        (number, passage)
        for number, passage in enumerate(pairs)
        if passage is not None and now_ns - max(way.crossings[number].at_ns, passage.at_ns) > _SETTLED_NS
    ]
    gone = {number for number, _ in over}
    way.crossings = [crossing for number, crossing in enumerate(way.crossings) if number not in gone]
    used = [passage for _, passage in over]
    way.passages = [
        passage
        for passage in way.passages
        if not any(passage is each for each in used)
        and (now_ns - passage.at_ns <= BEFORE_NS + _SETTLED_NS or any(passage is each for each in pairs))
    ]


def _pairs(way: _Way) -> list[_Passage | None]:
    """Return the passage of each crossing: of those in its time the oldest that no earlier crossing took."""
    free = sorted(way.passages, key=lambda passage: passage.at_ns)
    found: list[_Passage | None] = []
    for crossing in way.crossings:
        while free and free[0].at_ns < crossing.at_ns - BEFORE_NS:
            free.pop(0)
        fits = next((passage for passage in free if passage.at_ns <= crossing.at_ns + passage.after_ns), None)
        if fits is not None:
            free.remove(fits)
        found.append(fits)
    return found


def _alone(way: _Way) -> list[int]:
    """Return which crossings have no passage, in the order of time."""
    return [number for number, passage in enumerate(_pairs(way)) if passage is None]
