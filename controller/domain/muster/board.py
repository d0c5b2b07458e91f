"""The board of one operation: everybody's line, and the sums that change with each of them.

Taking one person's news costs the same for ten people and for a hundred thousand. Belongs here: lines and sums. Does
not belong here: what a line says (person.py), names, or who looks (controller/service/muster).
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S
from contract.events import AreaSwept
from contract.ids import AreaId, EdgeId, HolderId, MusterPointId, OperationId
from controller.domain.muster.acts import Marked
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.nameless import Lost, Nameless, nameless
from controller.domain.muster.person import Line, State, judge
from controller.domain.muster.sightings import How
from controller.domain.presence.track import UNREAD, Track

ACCOUNTED: Final = frozenset({State.ACCOUNTED, State.STAYING, State.LEFT, State.FOUND})
"""States of those who need not be looked for."""


@dataclass(frozen=True)
class Figures:
    """How the roll call stands.

    Of the `expected`, `accounted` (with `staying`, `left` and `found` among them) need not be looked for, `missing` do,
    and of `contradicted` nobody knows. `left` and `entered` tell of others as well. `unnamed_expected`: persons without
    a name who were counted inside; `unnamed_seen`: so many were seen at muster points or inside. `nameless`: of the
    missing, whose names can be read no more.
    """

    expected: int
    accounted: int
    missing: int
    staying: int
    contradicted: int
    left: int
    entered: int
    found: int
    unnamed_expected: int
    unnamed_seen: int
    nameless: int = 0


@dataclass(frozen=True)
class AreaFigures:
    """How it stands in one area, with all areas inside it; see Figures. `swept_ns`: when it was searched, 0: not yet.

    `unnamed_found`: without a name, seen in it.
    """

    expected: int
    accounted: int
    missing: int
    staying: int
    unnamed_found: int
    swept_ns: int


@dataclass(frozen=True)
class PointFigures:
    """How many were accounted for at one muster point; `wrong_point`: of them, who belong to another one."""

    accounted: int
    unnamed_seen: int
    wrong_point: int


@dataclass(frozen=True)
class Gone:
    """So many were accounted for whose names have been destroyed on time since; `at_ns`: when that was told last.

    `missing`: so many were not.
    """

    persons: int = 0
    at_ns: int = 0
    missing: int = 0


class Board:
    """Lines of one operation. `opened_ns`: the moment of the roll, in ns since 1970-01-01 UTC.

    Whoever is accounted for stays counted when his name dies, without it; who is missing stays missing (nameless.py).
    `gone`: those of earlier runs.
    """

    def __init__(self, operation: OperationId, opened_ns: int, grounds: Grounds, gone: Gone | None = None) -> None:
        self.operation: Final = operation
        self.opened_ns: Final = opened_ns
        self._grounds: Final = grounds
        self.lines: Final[dict[HolderId, Line]] = {}
        self._states: Counter[tuple[State, bool]] = Counter()
        self._areas: Final[dict[AreaId, Counter[State]]] = {area: Counter() for area in grounds.areas}
        self._points: Counter[tuple[MusterPointId, bool]] = Counter()
        self.hows: Final[Counter[How]] = Counter()
        """How those who are expected were accounted for."""
        self._gone_before: Final = gone or Gone()
        self.gone = self._gone_before.persons
        """How many were accounted for whose names have been destroyed since."""
        self.lost: Final[Counter[Lost]] = Counter()
        """Those who were missing, or contradicted, when their names were destroyed."""
        if self._gone_before.missing:
            self.lost[Lost(AreaId(""), self._gone_before.at_ns)] = self._gone_before.missing
        self.accounted_ns: Final[list[int]] = [self._gone_before.at_ns] * self._gone_before.persons
        """When each of them was, in order."""
        self.exits_ns: Final[dict[EdgeId, list[int]]] = {}
        """When persons left by each gate, in order."""

    def take(
        self, holder: HolderId, track: Track, marks: Marked, all_clear_ns: int | None = None
    ) -> tuple[Line | None, Line | None]:
        """Judge one person anew; return the line before and the line now, None for none."""
        before = self.lines.get(holder)
        now = judge(holder, track, marks, self._grounds, all_clear_ns, before)
        if now == before:
            return before, now
        if before is not None:
            del self.lines[holder]
            is_gone = track is UNREAD and before.expected and not marks.of(holder)
            if is_gone and before.state in ACCOUNTED:
                self.gone += 1
            else:
                self._count(before, -1)
                if is_gone:
                    self.lost[Lost(before.roll_area, self._died_ns(before))] += 1
        if now is not None:
            self.lines[holder] = now
            self._count(now, 1)
        return before, now

    def figures(self, unnamed_expected: int, marks: Marked) -> Figures:
        """Return how it stands. `unnamed_expected`: persons without a name who are counted inside."""
        states, lost = self._states, self.nameless(unnamed_expected, marks)
        nameless = sum(lost.left.values())
        missing, contradicted = states[State.MISSING, True] + nameless, states[State.CONTRADICTED, True]
        accounted = self._accounted + len(lost.moments_ns)
        return Figures(
            expected=missing + contradicted + accounted,
            accounted=accounted,
            missing=missing,
            staying=states[State.STAYING, True] + states[State.STAYING, False],
            contradicted=contradicted,
            left=states[State.LEFT, True] + states[State.LEFT, False],
            entered=states[State.ENTERED, False],
            found=states[State.FOUND, True],
            unnamed_expected=unnamed_expected,
            unnamed_seen=sum(unnamed_seen(marks).values()),
            nameless=nameless,
        )

    def nameless(self, unnamed_expected: int, marks: Marked) -> Nameless:
        """Return how it stands with those whose names died while they were missing; `unnamed_expected` as above."""
        if not self.lost:
            return Nameless({}, ())
        return nameless(self.lost, max(0, unnamed_expected - self.lost.total()), marks.standing())

    def moments_ns(self, unnamed_expected: int, marks: Marked) -> list[int]:
        """Return when each of those was accounted for who are expected, in order; `unnamed_expected` as above."""
        return sorted([*self.accounted_ns, *self.nameless(unnamed_expected, marks).moments_ns])

    @property
    def _accounted(self) -> int:
        return self._gone_before.persons + sum(self._states[state, True] for state in ACCOUNTED)

    def area(self, area: AreaId, marks: Marked, unnamed_expected: int) -> AreaFigures:
        """Return how it stands in one area, those inside it included. Raises KeyError for one that is not there.

        `unnamed_expected`: on the whole board, as above.
        """
        states, left = self._areas[area], self.nameless(unnamed_expected, marks).left
        inner = [each for each, around in self._grounds.around.items() if area in around]
        nameless = sum(left.get(each, 0) for each in inner)
        lost = sum(persons for each, persons in self.lost.items() if each.area in inner)
        return AreaFigures(
            expected=states.total() - states[State.ENTERED] + lost,
            accounted=sum(states[state] for state in ACCOUNTED) + lost - nameless,
            missing=states[State.MISSING] + nameless,
            staying=states[State.STAYING],
            unnamed_found=sum(_found(each, marks) for each in inner),
            swept_ns=max((m.occurred_ns for m in marks.standing() if _swept(m, area)), default=0),
        )

    def own(self, area: AreaId, marks: Marked, unnamed_expected: int) -> Counter[State]:
        """Return how many of each state are counted in one area and in none that lies in it, the nameless as well."""
        inner = [each for each in self._grounds.areas if self._grounds.within[each] == area]
        own = Counter(self._areas[area])
        for each in inner:
            own.subtract(self._areas[each])
        nameless = self.nameless(unnamed_expected, marks).left.get(area, 0)
        own[State.MISSING] += nameless
        own[State.ACCOUNTED] += sum(persons for each, persons in self.lost.items() if each.area == area) - nameless
        return own

    def points(self, marks: Marked) -> Mapping[MusterPointId, PointFigures]:
        """Return how it stands at each muster point of the site."""
        seen, points = unnamed_seen(marks), self._points
        return {
            point: PointFigures(
                points[point, True] + points[point, False],
                sum(amount for (at, _), amount in seen.items() if at == point),
                points[point, True],
            )
            for point in self._grounds.points
        }

    def with_state(self, states: Collection[State]) -> Iterator[Line]:
        """Yield the lines of those states, in no order."""
        return (line for line in self.lines.values() if line.state in states)

    def _died_ns(self, line: Line) -> int:
        """Return when nothing could be read of him any more: what was before accounts for nobody without a name."""
        last_ns = line.statements[-1].at_ns if line.statements else self.opened_ns
        return last_ns if line.last_s is None else max(last_ns, self._grounds.dies_at_s(line.last_s) * NS_PER_S)

    def _count(self, line: Line, sign: int) -> None:
        self._states[line.state, line.expected] += sign
        if line.expected or line.state is State.ENTERED:
            for area in self._grounds.around.get(line.roll_area, ()):
                self._areas[area][line.state] += sign
        if line.exit_gate:
            _keep(self.exits_ns.setdefault(line.exit_gate, []), line.accounted_ns, sign)
        if line.state not in ACCOUNTED:
            return
        if line.muster_point:
            self._points[line.muster_point, line.wrong_point] += sign
        if line.expected and line.how is not None:
            self.hows[line.how] += sign
            _keep(self.accounted_ns, line.accounted_ns, sign)


def unnamed_seen(marks: Marked) -> Counter[tuple[MusterPointId, AreaId]]:
    """Return how many persons without a name were seen, by muster point and area; sweeps apart."""
    seen: Counter[tuple[MusterPointId, AreaId]] = Counter()
    for mark in marks.standing():
        if not isinstance(mark, AreaSwept):
            seen[mark.muster_point, mark.area] += mark.amount
    return seen


def _found(area: AreaId, marks: Marked) -> int:
    """Return how many without a name were found in an area: a sweep counts anew, what was seen since adds to it."""
    found = 0
    for mark in marks.standing():
        if _swept(mark, area):
            found = mark.unnamed if isinstance(mark, AreaSwept) else found
        elif not isinstance(mark, AreaSwept) and mark.area == area:
            found += mark.amount
    return found


def _swept(mark: object, area: AreaId) -> bool:
    return isinstance(mark, AreaSwept) and mark.area == area


def _keep(moments: list[int], at_ns: int, sign: int) -> None:
    if sign > 0:
        insort(moments, at_ns)
    else:
        del moments[bisect_left(moments, at_ns)]
