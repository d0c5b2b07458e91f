"""The real gate at the bench: its enrolment behind a cable that can be pulled, and its process.

Belongs here: the gate's files, its child process, its network and its technician's socket. Does not belong here: its
hardware (simulators/), or the controller.
"""

import asyncio
import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from contract.controllers import ControllerCard
from contract.ids import EdgeId
from contract.site import GateDevices
from edge.technician import SOCKET, Line, decode_line
from sacs.demo.children import Child
from sacs.edge_file import write_edge_file
from simulators.bench.journal import Fact, Journal, Source
from simulators.network import LOOPBACK, Network, TcpRelay

_SECRET: Final = 0o600
_RETRY_S: Final = 0.2
_PLACES: Final = {
    "decision": "access_point",
    "device": "device",
    "portal": "portal",
    "read-refused": "reader",
    "signal": "signal",
    "crossing": "access_point",
}
"""Which field of a technician's line says where."""


class BenchGate:
    """The gate's program, and the cable between it and its controller."""

    def __init__(
        self, edge: EdgeId, folder: Path, state: Path, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """`folder`: where its edge file, its enrolment and its device file lie. `environment`: see Child."""
        self.child = Child(edge, log, environment)
        self.edge_file = folder / f"{edge}.toml"
        self._edge = edge
        self._folder = folder
        self._state = state
        self._relays: list[TcpRelay] = []

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self.child.is_running

    @property
    def is_network_up(self) -> bool:
        """Whether the cable is in."""
        return all(relay.is_up for relay in self._relays)

    def carry(self, enrolments: Path, site: Path, devices: GateDevices, piv: Path | None) -> None:
        """Bring the gate its files. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        carried = self._folder / f"{self._edge}.enrolment"
        _write_secret(carried, (enrolments / carried.name).read_bytes())
        _write_secret(self._folder / f"{self._edge}.json", msgspec.json.encode(devices))
        write_edge_file(carried, site, self._state, piv)

    async def start(self) -> None:
        """Start its process; does nothing if it runs."""
        if not self.is_running:
            await self.child.start("sacs", "edge", "--config", str(self.edge_file))

    async def stop(self) -> None:
        """Stop it in an orderly way."""
        await self.child.stop()

    async def kill(self) -> None:
        """Kill it, as a power cut would."""
        if self.is_running:
            self.child.kill()
            await self.child.wait()

    async def network(self, how: Network) -> None:
        """Let the cable be so. Raises OSError if its port was taken meanwhile."""
        for relay in self._relays:
            match how:
                case Network.UP:
                    await relay.up()
                case Network.REFUSED:
                    await relay.down()
                case Network.SILENT:
                    await relay.silence()

    async def watch(self, journal: Journal) -> None:
        """Write down what the gate tells its technician, whenever it runs, until cancelled."""
        while True:
            with contextlib.suppress(OSError):
                reader, writer = await asyncio.open_unix_connection(self._state / SOCKET)
                try:
                    while line := await reader.readline():
                        _write_down(decode_line(line), journal)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(_RETRY_S)

    async def lay_cable(self, card: ControllerCard) -> ControllerCard:
        """Return the card of the controller with addresses that lead to it through the cable. Raises OSError."""
        broker = TcpRelay(card.broker_host, card.broker_port)
        policy = TcpRelay(card.policy_host, card.policy_port)
        self._relays += [broker, policy]
        for relay in (broker, policy):
            await relay.up()
        return msgspec.structs.replace(
            card, broker_host=LOOPBACK, broker_port=broker.port, policy_host=LOOPBACK, policy_port=policy.port
        )


def _write_down(line: Line, journal: Journal) -> None:
    told: dict[str, Fact] = msgspec.to_builtins(line)
    kind = str(told.pop("type"))
    told.pop("at")
    place = told.pop(_PLACES.get(kind, ""), "")
    journal.add(Source.GATE, kind, str(place), facts=told)


def _write_secret(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET), "wb") as file:
        file.write(data)
