"""Each rule carries something: with it left out, Hypothesis finds a history on which a property breaks.

A property that can not fail proves nothing; these tests fail when one of them no longer notices.
"""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample

from contract.clock import NS_PER_S
from contract.ids import AccessPointId, AreaId, HolderId
from controller.domain.presence.answer import Answer
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.chain import Chain
from controller.domain.presence.counting import Counting
from controller.domain.presence.fold import NEVER, Presence
from controller.domain.presence.forgotten import Forgetting, Forgotten
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.memory import Memory
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import TallyKind
from tests.property.presence.histories import (
    SEEN,
    SETTLE_S,
    Act,
    Controller,
    Passing,
    Record,
    passings,
    records_of,
    timeline,
)

Figures = dict[AreaId, Headcount]
SEARCH = settings(
    max_examples=2000, deadline=None, derandomize=True, database=None, phases=[Phase.generate], print_blob=False
)
CHECK = settings(SEARCH, max_examples=60)


def breaks(holds: Callable[[list[Passing]], bool], search: settings = SEARCH, *, punctual: bool = False) -> bool:
    """Tell whether a search finds a history that makes `holds` false."""
    histories = passings(longest_delay_s=0) if punctual else passings()
    try:
        find(histories, lambda history: not holds(history), settings=search)
    except NoSuchExample:
        return False
    return True


def run(acts: list[Act], *, shuffle: bool = False, restart: bool = False, cut: bool = True) -> list[Figures]:
    """Return the figures after each act."""
    chance = Random(1)
    controller = Controller()
    seen: list[Figures] = []
    for act in acts:
        arrived = list(act.arrived)
        if shuffle:
            chance.shuffle(arrived)
        for record in arrived:
            controller.deliver(record)
        controller.close(act.closed_s)
        if cut:
            controller.advance_cut(act.cut_ns)
        if restart:
            controller.restart()
        seen.append(controller.figures())
    return seen


def order_does_not_matter(history: list[Passing]) -> bool:
    acts = timeline(records_of(history))
    return run(acts, shuffle=True) == run(acts)


def a_restart_does_not_matter(history: list[Passing]) -> bool:
    acts = timeline(records_of(history))
    return run(acts, restart=True) == run(acts)


def the_cut_does_not_matter(history: list[Passing]) -> bool:
    acts = timeline(records_of(history))
    return run(acts, cut=False) == run(acts)


