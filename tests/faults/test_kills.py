"""kill -9 of controller, broker and gates at random moments, under load; afterwards nothing is missing or double."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from contract.events import GateRestarted
from contract.ids import EdgeId
from tests.conftest import EFFORT, Effort
from tests.faults.stage import SITE_FILE, stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
SEEDS = range(1, 6) if EFFORT is Effort.FULL else range(1, 2)


@pytest.mark.parametrize("seed", SEEDS)
async def test_whoever_is_killed_whenever(tmp_path: Path, seed: int) -> None:
    async with stage(tmp_path, seed) as on:
        await on.passages(3)
        await on.trouble.mixed(Random(seed), kills=4 if EFFORT is Effort.SHORT else 25, gap_s=(0.5, 4.0))
        await on.passages(3)
        await on.settle()
    rings = on.judge(edges_killed=True)
    assert rings.count(GateRestarted) <= on.trouble.kills.get("edge", 0)


@pytest.mark.full
async def test_a_killed_controller_counts_on_where_it_stopped(tmp_path: Path) -> None:
    chance = Random(11)
    async with stage(tmp_path, seed=11) as on:
        for _ in range(6):
            await on.passages(chance.randint(1, 5))
            await on.trouble.kill_controller()
        await on.passages(5)
        await on.settle()
    on.judge(edges_killed=False)


@pytest.mark.full
@pytest.mark.parametrize("is_wiped", [False, True])
async def test_a_killed_broker_loses_nothing_even_without_its_store(tmp_path: Path, is_wiped: bool) -> None:
    chance = Random(12)
    async with stage(tmp_path, seed=12) as on:
        for _ in range(6):
            await on.passages(chance.randint(1, 5))
            await (on.trouble.wipe_broker() if is_wiped else on.trouble.kill_broker())
        await on.passages(5)
        await on.settle()
    on.judge(edges_killed=False)


@pytest.mark.full
async def test_a_killed_gate_says_so_and_stores_nothing_twice(tmp_path: Path) -> None:
    chance = Random(13)
    async with stage(tmp_path, seed=13) as on:
        for edge in ("front", "inner", "inner", "front"):
            await on.passages(chance.randint(1, 5))
            await on.trouble.kill_edge(EdgeId(edge))
        await on.passages(5)
        await on.settle()
    rings = on.judge(edges_killed=True)
    restarts = [entry.edge for entry in rings.events if isinstance(entry.event, GateRestarted)]
    assert sorted(restarts) == ["front", "front", "inner", "inner"]


@pytest.mark.full
async def test_keys_die_on_time_while_controller_and_broker_are_killed(tmp_path: Path) -> None:
    hasty = tmp_path / "hasty.toml"
    short_lived = "movement_period_s = 10\nmovement_keep_s = 60\nsettle_s = 5"
    hasty.write_text(SITE_FILE.read_text().replace("settle_s = 5", short_lived).replace("people = 24", "people = 8"))
    chance = Random(14)
    async with stage(tmp_path, seed=14, site_file=hasty) as on:
        for _ in range(12):
            await asyncio.sleep(chance.uniform(4, 10))
            await chance.choice([on.trouble.kill_controller, on.trouble.kill_broker, on.trouble.wipe_broker])()
        await on.passages(5)
        await on.settle()
    live = on.live
    print(f"{live.keys_destroyed} keys destroyed, {live.events_journaled} events, {on.trouble.kills}")
    assert live.events_stored == live.events_journaled
    assert (live.events_expired, live.events_late) == (0, 0)
    assert live.keys_destroyed > 5
    assert live.oldest_readable_s <= 60
    premises = live.premises
    assert premises.lowest is not None
    assert premises.highest is not None
    assert premises.lowest <= on.truth["present"] <= premises.highest
