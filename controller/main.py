"""The controller program: an assembled controller, its HTTP API on a Unix socket, and the console as a child process.

Belongs here: start, stop, and the rhythm of the sweep. Does not belong here: how the parts fit together
(assembly.py), or what a command line looks like (sacs/).
"""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import structlog
import uvicorn
from sqlalchemy.exc import SQLAlchemyError

from contract.clock import SystemClock
from contract.policy import PolicyError
from contract.screen import FacesError
from controller.api.app import api_app
from controller.api.board import Board
from controller.broker.watch import watch
from controller.composition.assembly import Assembly, Settings, assemble
from controller.composition.office import LOOPBACK
from controller.composition.page import Page, open_page
from controller.domain.rights.roles import Role
from controller.files import short_path
from controller.guest_server import GuestServer
from controller.service.operating.operations import at_ns_of
from controller.service.site.reference import RefusedError
from controller.steady_clock import SteadyClock
from controller.vault import VaultError
from process.exposure import IN_WORDS, Exposure
from process.memory import keep_in_memory, open_ways

_TICK_S: Final = 1.0
_REMIND_EVERY_S: Final = 10.0
_LOOK_AT_MEMORY_EVERY_S: Final = 30.0
_CONSOLE_RETRY_S: Final = 1.0
_log = structlog.get_logger()


class ConsoleError(Exception):
    """The console did not start; the message has its last words."""


@dataclass(frozen=True)
class Ready:
    """What whoever started the controller must know.

    `secure_address`: the page under HTTPS, for tablets; "" where it is not served so. The codes make the first
    administrator and the first authorizing officer, for a day and once; "" where there is one. They are kept as hashes
    only.
    """

    address: str
    secure_address: str
    administrator_code: str = field(repr=False)
    authorizing_officer_code: str = field(repr=False)
    enrolments: str
    broker_port: int
    broker_pid: int


class _ConsolePort(msgspec.Struct):
    port: int
    secure_port: int = 0


