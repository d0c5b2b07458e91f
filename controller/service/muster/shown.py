"""What the API says of a board: JSON shapes. Times ISO 8601, UTC; durations in their names.

Belongs here: shapes, and making them from lines. Does not belong here: which of them are asked for (open_board.py).
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from contract.clock import to_datetime
from contract.events import MarkWithdrawn
from contract.ids import MusterPointId
from controller.domain.muster.acts import Marked
from controller.domain.muster.board import AreaFigures, Figures, PointFigures
from controller.domain.muster.curve import Point
from controller.domain.muster.grounds import Grounds
from controller.domain.muster.known import known
from controller.domain.muster.person import Line
from controller.domain.muster.sightings import Sighting, in_order, of_mark
from controller.domain.need import Need
from controller.live import Cause, Headcount
from controller.service.site.reference import Holder


class AreaShown(msgspec.Struct, frozen=True):
    """One area, with all areas inside it. `unnamed_expected`: counted in it without a name; `unnamed_found`: seen.

    `lowest`, `best`, `highest`, `causes`: its headcount of now, None where that is unknown.
    """

    area: str
    name: str
    within: str
    expected: int
    accounted: int
    missing: int
    staying: int
    unnamed_expected: int
    unnamed_found: int
    swept_at: datetime | None
    lowest: int | None
    best: int | None
    highest: int | None
    causes: list[Cause]


class PointShown(msgspec.Struct, frozen=True):
    """One muster point."""

    id: str
    name: str
    accounted: int
    unnamed_seen: int
    wrong_point: int


class CurvePoint(msgspec.Struct, frozen=True):
    """So many were accounted for at that moment, and so many were not."""

    at: datetime
    accounted: int
    missing: int


class BoardShown(msgspec.Struct, frozen=True):
    """The whole board without persons. `plan`: None in a search."""

    operation: str
    sequence: int
    at: datetime
    opened_at: datetime
    kind: str
    plan: str | None
    figures: Figures
    areas: list[AreaShown]
    muster_points: list[PointShown]
    curve: list[CurvePoint]


class MarkShown(msgspec.Struct, frozen=True):
    """What accounts for somebody or contradicts that. `what`: `mark`, or `read`, which has no `act_id`.

    `means`: how he was seen; `by`: the officer's account. `withdrawn_because`: None while it counts.
    """

    act_id: str
    what: str
    means: str
    at: datetime
    area: str
    muster_point: str
    by: str
    withdrawn_because: str | None


class PersonShown(msgspec.Struct, frozen=True):
    """One person. `known`: how well it is known where he was; `means`: how he was accounted for, "" if he was not.

    `needs`: what he needs in an evacuation, if he asked to be listed. `dies_at_s`: when the record dies that tells
    of him (s since 1970 UTC), 0 for none: a page whose controller fell silent shows him until then.
    """

    id: str
    name: str
    category: str
    area: str
    state: str
    known: str
    needs_help: bool
    needs: str
    means: str
    muster_point: str
    wrong_point: bool
    contradiction: str | None
    dies_at_s: int
    marks: list[MarkShown]

    def __repr__(self) -> str:
        """Name nobody."""
        return f"<person {self.state}>"


class PersonsShown(msgspec.Struct, frozen=True):
    """A page of persons (PersonShown, in JSON already). `total`: how many the filter lets through, on all pages."""

    sequence: int
    total: int
    persons: list[msgspec.Raw]


class Update(msgspec.Struct, frozen=True):
    """What changed since the update with the sequence `since`: a client that has another one fetches all anew.

    `gone`: ids of persons of whom the board has nothing to say any more.
    """

    sequence: int
    since: int
    figures: Figures
    areas: list[AreaShown]
    muster_points: list[PointShown]
    persons: list[msgspec.Raw]
    gone: list[str]


def area_shown(area: Headcount, within: str, figures: AreaFigures) -> AreaShown:
    """Return one area: its headcount, and how its roll call stands."""
    return AreaShown(
        area.area, area.name, within, figures.expected, figures.accounted, figures.missing, figures.staying,
        area.unnamed, figures.unnamed_found, to_datetime(figures.swept_ns) if figures.swept_ns else None,
        area.lowest, area.best, area.highest, area.causes,
    )  # fmt: skip


def points_shown(grounds: Grounds, points: Mapping[MusterPointId, PointFigures]) -> list[PointShown]:
    """Return the muster points in the order of the site file."""
    return [
        PointShown(id_, point.name or id_, points[id_].accounted, points[id_].unnamed_seen, points[id_].wrong_point)
        for id_, point in grounds.points.items()
    ]


def curve_shown(points: list[Point]) -> list[CurvePoint]:
    """Return a curve."""
    return [CurvePoint(to_datetime(point.at_ns), point.accounted, point.missing) for point in points]


def person_shown(line: Line, holder: Holder, marks: Marked, grounds: Grounds) -> PersonShown:
    """Return one person with the name that reference data has for him."""
    withdrawn = {mark.act_id: mark for mark in line.withdrawn}
    sightings = in_order([*line.statements, *(of_mark(mark) for mark in withdrawn.values())])
    return PersonShown(
        id=line.holder,
        name=holder.name,
        category=holder.category,
        area=line.area,
        state=line.state.value,
        known=known(line.placed).value if line.placed is not None else "",
        needs_help=holder.needs is not Need.NONE,
        needs=holder.needs.value,
        means=line.how.value if line.how is not None else "",
        muster_point=line.muster_point,
        wrong_point=line.wrong_point,
        contradiction=line.contradiction.value if line.contradiction is not None else None,
        dies_at_s=grounds.dies_at_s(line.placed.period_s) if line.placed is not None else 0,
        marks=[_mark(each, marks.withdrawal(each.act_id) if each.act_id in withdrawn else None) for each in sightings],
    )


def _mark(sighting: Sighting, withdrawal: MarkWithdrawn | None) -> MarkShown:
    what = "mark" if sighting.act_id else "read"
    because = withdrawal.because.value if withdrawal is not None else None
    return MarkShown(
        sighting.act_id, what, sighting.how.value, to_datetime(sighting.at_ns), sighting.area, sighting.muster_point,
        sighting.by, because,
    )  # fmt: skip
