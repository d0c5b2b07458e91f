"""The bench put together: a simulated gate and its page in this process, a real gate and a real controller as children.

Belongs here: what there is and in what order it starts and stops. Does not belong here: the command line (command.py),
the gate's process (gate_process.py), or any part of the bench itself (simulators/bench).
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from contract.clock import SystemClock, to_datetime
from contract.ids import ControllerId, EdgeId
from contract.site import GateDevices, Site
from controller.composition.assembly import Settings
from controller.composition.ceremony import card_of, list_cards
from controller.console import CATALOGUES, words
from controller.console.main import listen
from controller.guest_server import GuestServer
from controller.live import Live
from controller.main import Ready
from sacs.bench.folders import Address, BenchFolders
from sacs.bench.gate_process import BenchGate
from sacs.bench.news import watch_controller
from sacs.bench.site import BenchSite, bench_sites
from sacs.bench.smart_card_readers import SmartCardReaders, smart_card_readers
from sacs.bench.system import BenchSystem
from sacs.demo.children import Child
from sacs.demo.console_client import ConsoleClient
from sacs.officers.caller import Caller
from sacs.officers.ceremony import Ceremony
from simulators.bench.app import BenchApp
from simulators.bench.box import box_of, reference_data
from simulators.bench.cards import CardsBefore
from simulators.bench.doing import Bench
from simulators.bench.journal import Journal
from simulators.bench.kept import BenchStates
from simulators.bench.smartcards import APPLICATION, SmartCards
from simulators.bench.trace import trace_gate
from simulators.bench.words import Vocabulary
from simulators.gate import SimulatedGate
from simulators.pcsc import PcscUnavailableError

HOST: Final = "127.0.0.1"
CONTROLLER: Final = ControllerId("main")
_GRACE_S: Final = 1

Say = Callable[[str], None]
VOCABULARY: Final = Vocabulary(
    words.ALARMS, words.DENIALS, words.GATE_STATES, words.READER_KINDS, words.BOARD_KINDS, CATALOGUES
)


@dataclass(frozen=True)
class RunningBench:
    """A bench that runs. `left_out`: what could not be simulated here, in words.

    `environment`: what other programs need in theirs to find the smart card readers of this bench.
    """

    bench: Bench
    address: Address
    gate: BenchGate
    left_out: str
    environment: Mapping[str, str]
    _parts: list["asyncio.Task[None]"]

    async def until_over(self, stop: asyncio.Event) -> None:
        """Wait for `stop`; a part that fails ends the bench with its error."""
        stopped = asyncio.create_task(stop.wait(), name="stop")
        done, _ = await asyncio.wait([stopped, *self._parts], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        for each in done - {stopped}:
            each.result()


@asynccontextmanager
async def run_bench(
    site_path: Path | None, gate: EdgeId | None, folders: BenchFolders, port: int, say: Say, *, resume: bool = False
) -> AsyncIterator[RunningBench]:
    """Start everything, in order; stop it in the reverse order.

    `site_path`: the site file, else the bench's own; `gate`: which of its gates, else the first. `resume`: begin with
    the state that the last bench left in these folders. Raises ChildError, CanNotError, OSError, SiteFileError,
    WiringError, BoxError, NoBenchError, PcscUnavailableError, UnicodeDecodeError.
    """
    sites = bench_sites(site_path, gate)
    folders.prepare()
    async with AsyncExitStack() as stack:
        say("devices: readers, boards, doors on their lines")
        chosen, readers, left_out = await _with_readers(stack, sites, folders.run / "pcsc")
        if left_out:
            say(left_out)
        site, config, box = chosen.site, chosen.gate, box_of(chosen.text)
        site_file = folders.run / "site.toml"
        site_file.write_text(chosen.text, encoding="utf-8")
        clock = SystemClock()
        journal = Journal(clock)
        smart_cards = SmartCards(box, to_datetime(clock.now_ns()))
        cards = CardsBefore(box, smart_cards if readers.slots else None, readers.slots, readers.service)
        simulated = SimulatedGate(config, folders.run / "lines", readers.slots)
        simulated.start()
        stack.callback(simulated.stop)
        states = await _states(simulated, cards, folders, resume=resume)
        captures = trace_gate(simulated, config, journal)
        for slot in readers.slots.values():
            slot.trace(journal)
        say("controller: vault, broker, store, page")
        log = folders.logs / f"{config.id}.log"
        real = BenchGate(config.id, folders.run / "gates", folders.gate_state, log, readers.environment)
        settings = Settings(site, CONTROLLER, folders.run / "state" / "controller", folders.run / "vault")
        # Gates know a controller by the root's list alone, so the cable's ends stand on it.
        list_cards(folders.run / "root", [(settings, await real.lay_cable(card_of(settings)))])
        controller = Child("controller", folders.logs / "controller.log")
        stack.push_async_callback(controller.stop)
        await controller.start(
            *("sacs", "controller", "--json", "--site", str(site_file), "--port", "0"),
            *("--state", str(settings.state), "--vault", str(settings.vault)),
        )
        ready = await controller.answer(Ready)
        passes, commander = await asyncio.to_thread(_officers, ready)
        console = ConsoleClient(passes)
        await _register(site, cards, folders, console)
        say(f"gate {config.id}")
        stack.push_async_callback(real.stop)
        devices = GateDevices(
            lines=simulated.device_lines,
            scbk=simulated.scbk,
            desfire_keys={APPLICATION.hex(): smart_cards.desfire_key.hex()},
        )
        piv = smart_cards.write(folders.run / "piv")
        real.carry(Path(ready.enrolments), site_file, devices, piv)
        await real.start()
        system = BenchSystem(real, config.id, ready.address, commander)
        bench = Bench(simulated, cards, states, system, journal, clock, site.time_zone())
        parts = [
            asyncio.create_task(real.watch(journal), name="technician's socket"),
            asyncio.create_task(watch_controller(lambda: _live(console), journal, system.see), name="controller"),
            asyncio.create_task(states.keep(folders.state_file, journal), name="state"),
        ]
        stack.push_async_callback(_end, parts)
        say("waiting until the gate has its policy" + ("" if resume else ", and every device answers"))
        await system.all_back(with_devices=not resume)
        app = BenchApp(bench, captures, folders.scenes, VOCABULARY)
        address = await stack.enter_async_context(_serving(app, port, parts))
        folders.announce(address)
        stack.callback(folders.leave)
        yield RunningBench(bench, address, real, left_out, readers.environment, parts)


async def _with_readers(
    stack: AsyncExitStack, sites: Sequence[BenchSite], folder: Path
) -> tuple[BenchSite, SmartCardReaders, str]:
    """Return the first site whose smart card readers can be had, with them, and why the one before it can not."""
    left_out = ""
    for site in sites[:-1]:
        try:
            return site, await stack.enter_async_context(smart_card_readers(site.smart_card_readers, folder)), left_out
        except PcscUnavailableError as error:
            left_out = f"without a smart card reader: {error}"
    last = sites[-1]
    return last, await stack.enter_async_context(smart_card_readers(last.smart_card_readers, folder)), left_out


async def _states(simulated: SimulatedGate, cards: CardsBefore, folders: BenchFolders, *, resume: bool) -> BenchStates:
    states = BenchStates(simulated, cards, folders.states)
    if resume:
        await states.take_up(folders.state_file)
    else:
        folders.set_aside_state()
    return states


def _officers(ready: Ready) -> tuple[Caller, Caller]:
    """Make the two that a bench needs: one registers its cards, one ends what a fire opens."""
    ceremony = Ceremony(ready)
    return ceremony.pass_officer(), ceremony.commander()


async def _register(site: Site, cards: CardsBefore, folders: BenchFolders, console: ConsoleClient) -> None:
    people = folders.run / "people.json"
    people.write_bytes(reference_data(cards.box, cards.credentials(), site))
    await asyncio.to_thread(console.register, people)


def _live(console: ConsoleClient) -> Live | None:
    try:
        return console.live()
    except OSError:
        return None


@asynccontextmanager
async def _serving(app: BenchApp, port: int, parts: list["asyncio.Task[None]"]) -> AsyncIterator[Address]:
    token = secrets.token_urlsafe(24)
    with listen(HOST, port) as listener:
        config = uvicorn.Config(
            app.app(token), ws="none", log_config=None, access_log=False, server_header=False, lifespan="off"
        )
        config.timeout_graceful_shutdown = _GRACE_S
        server = GuestServer(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name="page")
        parts.append(serving)
        yield Address(f"http://{HOST}:{listener.getsockname()[1]}/", token, os.getpid())
        server.should_exit = True
        await serving


async def _end(parts: list["asyncio.Task[None]"]) -> None:
    for each in parts:
        each.cancel()
    await asyncio.gather(*parts, return_exceptions=True)