async def run(
    settings: Settings,
    host: str,
    port: int,
    on_ready: Callable[[Ready], None],
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Run a controller until SIGINT or SIGTERM.

    `host` and `port`: where the console listens, or on the next free port. Raises OriginError, and what the parts do.
    """
    settings.office.check(host)
    for way in sorted(keep_in_memory()):
        _log.warning(way, remedy=IN_WORDS[way])
    os.umask(0o077)  # whatever this program and its children write is its owner's alone
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    with (
        tempfile.TemporaryDirectory(prefix="sacs-") as sockets,
        short_path(truth_socket := Path(sockets) / "truth") as bound,
    ):
        clock = SteadyClock(SystemClock(), settings.state / "clock")
        async with assemble(settings, clock, progress) as assembly:
            truth = assembly.truth
            board = Board(assembly.live)
            assembly.centre.operations.on_change.append(board.change)
            truth.on_news.append(board.change)
            server = _api_server(board, assembly, bound)
            page = open_page(
                settings.page, settings.state, settings.site.site.id, settings.controller, SystemClock(), truth.alarms
            )  # by the machine's clock, as browsers and TLS libraries judge it
            try:
                async with asyncio.TaskGroup() as tasks:
                    running = [
                        tasks.create_task(server.serve(), name="api"),
                        tasks.create_task(board.run(), name="board"),
                        tasks.create_task(assembly.muster.boards.run(), name="roll-call"),
                        tasks.create_task(_keep_time(assembly, board, clock), name="sweep"),
                        tasks.create_task(_ingest(assembly), name="link"),
                        tasks.create_task(_watch_broker(assembly), name="broker-watch"),
                        tasks.create_task(_remind(assembly), name="reminder"),
                        tasks.create_task(_order_doors(assembly), name="doors"),
                        tasks.create_task(_follow_list(assembly, board), name="list-of-controllers"),
                        tasks.create_task(assembly.twins.exchange.run(), name="exchange"),
                        tasks.create_task(_watch_memory(assembly), name="memory-watch"),
                        tasks.create_task(_supply_screens(assembly), name="gate-screens"),
                        tasks.create_task(assembly.oversight.watch.run(), name="checks"),
                        tasks.create_task(assembly.canary_scan.run(), name="canaries"),
                        tasks.create_task(assembly.crisis.run(), name="crisis"),
                        tasks.create_task(assembly.announcing.run(), name="announcing"),
                        tasks.create_task(
                            _keep_console(
                                truth_socket,
                                host,
                                port,
                                _options(settings.office.name, page),
                                _announce(assembly, host, page, settings.office.origin, on_ready),
                            ),
                            name="console",
                        ),
                    ]
                    if page is not None:
                        running.append(tasks.create_task(page.watch(), name="page-certificate"))
                    await stop.wait()
                    server.should_exit = True
                    for task in running[1:]:
                        task.cancel()
            except ExceptionGroup as group:  # one cause is told as itself, in words
                raise group.exceptions[0] if len(group.exceptions) == 1 else group from None


def _options(proxied_as: str | None, page: Page | None) -> tuple[str, ...]:
    """Return what the console is told beside socket, host and port."""
    if page is not None:
        return page.options()
    return ("--name", proxied_as) if proxied_as else ()


def _announce(
    assembly: Assembly, host: str, page: Page | None, origin: str | None, on_ready: Callable[[Ready], None]
) -> Callable[[_ConsolePort], None]:
    codes = assembly.office.sign_in.first_codes()

    def announce(console: _ConsolePort) -> None:
        shown = f"[{host}]" if ":" in host else host
        secure = f"https://{page.settings.name}:{console.secure_port}/" if page else ""
        plain = f"http://{shown}:{console.port}/"
        assembly.twins.consoles.serve(secure or origin or plain)
        on_ready(
            Ready(
                plain if host in LOOPBACK or not secure else secure,
                secure,
                codes.get(Role.ADMINISTRATOR, ""),
                codes.get(Role.AUTHORIZING_OFFICER, ""),
                str(assembly.enrolments_folder),
                assembly.broker.port,
                assembly.broker.pid or 0,
            )
        )

    return announce


async def _ingest(assembly: Assembly) -> None:
    await assembly.link.run(assembly.truth.take)


async def _watch_broker(assembly: Assembly) -> None:
    truth = assembly.truth

    async def start_again() -> None:
        _log.warning("nothing comes through the broker, starting it again")
        truth.alarms.of_system(truth.clock.now_ns(), "broker-stuck")
        await assembly.broker.start_again()

    await watch(truth.delivery_progress, start_again)


async def _watch_memory(assembly: Assembly) -> None:
    """Say for as long as it is so that memory of this program could come to lie on a disk (L7)."""
    truth = assembly.truth
    while True:
        truth.alarms.of_states(Exposure, open_ways(), truth.clock.now_ns(), gate="", place="memory")
        await asyncio.sleep(_LOOK_AT_MEMORY_EVERY_S)


async def _supply_screens(assembly: Assembly) -> None:
    """Keep the screens of gate officers supplied: apart from the sweep, for faces of a large site take a while."""
    truth = assembly.truth
    while True:
        if (fault := await _fault_of(assembly.gate_screens.supply)) is not None:
            truth.alarms.of_system(truth.clock.now_ns(), "screen-failed", place=fault)
        await asyncio.sleep(_TICK_S)


async def _order_doors(assembly: Assembly) -> None:
    """Tell gates at once what operations ask of their doors."""
    while True:
        for order in assembly.centre.doors.due():
            await assembly.link.publish_doors(order)
        await assembly.centre.operations.wait(_TICK_S)


async def _remind(assembly: Assembly) -> None:
    while True:
        await asyncio.sleep(_REMIND_EVERY_S)
        await assembly.remind_gates()


async def _keep_time(assembly: Assembly, board: Board, clock: SteadyClock) -> None:
    """Do once a second what time demands.

    What fails is alarmed and tried again, each thing by itself: nothing may stop the sweep for good.
    """
    alarms = assembly.truth.alarms
    assembly.oversight.clocks.began_after(max(map(at_ns_of, assembly.ledger.last.values()), default=0))
    keys_owed = True

    async def sweep() -> None:
        nonlocal keys_owed
        for _ in clock.leaps_ms():
            assembly.oversight.clocks.leapt()
        keys_owed |= await assembly.truth.tick()
        if keys_owed:
            clock.keep(at_once=True)  # gates take no keys that were signed earlier: no restart may go back behind it
            await assembly.link.publish_keys(assembly.truth.period_keys())
            keys_owed = False
            board.change()
        await assembly.forget_replaced_keys()

    async def keep_clock() -> None:
        clock.keep()

    while True:
        if (fault := await _fault_of(sweep)) is not None:
            alarms.of_system(clock.now_ns(), "sweep-failed", place=fault)
        if (fault := await _fault_of(assembly.supply_policies)) is not None:
            alarms.of_system(clock.now_ns(), "policy-failed", place=fault)
        if (fault := await _fault_of(assembly.witnesses.keep)) is not None:
            alarms.of_system(clock.now_ns(), "ledger-head-not-kept", place=fault)
        if (fault := await _fault_of(keep_clock)) is not None:
            alarms.of_system(clock.now_ns(), "clock-not-kept", place=fault)
        await asyncio.sleep(_TICK_S)


async def _follow_list(assembly: Assembly, board: Board) -> None:
    """Look once a second whether a technician has installed a new list of controllers."""

    async def look() -> None:
        if await assembly.membership.look_for_list():
            board.change()

    await assembly.membership.publish()
    while True:
        if (fault := await _fault_of(look)) is not None:
            truth = assembly.truth
            truth.alarms.of_system(truth.clock.now_ns(), "list-not-kept", place=fault)
        await asyncio.sleep(_TICK_S)


async def _fault_of(act: Callable[[], Awaitable[None]]) -> str | None:
    """Do `act`; return the name of what went wrong, if it may be tried again."""
    try:
        await act()
    except (OSError, sqlite3.Error, SQLAlchemyError, VaultError, PolicyError, FacesError, RefusedError) as error:
        _log.error("failed, trying again", error=type(error).__name__)
        return type(error).__name__
    return None


def _api_server(board: Board, assembly: Assembly, path: str) -> GuestServer:
    app = api_app(board, assembly)
    config = uvicorn.Config(app, uds=path, log_config=None, access_log=False, lifespan="off")
    config.timeout_graceful_shutdown = 1
    return GuestServer(config)


async def _keep_console(
    truth_socket: Path, host: str, port: int, options: tuple[str, ...], announce: Callable[[_ConsolePort], None]
) -> None:
    """Run the console; when it dies, start it again on the port that it had. `options`: what else it is told.

    Raises ConsoleError if it does not even come up once.
    """
    has_served = False
    while True:
        command = ("-m", "controller.console.main", "--truth-socket", str(truth_socket))
        console = await asyncio.create_subprocess_exec(
            sys.executable,
            *command,
            *("--host", host, "--port", str(port)),
            *options,
            stdin=asyncio.subprocess.PIPE,  # its end of life line: closed when this process ends
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            if console.stdout is None:
                raise ConsoleError("the console has no output")
            line = await console.stdout.readline()
            if line:
                console_port = msgspec.json.decode(line, type=_ConsolePort)
                port = console_port.port
                if console_port.secure_port:
                    options = (*options, "--https-port", str(console_port.secure_port))
                announce(console_port)
                has_served = True
            elif not has_served:
                raise ConsoleError(f"the console can not listen on {host}: say an address of this machine as --host")
            code = await console.wait()
        finally:
            if console.returncode is None:
                console.terminate()
                with contextlib.suppress(ProcessLookupError):
                    await console.wait()
        _log.warning("console ended, starting it again", code=code)
        await asyncio.sleep(_CONSOLE_RETRY_S)
