"""The demo's site: world, controller and gates as children, and the questions that the demo asks them.

Belongs here: which children there are and in what order they start and stop. Does not belong here: what is shown
(command.py). Controller and gates are started again when they die; the world is not: it stands for hardware.
"""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from contract.ids import ControllerId, EdgeId
from contract.site import Site
from controller.audit.carving import readable_without_key
from controller.composition.assembly import LOOPBACK, Settings
from controller.composition.ceremony import enrol
from controller.domain.rights.roles import Role
from controller.live import GateState, Live
from controller.main import Ready
from sacs.demo.children import Answer, Child, ChildError
from sacs.demo.console_client import ConsoleClient
from sacs.demo.stand_in import WAITS_S, StandIn
from sacs.demo.supervision import keep_running
from sacs.edge_file import write_edge_file
from sacs.officers.ceremony import Ceremony, SimulatedOfficer
from simulators.vehicles import RECORD

CONTROLLER: Final = ControllerId("main")
_SEARCH_EVERY_S: Final = 30
"""Canaries are looked for more often than at a real site, so that a visitor sees it."""
_SECURE_BESIDE: Final = 363
"""HTTPS is so many ports above the page: 8443 beside 8080."""
_START_LIMIT_S: Final = 90
_SETTLE_LIMIT_S: Final = 120
_POLL_S: Final = 0.3
_NOTHING_MORE_S: Final = 10.0
"""So long every gate has told all, and what it journaled is still not all here: it deleted the rest with its keys."""
_NEWS: Final = timedelta(seconds=3)
"""A gate's health that is heard so long after a moment was sent after that moment: one comes every two seconds."""


class Present(msgspec.Struct, frozen=True):
    """How many are on the premises; None is *unknown*."""

    lowest: int | None
    best: int | None
    highest: int | None


class Summary(msgspec.Struct, frozen=True):
    """What a run of the demo ends with."""

    gates: int
    events_journaled: int
    events_stored: int
    events_duplicate: int
    present: Present
    truth_present: int
    oldest_readable_s: float
    readable_without_key: int
    keys_destroyed: int
    video_segments: int


@dataclass(frozen=True)
class Folders:
    """Where a run writes. `world` belongs to the simulator and is no part of the system: cards, doors, the truth."""

    state: Path
    vault: Path
    world: Path

    @property
    def logs(self) -> Path:
        """Logs of all programs."""
        return self.state / "logs"

    @property
    def investigators(self) -> Path:
        """The keys of two made-up investigators: elsewhere, as they must be."""
        return self.world / "investigators"

    def enrolment_of(self, edge: str) -> Path:
        """The enrolment file of one gate, beside its device file: both stay at the gate."""
        return self.world / "gates" / f"{edge}.enrolment"

    def of_edge(self, edge: str) -> Path:
        """The state folder of one gate."""
        return self.state / "edges" / edge


