"""A gate whose network is gone: cut off in the middle, restarted without it, started for the first time without it."""

from pathlib import Path

import pytest

from contract.events import AccessDenied, DenialReason, GateRestarted
from contract.ids import EdgeId
from tests.faults.stage import Stage, stage
from tests.faults.trouble import until

pytestmark = [pytest.mark.slow, pytest.mark.full, pytest.mark.timeout(600)]
FRONT = EdgeId("front")


def _has_new_process(on: Stage, edge: EdgeId, pid: int) -> bool:
    child = on.running.edges[edge]
    return child.pid != pid and not child.ended


async def test_a_cut_network_stops_nobody_and_loses_nothing(tmp_path: Path) -> None:
    async with stage(tmp_path, seed=61) as on:
        for passages_meanwhile in (2, 15):
            await on.passages(5)
            async with on.trouble.broker_cut_off():
                await on.passages(passages_meanwhile)
        await on.settle()
    on.judge(edges_killed=False)


async def test_a_gate_that_restarts_without_a_broker_decides_and_delivers_later(tmp_path: Path) -> None:
    async with stage(tmp_path, seed=71) as on:
        await on.passages(5)
        async with on.trouble.broker_gone():
            pid = on.running.edges[FRONT].pid
            await on.trouble.kill_edge(FRONT)
            await until(lambda: _has_new_process(on, FRONT, pid))
            await on.passages(8)
        await on.passages(3)
        await on.settle()
    rings = on.judge(edges_killed=True)
    assert rings.count(GateRestarted) == 1


async def test_a_gate_that_has_never_heard_of_a_controller_journals_once_there_are_keys(tmp_path: Path) -> None:
    async with stage(tmp_path, seed=72) as on:
        await on.passages(5)
        async with on.trouble.broker_gone():
            pid = on.running.edges[FRONT].pid
            await on.trouble.kill_edge(FRONT)
            for kept in ("policy.sealed", "keys/main.keys"):  # nothing a broker or controller ever told it is left
                (on.folders.of_edge(FRONT) / kept).unlink()
            await until(lambda: _has_new_process(on, FRONT, pid))
            await on.refusals(12)
        await on.passages(5)
        await on.settle()
    rings = on.judge(edges_killed=True)
    denied = [entry.event for entry in rings.events if isinstance(entry.event, AccessDenied)]
    assert sum(event.reason is DenialReason.NO_POLICY for event in denied) >= 1
