"""Only what happened decides: not order, duplicates, delay within key life, restart or deletion (rules 1 to 9)."""

import pickle
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from controller.domain.presence.answer import Answer
from tests.property.presence.histories import Act, Controller, Passing, passings, records_of, timeline

SEED = st.integers(0, 2**32)


def play(acts: list[Act], seed: int | None, *, restarts: bool = False, cut: bool = True) -> list[tuple[object, ...]]:
    """Return what a controller shows after each act, and what it has stored in the end.

    With a `seed` each act's records come in an order of their own, some of them twice.
    """
    chance = Random(seed)
    controller = Controller()
    seen: list[tuple[object, ...]] = []
    for act in acts:
        arrived = list(act.arrived)
        if seed is not None:
            arrived += chance.sample(arrived, len(arrived) // 2)
            chance.shuffle(arrived)
        for record in arrived:
            assert controller.deliver(record) in (Answer.FOLDED, Answer.DUPLICATE)
            if restarts and chance.random() < 0.3:
                controller.restart()
        controller.close(act.closed_s)
        if restarts and chance.random() < 0.5:
            controller.restart()
        if cut:
            controller.advance_cut(act.cut_ns)
        if restarts and chance.random() < 0.5:
            controller.restart()
        seen.append((controller.figures(), controller.stored() if cut else None))
    return seen


@given(passings(), SEED)
@settings(max_examples=150, deadline=None)
def test_any_order_and_any_duplicates_give_the_same_figures_and_the_same_store(
    history: list[Passing], seed: int
) -> None:
    acts = timeline(records_of(history))
    assert play(acts, seed) == play(acts, None)


@given(passings(), SEED)
@settings(max_examples=150, deadline=None)
def test_a_restart_at_any_moment_changes_nothing(history: list[Passing], seed: int) -> None:
    acts = timeline(records_of(history))
    assert play(acts, seed, restarts=True) == play(acts, seed)


@given(passings())
@settings(max_examples=150, deadline=None)
def test_deleting_completed_cycles_changes_no_figure(history: list[Passing]) -> None:
    acts = timeline(records_of(history))
    assert [figures for figures, _ in play(acts, None)] == [figures for figures, _ in play(acts, None, cut=False)]


@given(passings())
@settings(max_examples=150, deadline=None)
def test_closing_many_periods_at_once_is_closing_them_one_by_one(history: list[Passing]) -> None:
    records = records_of(history)
    at_once, one_by_one = Controller(), Controller()
    for record in records:
        at_once.deliver(record)
        one_by_one.deliver(record)
    periods = sorted({record.period_s for record in records})
    for period_s in periods:
        one_by_one.close(period_s)
    if periods:
        at_once.close(periods[-1])
    assert at_once.stored() == one_by_one.stored()
    assert at_once.figures() == one_by_one.figures()


@given(passings(), SEED)
@settings(max_examples=100, deadline=None)
def test_nothing_readable_outlives_its_period_and_no_mark_of_a_person_remains(
    history: list[Passing], seed: int
) -> None:
    controller = Controller()
    for act in timeline(records_of(history)):
        for record in act.arrived:
            controller.deliver(record)
        controller.close(act.closed_s)
        controller.advance_cut(act.cut_ns)
        assert all(record.period_s > act.closed_s for record in controller.rows.values())
        here = {record.holder for record in controller.rows.values()}
        memory = pickle.dumps(controller.presence)
        for holder in {"ann", "bob", "cem"} - here:
            assert holder.encode() not in memory
    assert not controller.rows
    assert not controller.priors


@given(passings(longest_delay_s=0))
@settings(max_examples=100, deadline=None)
def test_who_has_left_is_forgotten_as_soon_as_the_cut_passes(history: list[Passing]) -> None:
    controller = Controller()
    for act in timeline(records_of(history)):
        for record in act.arrived:
            controller.deliver(record)
        controller.close(act.closed_s)
        controller.advance_cut(act.cut_ns)
        for record in controller.rows.values():
            assert not (
                record.way.endswith("-out") and record.way != "house-out" and record.stamp[0] <= act.cut_ns
            ) or (record.stamp in controller.priors)


@given(passings(longest_delay_s=0), SEED)
@settings(max_examples=100, deadline=None)
def test_what_comes_late_or_past_its_key_moves_nobody(history: list[Passing], seed: int) -> None:
    chance = Random(seed)
    records = records_of(history)
    missing = set(chance.sample(records, len(records) // 3))
    with_late, without = Controller(), Controller()
    for act in timeline(records):
        for record in act.arrived:
            if record not in missing:
                with_late.deliver(record)
                without.deliver(record)
        for controller in (with_late, without):
            controller.close(act.closed_s)
            controller.advance_cut(act.cut_ns)
        for record in sorted(missing, key=lambda r: r.stamp):
            if record.stamp.occurred_ns <= act.cut_ns:
                late = with_late.deliver(record)
                assert late is (Answer.CLOSED if record.period_s <= act.closed_s else Answer.LATE)
        assert with_late.figures() == without.figures()
        assert with_late.stored() == without.stored()
