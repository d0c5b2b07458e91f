"""Faults, done to the processes of a running site: killed, held, wiped. Only processes that the site started.

A held process (SIGSTOP) is always let go again by the same context manager: a held child would outlive the test.
"""

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random

import psutil

from contract.ids import EdgeId
from sacs.demo.site import RunningSite

_BROKERS = ("nats-server", "mosquitto")
_LIMIT_S = 120.0
_LOOK_S = 0.05


class Trouble:
    """Does it, and counts what it did."""

    def __init__(self, site: RunningSite) -> None:
        self._site = site
        self.kills: dict[str, int] = {}

    async def kill_controller(self) -> None:
        """SIGKILL; broker and console are to go with it."""
        await until(lambda: not self._site.controller.ended)
        self._count("controller")
        self._site.controller.kill()

    async def kill_broker(self) -> None:
        """SIGKILL."""
        broker = await self._broker()
        self._count("broker")
        with contextlib.suppress(psutil.NoSuchProcess):  # it died at this very moment with its controller
            broker.kill()

    async def wipe_broker(self) -> None:
        """SIGKILL, and its store is gone before the controller, who is held for that moment, starts it again."""
        broker = await self._broker()
        # It was starting, and its controller gave up just now; or nothing has made the folder again since it was wiped.
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError):
            async with self.held(self._site.controller.pid):
                broker.kill()
                await until(lambda: _is_dead(broker))
                shutil.rmtree(self._site.folders.state / "controller" / "broker" / "store")
                self._count("broker, wiped")

    async def kill_edge(self, edge: EdgeId) -> None:
        """SIGKILL, and the same to its OSDP process: the whole gate at once, as by a power cut."""
        child = self._site.edges[edge]
        await until(lambda: not child.ended)
        below = psutil.Process(child.pid).children(recursive=True)
        self._count("edge")
        child.kill()
        for process in below:
            with contextlib.suppress(psutil.NoSuchProcess):  # it saw the end of its gate first
                process.kill()

    @asynccontextmanager
    async def broker_cut_off(self) -> AsyncIterator[None]:
        """Hold the broker: connections stand, and nothing comes through, as behind a pulled cable."""
        async with self.held((await self._broker()).pid):
            yield

    @asynccontextmanager
    async def broker_gone(self) -> AsyncIterator[None]:
        """Kill the broker, and hold the controller so that nobody starts it again."""
        broker = await self._broker()
        async with self.held(self._site.controller.pid):
            self._count("broker")
            broker.kill()
            yield

    @asynccontextmanager
    async def held(self, pid: int) -> AsyncIterator[None]:
        """Hold a process for a while."""
        process = psutil.Process(pid)
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):  # a controller ends a broker that hangs for long
                process.send_signal(signal.SIGCONT)

    async def mixed(self, chance: Random, *, kills: int, gap_s: tuple[float, float]) -> None:
        """Kill somebody again and again, whoever chance names, at moments that chance names."""
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(*gap_s))
            match chance.randrange(4):
                case 0:
                    await self.kill_controller()
                case 1:
                    await self.kill_broker()
                case 2:
                    await self.wipe_broker()
                case _:
                    await self.kill_edge(chance.choice(sorted(self._site.edges)))

    def _count(self, whom: str) -> None:
        self.kills[whom] = self.kills.get(whom, 0) + 1

    async def _broker(self) -> psutil.Process:
        """Return the broker's process, once there is one."""
        found: list[psutil.Process] = []

        def is_there() -> bool:
            try:
                children = psutil.Process(self._site.controller.pid).children()
                found[:] = [child for child in children if child.name() in _BROKERS]
            except psutil.NoSuchProcess:
                found.clear()
            return bool(found)

        await until(is_there)
        return found[0]


def _is_dead(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, generously. Raises TimeoutError."""
    async with asyncio.timeout(_LIMIT_S):
        while not condition():
            await asyncio.sleep(_LOOK_S)
