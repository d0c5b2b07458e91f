import math

import pytest

from contract.ids import AreaId
from controller.domain.presence.bounds import (
    Cause,
    Headcount,
    estimate,
    held_by_site,
    unseen_exits_per_seen,
    upper_quantile,
)
from controller.domain.presence.declared import Declared
from controller.domain.presence.doubts import Doubt
from controller.domain.presence.reason import Reason
from controller.domain.presence.tallies import Counts, Sums

NONE = Counts()


def sums(
    named: int,
    *,
    readable: Counts = NONE,
    recent: Counts = NONE,
    stay: Counts = NONE,
    rated: Counts = NONE,
) -> Sums:
    return Sums(named, readable, recent, stay, rated)


@pytest.mark.parametrize(
    ("mean", "at_most"),
    [(0, 0), (-1, 0), (0.0005, 0), (0.5, 4), (1, 5), (10, 21)],  # printed tables of the Poisson distribution
)
def test_upper_quantile_is_that_of_the_tables(mean: float, at_most: int) -> None:
    assert upper_quantile(mean) == at_most


@pytest.mark.parametrize("mean", [100.5, 250.0, 600.0])
def test_upper_quantile_of_a_large_mean_is_within_one_and_never_too_small(mean: float) -> None:
    total, exact = 0.0, -1
    while total < 0.999:
        exact += 1
        total += math.exp(exact * math.log(mean) - mean - math.lgamma(exact + 1))
    assert exact <= upper_quantile(mean) <= exact + 1


def test_nothing_known_against_it_leaves_the_figure_exact() -> None:
    figures = estimate(sums(17, readable=Counts(left=400)), Declared(), None)
    assert (figures.lowest, figures.best, figures.highest, figures.causes) == (17, 17, 17, ())


def test_rule_11_rho_is_net_of_entries_without_a_read_and_never_negative() -> None:
    rated = Counts(unnamed=30, left=1000, left_unseen=10, unplaced=12)
    assert unseen_exits_per_seen(sums(0, rated=rated, readable=Counts(unplaced=8)), 0.02) == pytest.approx(0.02)
    assert unseen_exits_per_seen(sums(0, rated=rated, readable=Counts(unplaced=99)), 0) == 0


def test_rule_11_the_declared_rate_stands_in_until_something_was_seen() -> None:
    assert unseen_exits_per_seen(sums(0), 0.5) == 0.5


def test_rule_11_of_few_exits_the_declared_rate_weighs_more_than_chance() -> None:
    few, many = Counts(unnamed=3, left=10), Counts(unnamed=3000, left=10_000)
    assert unseen_exits_per_seen(sums(0, rated=few), 0.02) == pytest.approx((3 + 0.02 * 200) / 210)
    assert unseen_exits_per_seen(sums(0, rated=many), 0.02) == pytest.approx(0.3, rel=0.02)


def test_rule_12_ghosts_leave_best_less_those_who_were_seen_elsewhere() -> None:
    rated = Counts(unnamed=20, left=800)
    figures = estimate(sums(50, readable=Counts(left=500, left_unseen=4), rated=rated), Declared(), None)
    assert figures.best == 50 - (10 - 4)


def test_rule_12_unnamed_persons_stay_in_best_until_an_exit_explains_them_at_once() -> None:
    recent, declared = Counts(unnamed=3), Declared(longest_stay_s=72 * 3600)
    assert estimate(sums(5, recent=recent, stay=recent), declared, None).best == 8
    gone = estimate(sums(5, recent=recent, stay=recent, readable=Counts(unplaced=2)), declared, None)
    assert (gone.best, gone.highest) == (6, 8)


def test_without_a_longest_stay_whoever_came_out_again_leaves_highest_as_well() -> None:
    unnamed, out = Counts(unnamed=30, unplaced=20), Counts(unplaced=4)
    assert estimate(sums(5, stay=unnamed, readable=out), Declared(), None).highest == 5 + 30 - 24
    assert estimate(sums(5, stay=unnamed, readable=out), Declared(longest_stay_s=1), None).highest == 5 + 30


def test_a_rate_of_less_than_half_a_person_is_nobody() -> None:
    rated = Counts(unnamed=1, left=10_000)
    figures = estimate(sums(9, readable=Counts(left=400), rated=rated), Declared(), None)
    assert figures.best == 9


