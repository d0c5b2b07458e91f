"""The broker as a child process: configured, started, watched, restarted, reloaded, stopped.

Belongs here: the life of that one process. Does not belong here: what its configuration says (nats.py,
mosquitto.py).

The child dies with its parent: `setpriv --pdeathsig` (util-linux, part of every Debian) asks the kernel to send it
SIGTERM when the thread that started it ends, so `start` belongs on a program's main thread. Unlike a hook between
fork and exec it runs no Python in the child, and it survives a parent killed with SIGKILL.
"""

import asyncio
import contextlib
import signal
import socket
import ssl
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import structlog

from controller.broker import mosquitto, nats
from controller.broker.binary import BrokerBinary, BrokerKind
from controller.broker.rules import Rights
from controller.broker.settings import BrokerSettings
from controller.files import make_private_folder, write_atomically

START_LIMIT_S: Final = 30.0
"""How long a started broker may take until it answers TLS; a large store is read first."""
STOP_LIMIT_S: Final = 10.0
"""How long a broker may take to stop by itself before it is killed."""
BACKOFF_FIRST_S: Final = 0.2
BACKOFF_LONGEST_S: Final = 10.0
"""Waiting time before a restart: doubled from the first to the longest, and back to the first when it lived."""
LEAVE_LIMIT_S: Final = 5.0
"""How long a port in use is waited for: a broker whose controller was killed needs a moment to go."""
_POLL_S: Final = 0.05
_PORT_TRIES: Final = 3
_RENDER: Final = {BrokerKind.NATS: nats.render, BrokerKind.MOSQUITTO: mosquitto.render}

_logger = structlog.get_logger(__name__)


class BrokerStartError(Exception):
    """The broker did not come up; the message has its last words."""


class BrokerProcess:
    """One supervised broker. Use it as `async with`, or call `start` and `stop`.

    With `settings.port` 0 a free port is taken and kept over restarts: see the property `port`.
    """

    def __init__(self, binary: BrokerBinary, settings: BrokerSettings) -> None:
        self._binary = binary
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._supervision: asyncio.Task[None] | None = None
        self._restarts = 0

    @property
    def port(self) -> int:
        """The TCP port of the MQTT listener; 0 before `start` if none was given."""
        return self._settings.port

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    @property
    def restarts(self) -> int:
        """How often the broker died and was started again."""
        return self._restarts

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the broker and return when it answers TLS; from then on it is restarted whenever it dies.

        Raises BrokerStartError, OSError.
        """
        if self._supervision is not None:
            raise BrokerStartError("the broker is started already")
        if self._settings.port == 0:
            await self._launch_on_free_port()
        else:
            await self._launch()
        self._supervision = asyncio.create_task(self._supervise(), name="broker-supervision")

    async def admit(self, rights: tuple[Rights, ...]) -> None:
        """Let exactly these identities act, each by its rights; a running broker takes it on within moments.

        Whoever is connected and keeps the same rights is not disturbed. Raises ValueError if nobody is left, OSError.
        """
        self._settings = replace(self._settings, rights=rights)
        process = self._process
        if process is not None and process.returncode is None:
            self._write_configuration()
            with contextlib.suppress(ProcessLookupError):  # it died just now; its restart reads the new files
                process.send_signal(signal.SIGHUP)

    async def start_again(self) -> None:
        """End the process that runs; its supervision starts another one within moments."""
        await self._end_process()

    async def stop(self) -> None:
        """Stop the broker and its supervision. Does nothing if it does not run."""
        supervision, self._supervision = self._supervision, None
        if supervision is not None:
            supervision.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await supervision
        await self._end_process()

    async def _supervise(self) -> None:
        clock = asyncio.get_running_loop()
        backoff_s = BACKOFF_FIRST_S
        started_s = clock.time()
        while True:
            if self._process is not None:
                code = await self._process.wait()
                if clock.time() - started_s > BACKOFF_LONGEST_S:
                    backoff_s = BACKOFF_FIRST_S
                _logger.warning("broker died", broker=self._binary.kind, code=code, restart_in_s=backoff_s)
            await asyncio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, BACKOFF_LONGEST_S)
            started_s = clock.time()
            self._restarts += 1
            try:
                await self._launch()
            except (BrokerStartError, OSError) as error:
                _logger.exception("broker does not start", broker=self._binary.kind, error=str(error))
            else:
                _logger.info("broker is back", broker=self._binary.kind, port=self.port)

    async def _launch_on_free_port(self) -> None:
        unset = self._settings
        for remaining in reversed(range(_PORT_TRIES)):
            self._settings = replace(unset, port=_free_port(unset.host))
            try:
                await self._launch()
            except BrokerStartError:
                self._settings = unset
                if not remaining:  # else somebody may have taken the port in between
                    raise
            else:
                return

    async def _launch(self) -> None:
        """Write the configuration, start the process, wait until it answers TLS; after an error nothing runs."""
        settings = self._settings
        main = self._write_configuration()
        make_private_folder(settings.store)
        await self._until_port_is_left()
        last_words = settings.folder / "start.log"
        with last_words.open("wb") as output:
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "TERM", "--no-new-privs", "--"),
                *(self._binary.path, "-c", main),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in a terminal goes to the program, which stops its children in order
            )
        try:
            await self._until_it_answers(self._process)
        except BaseException as error:
            await self._end_process()
            if isinstance(error, TimeoutError):
                words = " ".join((_tail(last_words), _tail(settings.log)))
                raise BrokerStartError(f"{self._binary.path} did not come up: {words}") from error
            raise

    async def _until_port_is_left(self) -> None:
        """Return when nobody listens on our port, or when waiting does not help: then the broker says so itself."""
        for _ in range(round(LEAVE_LIMIT_S / _POLL_S)):
            if not _is_listened_on(self._settings.host, self._settings.port):
                return
            await asyncio.sleep(_POLL_S)

    async def _until_it_answers(self, process: asyncio.subprocess.Process) -> None:
        """Return when the broker's own certificate answers on the port. Raises TimeoutError, at once if it ended."""
        answering = asyncio.create_task(self._probe(), name="broker-probe")
        ended = asyncio.create_task(process.wait(), name="broker-early-end")
        tasks = {answering, ended}
        try:
            await asyncio.wait(tasks, timeout=START_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
            if ended.done() or not answering.done():
                raise TimeoutError
            answering.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _probe(self) -> None:
        context = ssl.create_default_context(cafile=self._settings.files.authority)
        while True:
            try:
                _, writer = await asyncio.open_connection(
                    _reachable(self._settings.host),
                    self._settings.port,
                    ssl=context,
                    server_hostname="localhost",
                )
            except OSError:  # refused, or a TLS error: not up yet
                await asyncio.sleep(_POLL_S)
            else:
                writer.transport.abort()
                return

    def _write_configuration(self) -> str:
        """Write all files of the configuration; return the path of the main one."""
        settings = self._settings
        configuration = _RENDER[self._binary.kind](settings)
        make_private_folder(settings.folder)
        for name, text in configuration.files.items():
            write_atomically(settings.folder / name, text.encode())
        return str(settings.folder / configuration.main)

    async def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(STOP_LIMIT_S):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def _reachable(host: str) -> str:
    """Return where a listener bound to `host` is reached from here."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound


def _is_listened_on(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that linger do not matter
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _tail(path: Path, length: int = 500) -> str:
    with contextlib.suppress(OSError):
        return path.read_bytes()[-length:].decode(errors="replace").strip()
    return ""