def nobody_remains_of_those_who_left(history: list[Passing]) -> bool:
    """One person, read at each entry and each exit, however long he stays, and outside in the end."""
    moments = sorted({passing.at_s for passing in history})
    walk = [Passing(at_s, "ann", ("yard-in", "yard-out")[nth % 2]) for nth, at_s in enumerate(moments)]
    controller = Controller()
    for act in timeline(records_of(walk[: len(walk) // 2 * 2])):
        for record in act.arrived:
            controller.deliver(record)
        controller.close(act.closed_s)
    return controller.presence.unnamed_left(WHOLE_SITE) == 0


def test_rule_1_order_is_that_of_stamps_not_of_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    def where_it_arrived(chain: Chain, stamp: Stamp) -> int:
        stamps = [passage.stamp for passage in chain.passages]
        return stamps.index(stamp) if stamp in stamps else len(stamps)

    monkeypatch.setattr(Chain, "position", where_it_arrived)
    assert breaks(order_does_not_matter)


def test_rule_2_a_grant_that_was_not_taken_moved_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def was_refused(history: list[Passing]) -> bool:
        refused = [Passing(p.at_s, p.holder, p.way, "not-taken", p.after_s) for p in history if p.way not in SEEN]
        acts = timeline(records_of(refused))
        return not acts or run(acts)[-1][WHOLE_SITE].highest == 0

    assert not breaks(was_refused, CHECK)
    monkeypatch.setattr(Memory, "leave", lambda *_: None)
    assert breaks(was_refused)


def test_rule_3_x_makes_up_for_those_who_come_out_unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not breaks(nobody_remains_of_those_who_left, CHECK)
    monkeypatch.setattr(Counting, "count", _without_own(Counting.count))
    assert breaks(nobody_remains_of_those_who_left)


def _without_own(count: Callable[[Counting, Chain, int, int], None]) -> Callable[[Counting, Chain, int, int], None]:
    def without(counting: Counting, chain: Chain, at: int, sign: int) -> None:
        way = chain.passages[at].way
        chain.passages[at].way = way._replace(steps=tuple(step._replace(own=()) for step in way.steps))
        count(counting, chain, at, sign)
        chain.passages[at].way = way

    return without


def test_rule_4_prior_survives_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Controller, "_store_prior", lambda *_: None)
    assert breaks(a_restart_does_not_matter)


def test_rule_5_rows_of_a_closed_period_are_never_folded() -> None:
    """Rows are removed after the key, as housekeeping: without the marker a restart brings them back to life."""

    def holds(history: list[Passing], *, marker: bool) -> bool:
        steady = Controller()
        for act in timeline(records_of(history)):
            for record in act.arrived:
                steady.deliver(record)
            left_over = {stamp: r for stamp, r in steady.rows.items() if r.period_s <= act.closed_s}
            steady.close(act.closed_s)
            crashed = Controller(rows=steady.rows | left_over, priors=steady.priors, table=steady.table)
            crashed.closed_s = act.closed_s if marker else NEVER
            crashed.restart()
            if crashed.figures() != steady.figures():
                return False
        return True

    assert not breaks(lambda history: holds(history, marker=True), CHECK)
    assert breaks(lambda history: holds(history, marker=False))


def test_rule_5_whoever_was_inside_stays_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_vanishes(history: list[Passing]) -> bool:
        walk = [Passing(p.at_s, holder, "yard-in") for holder, p in zip("abcdefghijkl", history, strict=False)]
        controller = Controller()
        for act in timeline(records_of(walk)):
            for record in act.arrived:
                controller.deliver(record)
            controller.close(act.closed_s)
        return controller.presence.headcount().highest == len(walk)

    assert not breaks(nobody_vanishes, CHECK)
    slots = Layout.slots
    monkeypatch.setattr(Layout, "slots", lambda layout, area, _: slots(layout, area, TallyKind.LEFT))
    assert breaks(nobody_vanishes)


def test_rule_6_a_cut_that_does_not_wait_for_watermarks_loses_passages() -> None:
    def hasty(history: list[Passing]) -> bool:
        acts = timeline(records_of(history))
        hurried = [Act(a.now_s, a.arrived, a.closed_s, (a.now_s - SETTLE_S) * NS_PER_S) for a in acts]
        return run(hurried) == run(acts)

    assert not breaks(hasty, CHECK, punctual=True)
    assert breaks(hasty)


def test_rule_7_only_a_completed_cycle_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting all below the cut, wherever that leaves the holder, makes persons unnamed before their key ends."""

    def greedy(presence: Presence, cut_ns: int) -> Forgotten:
        presence.cut_ns = max(presence.cut_ns, cut_ns)
        forgetting = Forgetting(presence.layout)
        for chain in list(presence._memory.readable.chains.values()):
            count = sum(passage.stamp.occurred_ns <= cut_ns for passage in chain.passages)
            presence._oblivion._forget(chain, count, [], forgetting)
        return forgetting.done()

    assert not breaks(the_cut_does_not_matter, CHECK)
    monkeypatch.setattr(Presence, "advance_cut", greedy)
    assert breaks(the_cut_does_not_matter)


def test_rule_8_a_repeated_exit_of_one_who_is_forgotten_is_not_an_exit_of_somebody_unnamed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def repeating_does_not_matter(history: list[Passing]) -> bool:
        once, twice = Controller(), Controller()
        earlier: list[Record] = []
        for act in timeline(records_of(history)):
            earlier += act.arrived
            for record in act.arrived:
                once.deliver(record)
                twice.deliver(record)
            for controller in (once, twice):
                controller.close(act.closed_s)
                controller.advance_cut(act.cut_ns)
            for record in earlier:
                twice.deliver(record)
            if once.figures() != twice.figures():
                return False
        return True

    assert not breaks(repeating_does_not_matter, CHECK)
    granted = Presence.granted

    def eager(presence: Presence, stamp: Stamp, holder: HolderId, access_point: AccessPointId, period_s: int) -> Answer:
        cut_ns, presence.cut_ns = presence.cut_ns, 0
        try:
            return granted(presence, stamp, holder, access_point, period_s)
        finally:
            presence.cut_ns = cut_ns

    monkeypatch.setattr(Presence, "granted", eager)
    assert breaks(repeating_does_not_matter)