def test_rule_13_lowest_takes_the_larger_of_declared_and_one_and_a_half_times_seen() -> None:
    rated = Counts(unnamed=20, left=800)
    seen = estimate(sums(50, readable=Counts(left=100), rated=rated), Declared(), None)
    declared = estimate(sums(50, readable=Counts(left=100), rated=rated), Declared(missed_exits=0.1), None)
    assert seen.lowest == 50 - upper_quantile(3.0)
    assert declared.lowest == 50 - upper_quantile(10.0)


def test_rule_13_nobody_can_be_missing_who_is_not_named() -> None:
    figures = estimate(sums(2, readable=Counts(left=1000)), Declared(missed_exits=0.1), None)
    assert figures.lowest == 0


def test_rule_14_highest_reckons_with_followers_of_everybody_who_entered_within_the_longest_stay() -> None:
    stay = Counts(unnamed=1, left=89)
    figures = estimate(sums(10, stay=stay), Declared(missed_entries=0.01), None)
    assert figures.causes == (Cause(Reason.UNNAMED_INSIDE, 0, 0, 1), Cause(Reason.ENTRIES_MISSED, 0, 0, 5))
    assert figures.highest == 10 + 1 + 5


def test_rule_15_a_width_beyond_what_the_area_can_hold_is_unknown() -> None:
    stay = Counts(unnamed=30)
    assert estimate(sums(5, stay=stay), Declared(), 29).unknown
    assert not estimate(sums(5, stay=stay), Declared(), 30).unknown
    assert not estimate(sums(5, stay=stay), Declared(), None).unknown


def test_the_differences_are_the_sum_of_their_causes() -> None:
    rated = stay = recent = Counts(unnamed=40, left=1000, left_unseen=3)
    figures = estimate(sums(60, readable=Counts(left=200), rated=rated, stay=stay, recent=recent), Declared(), None)
    by_reason = {cause.reason: cause for cause in figures.causes}
    exits, unnamed = by_reason[Reason.EXITS_MISSED], by_reason[Reason.UNNAMED_INSIDE]
    assert figures.lowest == figures.named - exits.up_to
    assert figures.best == figures.named - exits.likely + unnamed.likely
    assert figures.highest == figures.named + unnamed.up_to


def test_rule_15_where_most_leave_unread_there_is_no_figure() -> None:
    def of(unnamed: int, left: int) -> Headcount:
        return estimate(sums(40, readable=Counts(left=2), rated=Counts(unnamed=unnamed, left=left)), Declared(), None)

    assert not of(9, 0).unknown, "few are an accident"
    assert not of(99, 200).unknown
    figures = of(100, 200)
    assert (figures.unknown, figures.lowest) == (True, 0)
    assert [(cause.reason, cause.fewer, cause.is_bounded) for cause in figures.causes][:1] == [
        (Reason.EXITS_MISSED, 40, False)
    ]


def test_an_area_at_the_border_of_such_a_site_has_no_figure_either() -> None:
    whole = estimate(sums(40, rated=Counts(unnamed=100)), Declared(), None)
    inner, border = estimate(sums(10), Declared(), None), estimate(sums(30), Declared(), None)
    site, vault, hall = AreaId(""), AreaId("vault"), AreaId("hall")
    counts = held_by_site({site: whole, vault: inner, hall: border}, site, {hall})
    assert counts[vault] == inner
    assert (counts[hall].unknown, counts[hall].lowest, counts[hall].best) == (True, 0, 30)
    known = estimate(sums(40), Declared(), None)
    assert not held_by_site({site: known, hall: border}, site, {hall})[hall].unknown


def test_best_stays_when_a_likely_exit_is_seen_at_a_door() -> None:
    """He who passed unread is one of those who are reckoned with: the bound has him once, and best has him out."""
    one, declared = sums(1, readable=Counts(left=40)), Declared(missed_exits=0.02)
    assert estimate(one, declared, None).best == 0
    seen = estimate(one, declared, None, [Doubt(Reason.PASSED_UNREAD, 1, 0)])
    assert (seen.lowest, seen.best, seen.highest) == (0, 0, 1)
