"""The tally table against a slow reading of rule 3 that knows each history as a whole."""

from collections import Counter
from itertools import pairwise

from hypothesis import assume, given, settings

from contract.ids import ANYWHERE, OUTSIDE, AreaId
from controller.domain.presence.layout import WHOLE_SITE
from tests.property.presence.histories import (
    HOUSE,
    PLAIN,
    START_S,
    WAYS,
    YARD,
    Controller,
    Passing,
    Record,
    dies_s,
    passings,
    records_of,
    timeline,
)

STEP_S = 7200
"""How often the model controller acts."""
SCOPES: dict[AreaId, set[AreaId]] = {WHOLE_SITE: {YARD, HOUSE}, YARD: {YARD}, HOUSE: {HOUSE}}


def moves_of(records: list[Record]) -> dict[str, list[Record]]:
    """Return each holder's passages that were not reported as not taken, taken winning over not taken."""
    verdicts: dict[tuple[str, int], set[str]] = {}
    for record in records:
        if record.outcome:
            verdicts.setdefault((record.stamp.edge, record.grant_number), set()).add(record.outcome)
    moves: dict[str, list[Record]] = {}
    for record in records:
        if not record.outcome and verdicts.get((record.stamp.edge, record.stamp.number)) != {"not-taken"}:
            moves.setdefault(record.holder, []).append(record)
    return moves


def expected(records: list[Record]) -> Counter[tuple[str, AreaId, int]]:
    """Return the table once every key has ended."""
    table: Counter[tuple[str, AreaId, int]] = Counter()
    for moves in moves_of(records).values():
        place = OUTSIDE
        for move, following in pairwise([*moves, None]):
            assert move is not None
            source, target = WAYS[move.way]
            if source == ANYWHERE:
                source = place if place != OUTSIDE else target
            for scope, areas in SCOPES.items():
                if source in areas and place not in areas:
                    table["X", scope, move.period_s] += 1
            place = target
            known = following if following and following.occurred_s < seen_until_s(move) else None
            for scope, areas in SCOPES.items():
                if target in areas and (kind := fate(target, known, areas)):
                    table[kind, scope, move.period_s] += 1
            if not known:
                place = OUTSIDE
    return table


def fate(place: AreaId, following: Record | None, areas: set[AreaId]) -> str:
    """Return what became of a stay in `areas`: I, x, T, or nothing where it goes on."""
    if following is None:
        return "I"
    source, target = WAYS[following.way]
    if source == ANYWHERE:
        source = place
    if source not in areas:
        return "T"
    return "" if target in areas else "x"


def seen_until_s(move: Record) -> int:
    """Return when the model controller, which acts every two hours, closes the period of a record."""
    return -(-dies_s(move.period_s) // STEP_S) * STEP_S


@given(passings(longest_delay_s=0, most=16))
@settings(max_examples=300, deadline=None)
def test_every_tally_is_what_the_whole_history_says(history: list[Passing]) -> None:
    records = records_of(history)
    assume(all(is_settled_at_once(record, records) for record in records))
    table: Counter[tuple[str, AreaId, int]] = Counter()
    for (kind, area, period_s, _), count in live_through(records).table.items():
        table[kind, area, period_s] += count
    assert +table == expected(records)


def test_a_grant_that_is_taken_back_after_the_key_before_it_has_ended_still_leaves_one_unnamed() -> None:
    """What was booked when the key ended stays booked (an exit that was none); the person is counted all the same."""
    history = [Passing(54_000, "ann", "house-in"), Passing(143_760, "ann", "garage-out", "not-taken", after_s=240)]
    controller = live_through(records_of(history))
    unnamed = sum(count for (kind, area, *_), count in controller.table.items() if (kind, area) == ("I", HOUSE))
    assert unnamed == controller.overstays == 1


def live_through(records: list[Record]) -> Controller:
    """Return the controller after all that it does until every key has ended."""
    controller = Controller(PLAIN)
    for act in timeline(records):
        for record in act.arrived:
            controller.deliver(record)
        controller.close(act.closed_s)
        controller.advance_cut(act.cut_ns)
    return controller


def is_settled_at_once(record: Record, records: list[Record]) -> bool:
    """Whether "not taken" comes before the controller acts on its grant; else a key may end in between."""
    if record.outcome != "not-taken":
        return True
    source = (record.stamp.edge, record.grant_number)
    grant = next(r for r in records if not r.outcome and (r.stamp.edge, r.stamp.number) == source)
    return (record.arrives_s - START_S) // STEP_S == (grant.arrives_s - START_S) // STEP_S
