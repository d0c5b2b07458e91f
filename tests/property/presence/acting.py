"""Random histories of passages and officers' acts, each of which may be sealed twice and arrive at any time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.events import (
    AccountedFor,
    Admitted,
    AdmittedBecause,
    AnyEvent,
    AreaSwept,
    Expected,
    MarkWithdrawn,
    Means,
    Occupants,
    OccupantsDiffer,
    StaysByOrder,
    UnnamedPassed,
    VehicleGranted,
    WithdrawnBecause,
)
from contract.ids import (
    OUTSIDE,
    AccessPointId,
    AccountId,
    ActId,
    AreaId,
    EdgeId,
    HolderId,
    LaneId,
    MusterPointId,
    OperationId,
)
from contract.periods import HOUR_S
from controller.domain.presence.stamp import Stamp
from tests.property.presence.histories import (
    EPOCH,
    HOUSE,
    POINTS,
    SETTLE_S,
    START_S,
    YARD,
    Act,
    Record,
    passings,
    period_of,
    records_of,
)

OPERATION: Final = OperationId("drill")
BY: Final = AccountId("officer")
OF_GRANTS: Final = ("occupants", "vehicle", "differs")
"""What is said of a driver's grant, by its own gate."""
KINDS: Final = ("accounted", "stays", "swept", "swept-clear", "passed", "admitted", "let-in", "withdrawn", *OF_GRANTS)


@dataclass(frozen=True)
class Acting:
    """One act; `about`: which earlier passing or act it is about. `copy_s`: how much later another source seals it."""

    at_s: int
    kind: str
    holder: str
    area: AreaId
    about: int
    amount: int
    in_operation: bool
    delay_s: int
    copy_delay_s: int | None


def actings(hours: int, most: int) -> st.SearchStrategy[list[Acting]]:
    """Return acts of all kinds at any time."""
    delay = st.one_of(st.just(0), st.integers(0, 20 * HOUR_S))
    one = st.builds(
        Acting,
        at_s=st.integers(0, hours * 60).map(lambda minute: minute * 60 + 30),
        kind=st.sampled_from(KINDS),
        holder=st.sampled_from(["ann", "bob", "cem"]),
        area=st.sampled_from([YARD, HOUSE, OUTSIDE]),
        about=st.integers(0, 3),
        amount=st.integers(-2, 3),
        in_operation=st.booleans(),
        delay_s=delay,
        copy_delay_s=st.one_of(st.none(), delay),
    )
    return st.lists(one, max_size=most)


@st.composite
def histories(draw: st.DrawFn, hours: int = 60, passages: int = 8, acts: int = 8) -> list[Record]:
    """Return the records of passages and acts, in stamp order."""
    history = draw(passings(hours, passages))
    records = records_of(history)
    grants = [record for record in records if not record.outcome]
    doing = sorted(draw(actings(hours, acts)), key=lambda each: each.at_s)
    return sorted([*records, *_records(doing, grants)], key=lambda record: record.stamp)


def held(acts: list[Act], records: list[Record]) -> list[Act]:
    """Hold the cut as rule 6 does, while the operation is open: from its first mark until all of them have come."""
    marks = [record for record in records if getattr(record.event, "operation", "") == OPERATION]
    if not marks:
        return acts
    opened_ns, closed_s = min(each.stamp.occurred_ns for each in marks) - 1, max(each.arrives_s for each in marks)
    return [replace(act, cut_ns=min(act.cut_ns, opened_ns)) if act.now_s <= closed_s else act for act in acts]


def _records(doing: list[Acting], grants: list[Record]) -> Iterator[Record]:
    for number, acting in enumerate(doing, start=1):
        at_s, edge = START_S + acting.at_s, "controller-a"
        if acting.kind in OF_GRANTS:
            if not grants:
                continue
            beside = grants[acting.about % len(grants)]
            at_s, edge = beside.occurred_s + min(acting.at_s % SETTLE_S, SETTLE_S - 1), beside.stamp.edge
        at_ns = at_s * NS_PER_S + 500 + number
        event = _event(acting, number, at_ns, grants)
        stamp = _stamp(edge, at_ns, 100_000 + number)
        record = Record(stamp, period_of(at_s), at_s + acting.delay_s, event=event)
        yield record
        if acting.copy_delay_s is not None and acting.kind not in OF_GRANTS:
            other = _stamp("controller-b", at_ns, number)
            yield replace(record, stamp=other, arrives_s=at_s + acting.copy_delay_s)


def _stamp(edge: str, at_ns: int, number: int) -> Stamp:
    return Stamp(at_ns, EdgeId(edge), EPOCH, number)


def _event(acting: Acting, number: int, at_ns: int, grants: list[Record]) -> AnyEvent:
    id_, holder = ActId(f"act-{number}"), HolderId(acting.holder)
    operation = OPERATION if acting.in_operation else OperationId("")
    inside = acting.area if acting.area != OUTSIDE else YARD
    points = sorted(POINTS)
    match acting.kind:
        case "accounted":
            nowhere = MusterPointId("")
            return AccountedFor(at_ns, id_, OPERATION, holder, Means.WARDEN, acting.area, nowhere, BY)
        case "stays":
            return StaysByOrder(at_ns, id_, OPERATION, holder, inside, BY)
        case "swept" | "swept-clear":
            found = abs(acting.amount) if acting.kind == "swept" else 0
            return AreaSwept(at_ns, id_, operation, inside, found, BY)
        case "passed":
            other = OUTSIDE if acting.in_operation else (HOUSE if inside == YARD else YARD)
            return UnnamedPassed(at_ns, id_, acting.amount, inside, other, AccessPointId(""), BY)
        case "occupants":
            beside = grants[acting.about % len(grants)]
            point = AccessPointId(beside.way if beside.way in POINTS else points[0])
            return Occupants(at_ns, id_, point, beside.stamp.number, abs(acting.amount), BY)
        case "vehicle":
            beside = grants[acting.about % len(grants)]
            point = AccessPointId(beside.way if beside.way in POINTS else points[0])
            number_of = beside.stamp.number if acting.in_operation else 0
            return VehicleGranted(at_ns, point, LaneId("lane"), number_of, "V1", 90, Expected.PERMITTED)
        case "differs":
            beside = grants[acting.about % len(grants)]
            point = AccessPointId(beside.way if beside.way in POINTS else points[0])
            return OccupantsDiffer(at_ns, point, beside.stamp.number, 1, abs(acting.amount))
        case "admitted" | "let-in":
            who = holder if acting.kind == "admitted" else HolderId("")
            point = AccessPointId(points[(acting.about + acting.amount) % len(points)])
            return Admitted(at_ns, id_, point, who, AdmittedBecause.PASS_FORGOTTEN, BY)
        case _:
            mark = ActId(f"act-{max(1, number - 1 - acting.about)}")
            return MarkWithdrawn(at_ns, id_, OPERATION, mark, WithdrawnBecause.WRONG_PERSON, BY)
