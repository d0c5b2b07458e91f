"""The bench put together: a simulated gate and its page in this process, a real gate and a real controller as children.

Belongs here: what there is and in what order it starts and stops. Does not belong here: the command line (command.py),
the gate's process (gate_process.py), or any part of the bench itself (simulators/bench).
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import uvicorn

from contract.clock import SystemClock, to_datetime
from contract.ids import EdgeId
from contract.site import GateDevices, Site, SiteFileError, parse_site
from controller.console import CATALOGUES, words
from controller.console.main import listen
from controller.guest_server import GuestServer
from controller.live import Live
from controller.main import Ready
from sacs.bench.folders import Address, BenchFolders
from sacs.bench.gate_process import BenchGate
from sacs.bench.news import watch_controller
from sacs.bench.smart_card_readers import missing, smart_card_readers
from sacs.bench.system import BenchSystem
from sacs.demo.children import Child
from sacs.demo.console_client import ConsoleClient
from simulators.bench.app import BenchApp
from simulators.bench.box import box_of, reference_data
from simulators.bench.cards import CardsBefore
from simulators.bench.doing import Bench
from simulators.bench.journal import Journal
from simulators.bench.smartcards import APPLICATION, SmartCards
from simulators.bench.trace import trace_gate
from simulators.bench.words import Vocabulary
from simulators.gate import SimulatedGate

HOST: Final = "127.0.0.1"
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


def site_text(path: Path | None) -> tuple[str, str]:
    """Return the text of a site file, or of the bench's own, and what had to be left out of it, in words.

    Raises OSError, UnicodeDecodeError.
    """
    if path is not None:
        return path.read_text(encoding="utf-8"), ""
    sites = files("simulators").joinpath("sites")
    text = sites.joinpath("bench.toml").read_text(encoding="utf-8")
    left_out = missing()
    return text if left_out else text + sites.joinpath("bench-smart-card.toml").read_text(encoding="utf-8"), left_out


@asynccontextmanager
async def run_bench(
    site_path: Path | None, gate: EdgeId | None, folders: BenchFolders, port: int, say: Say
) -> AsyncIterator[RunningBench]:
    """Start everything, in order; stop it in the reverse order.

    `site_path`: the site file, else the bench's own; `gate`: which of its gates, else the first. Raises ChildError,
    OSError, SiteFileError, WiringError, BoxError, NoBenchError, PcscUnavailableError, UnicodeDecodeError.
    """
    text, left_out = site_text(site_path)
    if left_out:
        say(left_out)
    site = parse_site(text)
    if gate is None and not site.gate:
        raise SiteFileError("the site file has no gate: a bench needs one")
    config = site.gate_of(gate) if gate is not None else site.gate[0]
    box = box_of(text)
    folders.prepare()
    site_file = folders.run / "site.toml"
    site_file.write_text(text, encoding="utf-8")
    async with AsyncExitStack() as stack:
        say("devices: readers, boards, doors on their lines")
        clock = SystemClock()
        journal = Journal(clock)
        smart_cards = SmartCards(box, to_datetime(clock.now_ns()))
        readers = await stack.enter_async_context(smart_card_readers(config, folders.run / "pcsc"))
        cards = CardsBefore(box, smart_cards if readers.slots else None, readers.slots)
        simulated = SimulatedGate(config, folders.run / "lines", readers.slots)
        simulated.start()
        stack.callback(simulated.stop)
        trace_gate(simulated, config, journal)
        for slot in readers.slots.values():
            slot.trace(journal)
        say("controller: vault, broker, store, page")
        controller = Child("controller", folders.logs / "controller.log")
        stack.push_async_callback(controller.stop)
        await controller.start(
            *("sacs", "controller", "--json", "--site", str(site_file), "--port", "0"),
            *("--state", str(folders.run / "state" / "controller"), "--vault", str(folders.run / "vault")),
        )
        ready = await controller.answer(Ready)
        console = ConsoleClient(ready.address, ready.token)
        await _register(site, cards, folders, console)
        say(f"gate {config.id}")
        log = folders.logs / f"{config.id}.log"
        real = BenchGate(config.id, folders.run / "gates", folders.run / "state" / "gate", log, readers.environment)
        stack.push_async_callback(real.stop)
        devices = GateDevices(
            lines=simulated.device_lines,
            scbk=simulated.scbk,
            desfire_keys={APPLICATION.hex(): smart_cards.desfire_key.hex()},
        )
        piv = smart_cards.write(folders.run / "piv")
        await real.carry(Path(ready.enrolments), site_file, devices, piv)
        await real.start()
        system = BenchSystem(real, config.id, ready.address)
        bench = Bench(simulated, cards, system, journal, clock, site.time_zone())
        parts = [
            asyncio.create_task(real.watch(journal), name="technician's socket"),
            asyncio.create_task(watch_controller(lambda: _live(console), journal, system.see), name="controller"),
        ]
        stack.push_async_callback(_end, parts)
        say("waiting until every device answers and the gate has its policy")
        await system.all_back()
        address = await stack.enter_async_context(_serving(BenchApp(bench, folders.scenes, VOCABULARY), port, parts))
        folders.announce(address)
        stack.callback(folders.leave)
        yield RunningBench(bench, address, real, left_out, readers.environment, parts)


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
