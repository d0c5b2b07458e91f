"""A month of people who now and then forget to read out must not breed ghosts (rules 11 to 14)."""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, AreaId, EdgeId, HolderId
from contract.periods import DAY_S, HOUR_S
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from tests.conftest import EFFORT, Effort
from tests.property.presence.histories import EPOCH, SETTLE_S, START_S, dies_s, period_of

SITE = AreaId("site")
IN, OUT = AccessPointId("in"), AccessPointId("out")
PEOPLE = 1000
MISSED_EXITS = 0.02
DAYS, SEEDS = (30, 8) if EFFORT is Effort.FULL else (30, 2)


class Moment(NamedTuple):
    """One hour's truth and figures."""

    at_s: int
    truth: int
    figures: Headcount


def month(seed: int, declared: Declared) -> Iterator[Moment]:
    """Play days of one stay each: in about 8:30, out about 17:30, one exit in fifty without a read."""
    chance = Random(seed)
    moments: list[tuple[int, int, AccessPointId, bool]] = []
    for holder in range(PEOPLE):
        for day in range(DAYS):
            in_s = int(day * DAY_S + chance.gauss(8.5, 1) * HOUR_S)
            out_s = max(in_s + 60, int(day * DAY_S + chance.gauss(17.5, 1.2) * HOUR_S))
            moments.append((in_s, holder, IN, True))
            moments.append((out_s, holder, OUT, chance.random() >= MISSED_EXITS))
    moments.sort()
    presence = Presence(Layout({SITE: None}, {IN: (OUTSIDE, SITE), OUT: (SITE, OUTSIDE)}, declared))
    truth = played = 0
    closed_s = START_S - HOUR_S
    for hour_s in range(HOUR_S, DAYS * DAY_S, HOUR_S):
        while played < len(moments) and moments[played][0] <= hour_s:
            at_s, holder, point, read = moments[played]
            truth += 1 if point == IN else -1
            if read:
                stamp = Stamp((START_S + at_s) * NS_PER_S, EdgeId(point), EPOCH, played)
                presence.granted(stamp, HolderId(f"h{holder}"), point, period_of(START_S + at_s))
            played += 1
        while dies_s(closed_s + HOUR_S) <= START_S + hour_s:
            closed_s += HOUR_S
            presence.close_period(closed_s)
        presence.advance_cut((START_S + hour_s - SETTLE_S) * NS_PER_S)
        yield Moment(hour_s, truth, presence.headcount())


def test_best_does_not_drift_and_the_bounds_hold() -> None:
    declared = Declared(missed_exits=MISSED_EXITS, longest_stay_s=3 * DAY_S)
    last_day: list[int] = []
    held = total = 0
    for seed in range(SEEDS):
        for at_s, truth, figures in month(seed, declared):
            held += figures.lowest <= truth <= figures.highest
            total += 1
            assert figures.highest - figures.lowest < 0.15 * PEOPLE
            if at_s >= (DAYS - 1) * DAY_S:
                last_day.append(figures.best - truth)
    bias = sum(last_day) / len(last_day)
    rms = (sum(error * error for error in last_day) / len(last_day)) ** 0.5
    assert abs(bias) < 6, f"bias {bias:.1f}: an uncorrected count would be off by hundreds"
    assert rms < 10, f"rms {rms:.1f}"
    assert held >= 0.999 * total
