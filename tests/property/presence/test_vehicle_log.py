"""Thirteen months of vehicle passages, some of which stay for days, against the truth of the log.

The log (VAST 2017) lies beside the clone, in ../shared/data, and is not ours to copy; a synthetic one of the same kind
is always played as well. Entrances have no direction: a vehicle's odd entrance reads are in, its even ones out; those
of type 2P toggle at the ranger base. Every other gate only says "now here".
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from contract.clock import NS_PER_S
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId
from contract.periods import DAY_S, HOUR_S, MOVEMENT_LIMIT_S
from controller.domain.presence.answer import Answer
from controller.domain.presence.layout import Layout
from controller.domain.presence.passback import AntiPassback
from controller.domain.presence.stamp import Stamp
from tests.conftest import EFFORT, Effort
from tests.property.presence.histories import EPOCH, SETTLE_S, Controller, Record, dies_s, period_of

SENSOR_LOG = Path(__file__).parents[4] / "shared" / "data" / "vehicles" / "sensor.csv.gz"
SHORT_LOG_S = 60 * DAY_S
PARK = AreaId("park")


class Read(NamedTuple):
    at_s: int
    vehicle: str
    gate: str


def sensor_log() -> Iterator[Read]:
    with gzip.open(SENSOR_LOG, "rt", newline="") as file:
        toggles: Counter[str] = Counter()
        for row in csv.DictReader(file):
            at_s = int(datetime.fromisoformat(row["Timestamp"]).replace(tzinfo=UTC).timestamp())
            vehicle, gate = row["car-id"], row["gate-name"]
            if gate == "ranger-base" if row["car-type"] == "2P" else gate.startswith("entrance"):
                toggles[vehicle] += 1
                gate += "-in" if toggles[vehicle] % 2 else "-out"
            yield Read(at_s, vehicle, gate)


def synthetic_log() -> Iterator[Read]:
    """Half leave the same day, half camp for up to a week with days between their reads, some never leave."""
    chance = Random(7)
    reads = []
    for vehicle in range(600):
        at_s = 1_600_000_000 + chance.randrange(40 * DAY_S)
        end_s = at_s + (chance.randrange(8 * HOUR_S) if vehicle % 2 else chance.randrange(7 * DAY_S)) + 600
        reads.append(Read(at_s, f"v{vehicle}", "entrance-in"))
        while (at_s := at_s + chance.randrange(60, 2 * DAY_S)) < end_s:
            reads.append(Read(at_s, f"v{vehicle}", f"general-gate{chance.randrange(8)}"))
        if vehicle % 100:
            reads.append(Read(end_s, f"v{vehicle}", "entrance-out"))
    return iter(sorted(reads))


LOGS = {"synthetic": synthetic_log} | ({"sensor": sensor_log} if SENSOR_LOG.exists() else {})


def way_of(gate: str) -> tuple[AreaId, AreaId]:
    if gate.endswith("-in"):
        return OUTSIDE, PARK
    return (PARK, OUTSIDE) if gate.endswith("-out") else (ANYWHERE, PARK)


@pytest.mark.parametrize("log", LOGS)
def test_the_count_is_honest_over_the_whole_log(log: str) -> None:
    reads = list(LOGS[log]())
    if EFFORT is Effort.SHORT:
        reads = [read for read in reads if read.at_s < reads[0].at_s + SHORT_LOG_S]
    layout = Layout({PARK: None}, {AccessPointId(read.gate): way_of(read.gate) for read in reads})
    controller = Controller(layout)
    judge = AntiPassback(controller.presence)
    inside: dict[str, int] = {}  # vehicle -> period of its last read: the truth
    outlived = exact = 0
    closed_s = period_of(reads[0].at_s) - HOUR_S

    def check() -> None:
        nonlocal exact
        figures = controller.presence.headcount(PARK)
        assert figures.lowest <= len(inside) <= figures.highest
        readable = sum(period_s > closed_s for period_s in inside.values())
        assert figures.named == readable
        assert controller.presence.unnamed_left(PARK) == len(inside) - readable
        if readable == len(inside):
            exact += 1
            assert figures.best == len(inside)

    for number, (at_s, vehicle, gate) in enumerate(reads):
        while dies_s(closed_s + HOUR_S) <= at_s:
            closed_s += HOUR_S
            outlived += sum(period_s == closed_s for period_s in inside.values())
            judge.forgot(controller.close(closed_s))
            oldest_s = min((record.occurred_s for record in controller.rows.values()), default=at_s)
            assert dies_s(closed_s) - oldest_s < MOVEMENT_LIMIT_S
            check()
        stamp = Stamp(at_s * NS_PER_S, EdgeId(gate), EPOCH, number)
        record = Record(stamp, period_of(at_s), at_s, vehicle, gate)
        assert controller.deliver(record) is Answer.FOLDED
        assert judge.judge(stamp, AccessPointId(gate)) is None
        if gate.endswith("-out"):
            del inside[vehicle]
        else:
            inside[vehicle] = record.period_s
        judge.forgot(controller.advance_cut((at_s - SETTLE_S) * NS_PER_S))
        check()
        if number % 20_000 == 0:
            controller.restart()
            judge = AntiPassback(controller.presence)
    assert controller.overstays == outlived > 0
    assert exact > 0


@pytest.mark.parametrize("log", LOGS)
def test_each_gap_that_outlives_its_key_is_one_overstay(log: str) -> None:
    """The same number, counted from the log alone: vehicle by vehicle, no clock involved."""
    reads = list(LOGS[log]())
    if EFFORT is Effort.SHORT:
        reads = [read for read in reads if read.at_s < reads[0].at_s + SHORT_LOG_S]
    end_s = reads[-1].at_s + 3 * DAY_S
    last: dict[str, Read] = {}
    gaps = 0
    controller = Controller(Layout({PARK: None}, {AccessPointId(read.gate): way_of(read.gate) for read in reads}))
    closed_s = period_of(reads[0].at_s) - HOUR_S
    for number, read in enumerate([*reads, Read(end_s, "", "")]):
        while dies_s(closed_s + HOUR_S) <= read.at_s:
            closed_s += HOUR_S
            controller.close(closed_s)
        if not read.vehicle:
            break
        before = last.get(read.vehicle)
        if before and not before.gate.endswith("-out") and read.at_s >= dies_s(period_of(before.at_s)):
            gaps += 1
        last[read.vehicle] = read
        stamp = Stamp(read.at_s * NS_PER_S, EdgeId(read.gate), EPOCH, number)
        controller.deliver(Record(stamp, period_of(read.at_s), read.at_s, read.vehicle, read.gate))
    stayed = sum(not read.gate.endswith("-out") for read in last.values())
    assert controller.overstays == gaps + stayed
    assert controller.presence.unnamed_left(PARK) == stayed
