"""kill -9 at random moments while gates journal some hundred events a second: no door is that fast, a stadium's are."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from contract.ids import ControllerId, EdgeId
from contract.site import parse_site
from controller.composition.assembly import Settings
from controller.composition.ceremony import enrol
from controller.main import Ready
from sacs.demo.children import Child
from sacs.demo.console_client import ConsoleClient
from sacs.demo.site import Folders, RunningSite, _is_settled, carry
from sacs.officers.ceremony import Ceremony
from tests.conftest import EFFORT, Effort
from tests.faults.busy_gate import CARDS
from tests.faults.rings import read_rings, stored_numbers
from tests.faults.trouble import Trouble

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
BROKERS = ("nats-server", "mosquitto")
RUNS = [(seed, broker) for seed in range(1, 4) for broker in BROKERS] if EFFORT is Effort.FULL else [(1, BROKERS[0])]
ENOUGH = 100
LIMIT_S = 180.0
POINTS = ("west-in", "west-out", "east-in", "east-out")
SITE = """
[site]
id = "busy"
[retention]
settle_s = 5
[[area]]
id = "arena"
""" + "".join(
    f"""
[[access_point]]
id = "{side}-in"
from = "outside"
to = "arena"
[[access_point]]
id = "{side}-out"
from = "arena"
to = "outside"
[[gate]]
id = "{side}"
clock_error_ms = 0  # one machine, one clock: the order is that of the stamps
[[gate.reader]]
id = "{side}-entry"
kind = "log"
access_point = "{side}-in"
[[gate.reader]]
id = "{side}-exit"
kind = "log"
access_point = "{side}-out"
"""
    for side in ("west", "east")
)


@asynccontextmanager
async def busy_site(folder: Path, broker: str) -> AsyncIterator[RunningSite]:
    """Run a controller and two gates that are busy while the file `go` exists."""
    site, site_file, folders = parse_site(SITE), folder / "site.toml", Folders(folder, folder / "vault", folder)
    site_file.write_text(SITE)
    folders.logs.mkdir()
    controller = Child("controller", folders.logs / "controller.log")
    edges = {gate.id: Child(gate.id, folders.logs / f"edge-{gate.id}.log") for gate in site.gate}
    try:
        enrol(folder / "root", Settings(site, ControllerId("main"), folder / "controller", folders.vault))
        await controller.start(
            *("sacs", "controller", "--json", "--site", str(site_file), "--port", "0", "--broker", broker),
            *("--state", str(folder / "controller"), "--vault", str(folders.vault)),
        )
        ready = await controller.answer(Ready)
        ceremony = await asyncio.to_thread(Ceremony, ready)
        console = ConsoleClient(await asyncio.to_thread(ceremony.pass_officer))
        await asyncio.to_thread(console.register, _people(folder / "people.json"))
        world = Child("world", folder / "world.log")  # there is none
        running = RunningSite(site, folders, ready, console, ceremony.officers, world, controller, edges, print)
        running.keep(controller, running.renew)
        for edge, child in edges.items():
            await child.start(
                *("tests.faults.busy_gate", "--go", str(folder / "go")),
                *("--config", str(carry(Path(ready.enrolments), folders, edge, site_file))),
            )
            running.keep(child, _nothing)
        try:
            yield running
        finally:
            await running.leave()
    finally:
        for child in (*edges.values(), controller):
            await child.stop()


async def _nothing() -> None:
    """A gate that is back looks for `go` by itself."""


def _people(path: Path) -> Path:
    one = {"category": "staff", "access_points": POINTS, "blocked": False}
    valid = {"valid_from": "2020-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z"}
    people = [
        {"name": f"Person {card}", "pass_number": f"P-{card}", "credentials": [card], **one, **valid} for card in CARDS
    ]
    path.write_text(json.dumps(people))
    return path


@pytest.mark.parametrize(("seed", "broker"), RUNS)
async def test_hundreds_of_events_a_second_and_kills(tmp_path: Path, seed: int, broker: str) -> None:
    print(f"seed {seed}; logs below {tmp_path}")
    async with busy_site(tmp_path, broker) as running:
        trouble, go = Trouble(running), tmp_path / "go"
        go.touch()
        await asyncio.sleep(2)
        await trouble.mixed(Random(seed), kills=6 if EFFORT is Effort.SHORT else 25, gap_s=(0.2, 2.5))
        await asyncio.sleep(2)
        async with asyncio.timeout(LIMIT_S):  # a busy machine takes longer to have journaled so many
            while not (live := await asyncio.to_thread(running.live_if_there)) or live.events_journaled < 5 * ENOUGH:
                running.check()
                await asyncio.sleep(0.3)
        go.unlink()
        stopped_at = datetime.now(UTC)
        async with asyncio.timeout(LIMIT_S):
            while not (live := await asyncio.to_thread(running.live_if_there)) or not _is_settled(live, stopped_at):
                running.check()
                await asyncio.sleep(0.3)
    rings = read_rings(running.site, running.folders, ControllerId("main"))
    rows = stored_numbers(running.folders)
    print(f"killed: {trouble.kills}; {len(rings.events)} events journaled; {live.events_duplicate} duplicates")
    assert len(rings.of_gate[EdgeId("west")]) > ENOUGH
    assert live.events_journaled == live.events_stored == len(rings.events)
    assert (live.events_expired, live.events_late) == (0, 0)
    assert set(rows) <= {(entry.edge, entry.epoch, entry.number) for entry in rings.events}
    assert live.premises.best == sum(rings.present(running.site).values())
