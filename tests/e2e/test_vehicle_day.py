"""A day of 600 vehicles an hour at its peak by two vehicle gates: the headcount against those who really are inside.

Short: six minutes at the rate of the peak. SACS_EFFORT=full: two whole days of 1,440 vehicles, seen at each minute; one
on which officers count everybody, one on which deliveries have no pass, some follow on others' heels, and some leave
with others than they came with. `-s` shows the figures.
"""

import asyncio
import resource
import shutil
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import pytest

from contract.clock import NS_PER_S
from contract.periods import HOUR_S
from controller.domain.presence.unwatched import IN_A_VEHICLE
from controller.service.records.ingest import STORED
from tests.conftest import EFFORT, Effort
from tests.e2e.quick_time import QuickLoop
from tests.e2e.vehicle_day import VehicleDay, vehicle_day
from tests.e2e.vehicle_trips import Odd, Trip, draw_trips

START_NS: Final = 1_772_409_600 * NS_PER_S
"""2026-03-02, 00:00 UTC."""
PEAK_AN_HOUR: Final = 600
DAY_S: Final = 24 * HOUR_S
COMMUTERS, VISITORS = 1200, 240
NOON_S: Final = 12 * HOUR_S


@dataclass(frozen=True)
class Plan:
    """`odd_after_s`: from when on one in how many of those who come is odd. `is_day`: a whole one, or some minutes."""

    is_day: bool
    odd_after_s: float
    one_in: int


PLANS: Final = (
    {"minutes": Plan(is_day=False, odd_after_s=120, one_in=2)}
    if EFFORT is Effort.SHORT
    else {
        "all are entered": Plan(is_day=True, odd_after_s=DAY_S, one_in=1),
        "some are not": Plan(is_day=True, odd_after_s=7 * HOUR_S, one_in=10),
    }
)


def minutes(chance: Random) -> Iterator[tuple[float, float]]:
    """So many a minute as at the peak, for four minutes."""
    for _ in range(4 * PEAK_AN_HOUR // 60):
        at_s = chance.uniform(20, 260)
        yield at_s, at_s + chance.uniform(60, 110)


def whole_day(chance: Random) -> Iterator[tuple[float, float]]:
    """Most come to work between seven and nine and stay for eight hours; others come for an hour, all day."""
    for _ in range(COMMUTERS):
        at_s = min(max(chance.gauss(8.0, 0.7), 5.0), 11.0) * HOUR_S
        yield at_s, at_s + chance.gauss(8.0, 0.5) * HOUR_S
    for _ in range(VISITORS):
        at_s = min(max(chance.gauss(12.0, 2.0), 6.0), 18.0) * HOUR_S
        yield at_s, at_s + chance.uniform(0.25, 1.25) * HOUR_S


@dataclass
class Seen:
    """What was seen at the minutes of a day. `widest`: between lowest and highest; `most`: inside, in truth."""

    moments: int = 0
    missed: list[str] = field(default_factory=list)
    exact_due: int = 0
    exact: int = 0
    not_exact: int = 0
    best_off: int = 0
    widest: int = 0
    most: int = 0

    def look(self, day: VehicleDay) -> None:
        truth, count = day.truth, day.headcount()
        assert not count.unknown
        is_exact = count.lowest == count.best == count.highest == truth.inside
        is_due = not truth.odd.total()
        self.moments += 1
        if not count.lowest <= truth.inside <= count.highest:
            self.missed.append(f"minute {self.moments}: {truth.inside} inside, {truth.odd}, counted {count}")
        self.exact += is_exact
        self.exact_due += is_due
        self.not_exact += is_due and not is_exact
        self.best_off = max(self.best_off, abs(count.best - truth.inside))
        self.widest = max(self.widest, count.highest - count.lowest)
        self.most = max(self.most, truth.inside)
        assert count.highest - count.lowest <= may_be_wide(day)


def may_be_wide(day: VehicleDay) -> int:
    """Each of whom is not known for sure, once as still there and once as gone; a vehicle may have nine in it."""
    odd = day.truth.odd
    return odd[Odd.WORD] + 2 * (odd[Odd.FEWER] + odd[Odd.MORE]) + IN_A_VEHICLE * odd[Odd.HEELS]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", PLANS)
def test_the_headcount_holds_the_truth_at_each_minute(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    plan, chance = PLANS[name], Random(f"vehicle day {name}")
    trips = draw_trips([*(whole_day if plan.is_day else minutes)(chance)], plan.odd_after_s, plan.one_in, chance)
    folder = tmp_path_factory.mktemp("day")
    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        runner.run(play(folder, plan, trips, chance))
    shutil.rmtree(folder)


async def play(folder: Path, plan: Plan, trips: list[Trip], chance: Random) -> None:
    seen, came = Seen(), deque([0], maxlen=61)
    densest = 0
    async with vehicle_day(folder, trips, START_NS, chance) as day:
        async for _ in day.play(trips, DAY_S if plan.is_day else 8 * 60):
            seen.look(day)
            came.append(day.came)
            densest = max(densest, came[-1] - came[0])
        told = sum(gate.ring.journaled for gate in day.gates.values())
        stored = day.assembly.truth.ingest.totals[STORED]
        booms = [way.lane.boom for way in day.ways.values()]
    used = resource.getrusage(resource.RUSAGE_SELF)
    sys.stdout.write(
        f"\n{day.came} vehicles in, {day.truth.persons_in} persons, {densest} vehicles in the densest hour; {seen}; "
        f"odd: {dict(day.truth.odd)}; processor time {used.ru_utime + used.ru_stime:.0f} s\n"
    )
    assert seen.missed == []
    assert seen.not_exact == 0
    assert seen.exact_due > 1
    assert stored == told > 0
    assert [(boom.struck, boom.under) for boom in booms] == [(0, 0)] * len(booms)
    assert day.truth.inside == day.truth.left_behind
    if plan.is_day:
        assert densest >= PEAK_AN_HOUR
    if plan.odd_after_s < DAY_S:
        assert all(day.truth.odd[odd] for odd in (Odd.WORD, Odd.HEELS, Odd.FEWER)), day.truth.odd
