"""kill -9 of controller, broker and gates at random moments, under load; afterwards nothing is missing or double."""

from pathlib import Path
from random import Random

import pytest

from contract.events import GateRestarted
from contract.ids import EdgeId
from tests.conftest import EFFORT, Effort
from tests.faults.stage import stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SEEDS = range(1, 6) if EFFORT is Effort.FULL else range(1, 2)


@pytest.mark.parametrize("seed", SEEDS)
async def test_whoever_is_killed_whenever(tmp_path: Path, seed: int) -> None:
    async with stage(tmp_path, seed) as on:
        await on.passages(5)
        await on.trouble.mixed(Random(seed), kills=6 if EFFORT is Effort.SHORT else 25, gap_s=(0.5, 4.0))
        await on.passages(5)
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
