"""A controller, and a gate, that stood still past a limit: what is dead goes before anything is answered or sent."""

import asyncio
from pathlib import Path

import pytest

from contract.ids import EdgeId
from controller.live import Live
from tests.faults.stage import SITE_FILE, Stage, stage

pytestmark = [pytest.mark.slow, pytest.mark.full, pytest.mark.timeout(600)]
KEEP_S = 20
HELD_S = 25


def hasty(folder: Path) -> Path:
    """The site of these scenes with limits so short that a test can wait for them."""
    site = folder / "hasty.toml"
    limits = f"movement_period_s = 10\nmovement_keep_s = {KEEP_S}\nsettle_s = 5"
    site.write_text(SITE_FILE.read_text().replace("settle_s = 5", limits).replace("people = 24", "people = 8"))
    return site


async def first_answer(on: Stage) -> Live:
    """What the controller says when it is asked the first time."""
    async with asyncio.timeout(60):
        while (live := await asyncio.to_thread(on.running.live_if_there)) is None:
            await asyncio.sleep(0.1)
    return live


async def taken_up(on: Stage, before: Live) -> None:
    """See that passages are counted again, and that nothing too old is readable meanwhile."""
    ages_s: list[float] = []

    def is_counting(live: Live | None) -> bool:
        if live is None:
            return False
        ages_s.append(live.oldest_readable_s)
        return live.events_stored >= before.events_stored + 6 and all(gate.state == "online" for gate in live.gates)

    await on.until_live(is_counting)
    assert max(ages_s) < KEEP_S


async def test_a_controller_that_was_stopped_past_the_limit_answers_with_nothing_older(tmp_path: Path) -> None:
    async with stage(tmp_path, seed=21, site_file=hasty(tmp_path)) as on:
        await on.passages(8)
        before = await first_answer(on)
        async with on.trouble.held(on.running.controller.pid):
            await asyncio.sleep(HELD_S)
        after = await first_answer(on)
        assert after.oldest_readable_s < KEEP_S
        assert after.keys_destroyed >= before.keys_destroyed + 2
        await taken_up(on, after)


async def test_a_gate_that_was_stopped_past_the_limit_delivers_nothing_that_is_dead(tmp_path: Path) -> None:
    """It had events that nobody took, for the broker hung."""
    async with stage(tmp_path, seed=22, site_file=hasty(tmp_path)) as on:
        await on.passages(4)
        async with on.trouble.broker_cut_off():
            await on.passages(3)
            async with on.trouble.held(on.running.edges[EdgeId("front")].pid):
                await asyncio.sleep(HELD_S)
        await taken_up(on, await first_answer(on))