@dataclass
class RunningSite:
    """Everything that runs. `ready` is that of the controller's present life; `officers` were made up at the start."""

    site: Site
    folders: Folders
    ready: Ready
    console: ConsoleClient
    officers: list[SimulatedOfficer]
    world: Child
    controller: Child
    edges: dict[EdgeId, Child]
    say: Callable[[str], None]
    _keepers: list[asyncio.Task[None]] = field(default_factory=list)

    def live(self) -> Live:
        """Return the live picture. Raises OSError while the controller does not answer."""
        return self.console.live()

    def check(self) -> None:
        """Raise ChildError if the world ended, or another child does not stay up."""
        self.world.check()
        for keeper in self._keepers:
            if keeper.done():
                keeper.result()

    def keep(self, child: Child, came_back: Callable[[], Awaitable[None]]) -> None:
        """Start `child` again whenever it dies, from now on."""
        self._keepers.append(asyncio.create_task(keep_running(child, came_back, self.say), name=f"keep {child.name}"))

    def staff(self, screen: str) -> None:
        """Put a made-up officer before a vehicle gate's screen."""
        caller = next(each.caller for each in self.officers if each.role is Role.GATE_OFFICER)
        stand_in = StandIn(screen, caller.sign_in_name, caller.password, self.folders.world / RECORD)
        self._keepers.append(asyncio.create_task(stand_in.run(), name="stand-in"))

    async def leave(self) -> None:
        """Start nothing again from now on."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    async def settle(self) -> tuple[Live, int]:
        """Let passages in progress end, wait until all that gates journaled is stored; return picture and truth.

        What gates had to delete before they could deliver it never comes: that all is told that they still have is
        waited for, and then a little for the figures.
        """
        await self.world.ask("pause", Answer)
        paused_at, told_for_s = datetime.now(UTC), 0.0
        try:
            async with asyncio.timeout(_SETTLE_LIMIT_S):
                while told_for_s < _NOTHING_MORE_S:
                    live = await asyncio.to_thread(self.live_if_there)
                    if live is not None and _is_settled(live, paused_at):
                        break
                    is_told = live is not None and _all_told(live, paused_at)
                    told_for_s = told_for_s + _POLL_S if is_told else 0.0
                    self.check()
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            message = f"after {_SETTLE_LIMIT_S} s not every gate has delivered what it holds: see {self.folders.logs}"
            raise ChildError(message) from None
        assert live is not None  # noqa: S101  it was settled, or told all
        truth = await self.world.ask("truth", Answer)
        return live, int(truth["present"])

    def live_if_there(self) -> Live | None:
        """Return the live picture, or None while the controller does not answer."""
        try:
            return self.live()
        except OSError:
            return None

    async def renew(self) -> None:
        """Take the address that a restarted controller tells; sessions outlive it. Raises ChildError."""
        self.ready = await self.controller.answer(Ready)
        for officer in self.officers:
            officer.caller.address = self.ready.address


def _is_settled(live: Live, paused_at: datetime) -> bool:
    """Whether every gate has told all since then, and all that gates journaled is accounted for."""
    accounted = live.events_stored + live.events_expired + live.events_late
    return _all_told(live, paused_at) and live.events_journaled == accounted


def _all_told(live: Live, paused_at: datetime) -> bool:
    """Whether every gate has spoken since then, and nothing that it still has is lacking."""
    return not live.learning and all(
        gate.state is GateState.ONLINE
        and gate.last_heard_at is not None
        and datetime.fromisoformat(gate.last_heard_at) >= paused_at + _NEWS
        for gate in live.gates
    )


def carry(enrolments: Path, folders: Folders, edge: EdgeId, site_path: Path, screen_port: int | None = None) -> Path:
    """Carry a gate's enrolment file to where the gate is, as a technician would; return the edge file beside it.

    The controller removes its own copy. `screen_port`: of the gate officer's screen, if there is one.
    """
    carried = folders.enrolment_of(edge)
    carried.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(enrolments / carried.name, carried)
    carried.chmod(0o600)
    return write_edge_file(carried, site_path, folders.of_edge(edge), screen_port=screen_port, video_host=LOOPBACK)


def _free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def run_site(
    site: Site, site_path: Path, folders: Folders, port: int, seed: int | None, say: Callable[[str], None]
) -> AsyncIterator[RunningSite]:
    """Start everything, in order; stop it in the reverse order. Raises ChildError."""
    for searched in (folders.logs, folders.state / "edges"):
        searched.mkdir(mode=0o700, parents=True, exist_ok=True)
    world = Child("world", folders.world / "world.log")
    controller = Child("controller", folders.logs / "controller.log")
    edges = {gate.id: Child(gate.id, folders.logs / f"edge-{gate.id}.log") for gate in site.gate}
    try:
        say("world: readers, doors, cameras and people")
        seeding = () if seed is None else ("--seed", str(seed))
        await world.start("sacs", "sim", "--site", str(site_path), "--world", str(folders.world), "--paused", *seeding)
        await world.answer(Answer)
        say("root: enrols the controller, as a technician would, and is put away")
        settings = Settings(site, CONTROLLER, folders.state / "controller", folders.vault)
        await asyncio.to_thread(enrol, folders.world / "root", settings)
        say("controller: vault, broker, store, page")
        await controller.start(
            *("sacs", "controller", "--json", "--site", str(site_path), "--port", str(port)),
            *("--https-name", "localhost", "--https-port", str(port and port + _SECURE_BESIDE)),
            *("--state", str(settings.state), "--vault", str(settings.vault)),
            *("--search", str(folders.state / "edges"), "--search", str(folders.logs)),
            *("--search-every", str(_SEARCH_EVERY_S)),
        )
        ready = await controller.answer(Ready)
        say("officers: one of each role, made up, authorized and briefed")
        ceremony = await asyncio.to_thread(Ceremony, ready)
        console = ConsoleClient(await asyncio.to_thread(ceremony.pass_officer))
        running = RunningSite(site, folders, ready, console, ceremony.officers, world, controller, edges, say)
        try:
            say("people: registered through the controller's API")
            await asyncio.gather(
                asyncio.to_thread(ceremony.all_others),
                asyncio.to_thread(console.register, folders.world / "people.json"),
            )
            await asyncio.to_thread(console.register_vehicles, folders.world / "vehicles.json")
            await asyncio.to_thread(ceremony.investigators, folders.investigators)
            running.keep(controller, running.renew)
            for edge, child in edges.items():
                screen_port = _free_port() if site.gate_of(edge).screen else None
                screen = "" if screen_port is None else f", officer's screen at http://{LOOPBACK}:{screen_port}/"
                say(f"gate {edge}{screen}")
                config = carry(Path(ready.enrolments), folders, edge, site_path, screen_port)
                await child.start("sacs", "edge", "--config", str(config))
                running.keep(child, _nothing)
                if screen_port is not None and site.gate_of(edge).lane:
                    say(f"a made-up officer there enters who sits in a vehicle, if nobody has for {WAITS_S:.0f} s")
                    running.staff(f"http://{LOOPBACK}:{screen_port}/")
            say("waiting until every reader answers and every gate has its policy")
            await _until_complete(running)
            await world.ask("resume", Answer)
            yield running
        finally:
            await running.leave()
    finally:
        await asyncio.gather(*(child.stop() for child in edges.values()))
        await controller.stop()
        await world.stop()


async def _nothing() -> None:
    """A gate that is back needs nothing: it reads its own state."""


async def _until_complete(running: RunningSite) -> None:
    try:
        async with asyncio.timeout(_START_LIMIT_S):
            while not await asyncio.to_thread(_complete, running):
                running.check()
                await asyncio.sleep(_POLL_S)
    except TimeoutError:
        raise ChildError(f"not all gates are ready: see {running.folders.logs}") from None


def _complete(running: RunningSite) -> bool:
    try:
        live = running.live()
    except OSError:
        return False
    return all(
        gate.state is GateState.ONLINE
        and gate.policy_version == gate.policy_wanted
        and gate.readers
        and all(reader.online for reader in gate.readers)
        and gate.cameras_recording == gate.cameras
        for gate in live.gates
    )


def summarize(live: Live, truth_present: int, folders: Folders) -> Summary:
    """Put a summary together, after everything has stopped: rows and segments are counted on disk."""
    premises = live.premises
    return Summary(
        gates=len(live.gates),
        events_journaled=live.events_journaled,
        events_stored=live.events_stored,
        events_duplicate=live.events_duplicate,
        present=Present(premises.lowest, premises.best, premises.highest),
        truth_present=truth_present,
        oldest_readable_s=live.oldest_readable_s,
        readable_without_key=readable_without_key(folders.state / "controller" / "records.db"),
        keys_destroyed=live.keys_destroyed,
        video_segments=sum(1 for _ in folders.state.glob("edges/*/**/*.seg")),
    )
