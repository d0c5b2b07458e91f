"""What a roll call amounted to, in figures that name nobody and tell of no single person (rule of small areas).

Belongs here: from a board to its outcome. Does not belong here: keeping it (service/muster/outcomes.py), or words and
paper.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from contract.clock import NS_PER_S
from controller.domain.muster.acts import Marked
from controller.domain.muster.board import Board
from controller.domain.muster.curve import SHARES, curve, reached_ns
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.person import State
from controller.domain.small_areas import hidden_areas

NINE_IN_TEN: Final = 90
K = TypeVar("K")


class CurveStep(msgspec.Struct, frozen=True, array_like=True):
    """So many were accounted for, and so many were not, that long after the opening."""

    after_s: int
    accounted: int
    missing: int


class OfArea(msgspec.Struct, frozen=True, array_like=True):
    """One area by its name, without those inside it. `swept_s`: when it was searched, after the opening."""

    area: str
    expected: int
    accounted: int
    missing: int
    swept_s: int | None


class OfPoint(msgspec.Struct, frozen=True, array_like=True):
    """One muster point by its name: who was accounted for there, of them who belonged elsewhere, who had no name."""

    point: str
    accounted: int
    wrong_point: int
    unnamed_seen: int


class OfGate(msgspec.Struct, frozen=True, array_like=True):
    """One gate: how many left by it, and how long after the opening nine in ten of them had."""

    gate: str
    left: int
    nine_in_ten_s: int


class Outcome(msgspec.Struct, frozen=True):
    """A whole roll call. `reached_s`: how long after the opening so many per cent were accounted for, None: never.

    Of areas, muster points, gates and means only those with enough persons; of the others not even that they are there.
    `gates`: the slowest first. `nameless`: of the missing, whose names could be read no more.
    """

    expected: int
    accounted: int
    missing: int
    contradicted: int
    staying: int
    left: int
    entered: int
    found: int
    unnamed_expected: int
    unnamed_seen: int
    withdrawn: int
    reached_s: dict[int, int | None]
    curve: list[CurveStep]
    areas: list[OfArea]
    muster_points: list[OfPoint]
    gates: list[OfGate]
    means: dict[str, int]
    nameless: int = 0


def outcome(board: Board, marks: Marked, grounds: Grounds, unnamed_expected: int, smallest_shown: int) -> Outcome:
    """Return what a board amounts to. `smallest_shown`: fewer persons are not told apart."""
    figures = board.figures(unnamed_expected, marks)

    def after_s(at_ns: int) -> int:
        return (at_ns - board.opened_ns) // NS_PER_S

    moments_ns = board.moments_ns(unnamed_expected, marks)
    reached = {share: reached_ns(moments_ns, figures.expected, share) for share in SHARES}
    return Outcome(
        figures.expected,
        figures.accounted,
        figures.missing,
        figures.contradicted,
        figures.staying,
        figures.left,
        figures.entered,
        figures.found,
        figures.unnamed_expected,
        figures.unnamed_seen,
        marks.withdrawn(),
        {share: None if at_ns is None else after_s(at_ns) for share, at_ns in reached.items()},
        [
            CurveStep(after_s(point.at_ns), point.accounted, point.missing)
            for point in curve(board.opened_ns, moments_ns, figures.expected, max(1, smallest_shown))
        ],
        _areas(board, marks, grounds, unnamed_expected, smallest_shown),
        _points(board, marks, grounds, smallest_shown),
        _gates(board, smallest_shown),
        _shown({how.value: count for how, count in sorted(board.hows.items()) if count}, smallest_shown),
        figures.nameless,
    )


def _areas(board: Board, marks: Marked, grounds: Grounds, unnamed_expected: int, smallest_shown: int) -> list[OfArea]:
    own = {area: board.own(area, marks, unnamed_expected) for area in grounds.areas}
    expected = {area: states.total() - states[State.ENTERED] for area, states in own.items()}
    found = []
    for area, count in _shown(expected, smallest_shown).items():
        whole, states = board.area(area, marks, unnamed_expected), own[area]
        missing = states[State.MISSING]
        contradicted = states[State.CONTRADICTED]
        swept_s = (whole.swept_ns - board.opened_ns) // NS_PER_S if whole.swept_ns else None
        found.append(OfArea(grounds.names[area], count, count - missing - contradicted, missing, swept_s))
    return found


def _points(board: Board, marks: Marked, grounds: Grounds, smallest_shown: int) -> list[OfPoint]:
    points = board.points(marks)
    shown = _shown({point: figures.accounted for point, figures in points.items()}, smallest_shown)
    names = {at: grounds.points[at].name or str(at) for at in shown}
    return [OfPoint(names[at], points[at].accounted, points[at].wrong_point, points[at].unnamed_seen) for at in shown]


def _gates(board: Board, smallest_shown: int) -> list[OfGate]:
    left = _shown({gate: len(moments) for gate, moments in sorted(board.exits_ns.items()) if moments}, smallest_shown)
    found = [
        OfGate(gate, count, ((reached_ns(board.exits_ns[gate], count, NINE_IN_TEN) or 0) - board.opened_ns) // NS_PER_S)
        for gate, count in left.items()
    ]
    return sorted(found, key=lambda each: -each.nine_in_ten_s)


def _shown(persons: Mapping[K, int], smallest_shown: int) -> dict[K, int]:
    """Return the groups that are told apart: see domain/small_areas.py, for the total stands beside them."""
    if sum(persons.values()) < smallest_shown:
        return {}
    hidden = hidden_areas(persons, smallest_shown)
    return {group: count for group, count in persons.items() if group not in hidden}
