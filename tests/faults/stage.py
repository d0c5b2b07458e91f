"""A site on which faults are done, and the verdict: stored equals journaled, and presence equals the truth.

Belongs here: what every scene begins and ends with. Does not belong here: faults (trouble.py), scenes (test_*.py).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from contract.events import AccessGranted, AccessNotTaken, AccessTaken, GateRestarted
from contract.ids import AreaId, ControllerId
from contract.site import Site, parse_site
from controller.live import Live
from sacs.demo.children import Answer
from sacs.demo.site import Folders, RunningSite, run_site
from tests.faults.rings import Rings, read_rings, stored_numbers
from tests.faults.trouble import Trouble

SITE_FILE = Path(__file__).with_name("site.toml")
_CONTROLLER = ControllerId("main")
_LIMIT_S = 120.0
_LOOK_S = 0.2


@dataclass
class Stage:
    """One run. `live` and `truth` are what `settle` found; `rings` can be read once the run is over."""

    site: Site
    folders: Folders
    running: RunningSite
    trouble: Trouble
    live: Live = field(init=False)
    truth: Answer = field(init=False)

    async def settle(self) -> None:
        """Let everybody come to rest, and wait until the controller accounts for all that was journaled."""
        self.live, _ = await self.running.settle()
        self.truth = await self.running.world.ask("truth", Answer)

    async def passages(self, more: int) -> None:
        """Wait until so many more passages have happened."""
        await self._more("passages", more)

    async def refusals(self, more: int) -> None:
        """Wait until so many more have held a card before a reader in vain."""
        await self._more("refused", more)

    async def until_live(self, condition: Callable[[Live | None], bool]) -> None:
        """Wait until the live picture, None while nobody answers, fulfils a condition."""
        async with asyncio.timeout(_LIMIT_S):
            while not condition(await asyncio.to_thread(self.running.live_if_there)):
                self.running.check()
                await asyncio.sleep(_LOOK_S)

    async def _more(self, figure: str, more: int) -> None:
        start = (await self.running.world.ask("truth", Answer))[figure]
        async with asyncio.timeout(_LIMIT_S):
            while (await self.running.world.ask("truth", Answer))[figure] < start + more:
                self.running.check()
                await asyncio.sleep(_LOOK_S)

    def rings(self) -> Rings:
        """Return what the gates journaled."""
        return read_rings(self.site, self.folders, _CONTROLLER)

    def judge(self, *, edges_killed: bool) -> Rings:
        """Hold what was stored and counted against what was journaled, and that against the world.

        What a killed gate had not journaled yet is lost by design: then only the journal is the truth. A busy machine
        may starve a reader until it counts as lost; a passage at that moment is granted, and nobody saw whether it was
        taken.
        """
        rings, live, truth = self.rings(), self.live, self.truth
        present = rings.present(self.site)
        print(f"killed: {self.trouble.kills}; {len(rings.events)} events journaled, {truth['passages']} passages")
        print(f"duplicates: {live.events_duplicate}; present: {present}, truth: {truth['by_area']}")
        assert live.events_journaled == len(rings.events)
        assert live.events_stored == len(rings.events)
        assert (live.events_expired, live.events_late) == (0, 0)
        assert live.premises.best == sum(present.values())
        for entries in rings.of_gate.values():
            assert all(before.occurred_ns < after.occurred_ns for before, after in pairwise(entries))
        rows, journaled = stored_numbers(self.folders), {(e.edge, e.epoch, e.number) for e in rings.events}
        assert len(set(rows)) == len(rows)
        assert set(rows) <= journaled
        if not edges_killed:
            assert rings.count(GateRestarted) == 0
            unseen = rings.count(AccessGranted) - rings.count(AccessTaken) - rings.count(AccessNotTaken)
            assert 0 <= truth["passages"] - rings.count(AccessTaken) <= unseen
            shown = {AreaId(line.area): line.best for line in live.areas if not line.withheld}
            assert shown == {area: present[area] for area in shown}
            assert sum(abs(present[area] - truth["by_area"][area]) for area in present) <= 2 * unseen
        return rings


@asynccontextmanager
async def stage(tmp_path: Path, seed: int, site_file: Path = SITE_FILE) -> AsyncIterator[Stage]:
    """Run a site, and stop it in the end. Says its seed, which pytest shows when the test fails."""
    print(f"seed {seed}; logs below {tmp_path}")
    site = parse_site(site_file.read_text())
    folders = Folders(tmp_path / "state", tmp_path / "vault", tmp_path / "world")
    for folder in (folders.state, folders.world):
        folder.mkdir(mode=0o700, exist_ok=True)
    async with run_site(site, site_file, folders, 0, seed, print) as running:
        yield Stage(site, folders, running, Trouble(running))
