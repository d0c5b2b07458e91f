"""Against the truth: exact while all who are inside can be read, and within the bounds always (rules 12 to 14)."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from contract.periods import HOUR_S
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.passback import AntiPassback
from tests.property.presence.histories import (
    SEEN,
    SETTLE_S,
    START_S,
    Controller,
    Passing,
    Record,
    dies_s,
    records_of,
    timeline,
)

HOURS = 120
APART_S = 120
"""Further apart than the gates' clocks may be off: of nearer passages nobody could tell the order after a long stay."""


@st.composite
def stays(draw: st.DrawFn) -> list[Passing]:
    """Return stays in the yard of a few persons, read at each entry and exit and in between, however far apart."""
    history = []
    for holder in ("ann", "bob", "cem", "dan"):
        moments = sorted(draw(st.sets(st.integers(0, HOURS * HOUR_S // APART_S), max_size=10)))
        inside = False
        for moment in moments:
            way = draw(st.sampled_from(["yard-out", "yard-here", "yard-seen"])) if inside else "yard-in"
            inside = way != "yard-out"
            history.append(Passing(moment * APART_S, holder, way, draw(st.sampled_from([None, "taken"]))))
    return history


def inside_of(records: list[Record]) -> dict[str, Record]:
    """Return who is inside after these records, and his last read."""
    inside: dict[str, Record] = {}
    for record in records:
        if record.way == "yard-out":
            inside.pop(record.holder)
        elif record.way:
            inside[record.holder] = record
    return inside


@given(stays(), st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_exact_while_all_can_be_read_and_one_unnamed_for_each_stay_that_outlives_its_key(
    history: list[Passing], seed: int
) -> None:
    records = records_of(history)
    controller = Controller()
    chance = Random(seed)
    happened: list[Record] = []
    vanished = 0
    for act in timeline(records, step_s=3600):
        arrived = list(act.arrived)
        chance.shuffle(arrived)
        for record in arrived:
            controller.deliver(record)
        happened += act.arrived
        inside = inside_of(sorted(happened, key=lambda r: r.stamp))
        vanishing = [r for r in inside.values() if controller.closed_s < r.period_s <= act.closed_s]
        before = controller.overstays
        controller.close(act.closed_s)
        controller.advance_cut(act.cut_ns)
        assert controller.overstays - before == len(vanishing)
        vanished += len(vanishing)
        headcount = controller.presence.headcount()
        readable = sum(record.period_s > controller.closed_s for record in inside.values())
        assert headcount.named == readable
        assert headcount.lowest <= len(inside) <= headcount.highest
        assert headcount.lowest <= headcount.best <= headcount.highest
        if readable == len(inside):
            assert headcount.best == len(inside)
        assert controller.presence.unnamed_left(WHOLE_SITE) == len(inside) - readable
    assert controller.overstays == vanished


@given(stays())
@settings(max_examples=200, deadline=None)
def test_honest_passages_are_no_contradiction_however_long_the_stay(history: list[Passing]) -> None:
    controller = Controller()
    judge = AntiPassback(controller.presence)
    closable_s = START_S
    for record in records_of(history):
        while dies_s(closable_s) <= record.occurred_s:
            judge.forgot(controller.close(closable_s))
            closable_s += HOUR_S
        judge.forgot(controller.advance_cut(record.stamp.occurred_ns - SETTLE_S * NS_PER_S))
        controller.deliver(record)
        if record.way and record.way not in SEEN:
            assert judge.judge(record.stamp, AccessPointId(record.way)) is None
