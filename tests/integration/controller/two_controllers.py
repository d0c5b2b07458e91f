"""A site with two controllers, each with its own broker, and two gates: everything real, in one process.

Belongs here: starting and stopping the parts. Does not belong here: what must hold (test_second_controller.py).
"""

import asyncio
import contextlib
import http.client
import shutil
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.controllers import ControllerCard
from contract.enrolment import Enrolment, decode_enrolment
from contract.ids import AccessPointId, ControllerId, EdgeId
from contract.site import parse_site
from controller.assembly import Assembly, Settings, assemble
from controller.broker.binary import BrokerKind
from controller.ceremony import enrol
from controller.live import Headcount
from controller.pki.listed import install
from controller.pki.root import LIST, Root
from controller.service.ingest import Delivery
from controller.service.reference import NewHolder, NewPass
from edge.program import GateProgram
from edge.tls import client_context
from tests.integration.controller.conftest import until

SITE = parse_site("""
[site]
id = "here"
missed_exit_rate = 0.0
missed_entry_rate = 0.0
longest_stay_h = 72
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[gate]]
id = "north"
reader = [{id = "n-in", kind = "log", access_point = "in"}, {id = "n-out", kind = "log", access_point = "out"}]
[[gate]]
id = "south"
""")
FIRST, SECOND = ControllerId("first"), ControllerId("second")
NORTH, SOUTH = EdgeId("north"), EdgeId("south")
IN, OUT = AccessPointId("in"), AccessPointId("out")
CARDS = [f"h10301:1:{number}" for number in range(8)]


@dataclass
class Running:
    """One controller at work."""

    assembly: Assembly
    _stack: AsyncExitStack

    def premises(self) -> Headcount:
        """What its page would show in an operation."""
        return self.assembly.truth.headcounts()[0]

    def count(self) -> tuple[int | None, int | None, int | None]:
        """The three figures; None for unknown."""
        line = self.premises()
        return line.lowest, line.best, line.highest

    @property
    def learns(self) -> bool:
        return self.assembly.truth.learning.is_on

    def has_alarm(self, kind: str, place: str) -> bool:
        return any((line.kind, line.place) == (kind, place) for line in self.assembly.truth.alarms.lines())

    async def stop(self) -> None:
        """End it, as abruptly as one process can."""
        await self._stack.aclose()


@dataclass
class TwoControllers:
    """Folders, and what runs in them."""

    folder: Path
    stack: AsyncExitStack
    gates: dict[EdgeId, GateProgram] = field(default_factory=dict)
    _enrolments: dict[EdgeId, Enrolment] = field(default_factory=dict)

    def settings(self, name: ControllerId) -> Settings:
        return Settings(SITE, name, self.folder / name / "state", self.folder / name / "vault", BrokerKind.NATS)

    def enrol(self, name: ControllerId, *known: ControllerId) -> None:
        """Let the root sign a list with one more controller, and bring it to that one, and to those it knows."""
        enrol(self.folder / "root", self.settings(name))
        root = self.folder / "root"
        for each in known:
            install(self.settings(each).state, (root / LIST).read_bytes(), None, SITE.site.id)

    async def start(self, name: ControllerId) -> Running:
        """Start a controller, with all that its program does."""
        stack = AsyncExitStack()
        assembly = await stack.enter_async_context(assemble(self.settings(name), SystemClock(), lambda _: None))
        truth = assembly.truth

        async def take(deliveries: list[Delivery]) -> set[EdgeId]:
            return await truth.take(deliveries)

        async def keep() -> None:
            await assembly.supply_gates()
            while True:
                if await truth.tick():
                    await assembly.link.publish_keys(truth.period_keys())
                await assembly.membership.look_for_list()
                await assembly.supply_policies()
                await asyncio.sleep(0.2)

        for name_, run in {
            "link": assembly.link.run(take),
            "keep": keep(),
            "exchange": assembly.exchange.run(),
        }.items():
            await stack.enter_async_context(_task(run, name_))
        await until(lambda: assembly.link.connected, "the link to its broker")
        running = Running(assembly, stack)
        self.stack.push_async_callback(running.stop)
        return running

    async def start_gates(self, controller: Running) -> None:
        """Carry the enrolment files to the gates, and start them."""
        for edge in (NORTH, SOUTH):
            file = controller.assembly.enrolments_folder / f"{edge}.enrolment"
            await self._start_gate(edge, decode_enrolment(file.read_bytes()))
        wanted = controller.assembly.policies.wanted
        await until(lambda: all(gate.policy.version == wanted[edge] for edge, gate in self.gates.items()), "policies")

    async def _start_gate(self, edge: EdgeId, enrolment: Enrolment) -> None:
        self._enrolments[edge] = enrolment
        program = GateProgram(enrolment, SITE, self.folder / "gates" / edge, SystemClock())
        await self.stack.enter_async_context(program)
        await self.stack.enter_async_context(_task(program.run(), f"gate {edge}"))
        self.gates[edge] = program

    def pass_by(self, *cards: str, point: AccessPointId = IN) -> None:
        """Hold up cards at the north gate."""
        for card in cards:
            self.gates[NORTH].gate.present(point, card)

    def revoke(self, edge: EdgeId, *known: ControllerId) -> None:
        """Let the root revoke the box at a gate, and bring the list to these controllers."""
        root = self.folder / "root"
        Root.load(root).revoke_gate(self._enrolments[edge].signer().public_key().public_bytes_raw())
        for each in known:
            install(self.settings(each).state, (root / LIST).read_bytes(), None, SITE.site.id)

    async def answer_to(self, edge: EdgeId, card: ControllerCard, path: str) -> int:
        """Ask a controller something with a gate's certificate; return the status of its answer."""
        tls = client_context(self._enrolments[edge], card.authority_pem)

        def ask() -> int:
            connection = http.client.HTTPSConnection(card.policy_host, card.policy_port, timeout=30, context=tls)
            try:
                connection.request("GET", path)
                return connection.getresponse().status
            finally:
                connection.close()

        return await asyncio.to_thread(ask)

    def wipe(self, name: ControllerId, *, vault: bool) -> None:
        """Lose the records of a controller that does not run, and its period keys as well if `vault`."""
        for path in (self.folder / name / "state").glob("records.db*"):
            path.unlink()
        if vault:
            (self.folder / name / "vault" / "keys").unlink()
        shutil.rmtree(self.folder / name / "state" / "broker", ignore_errors=True)


async def register(controller: Running) -> None:
    """Give each card a holder, and gates a policy that knows them."""
    controller.assembly.reference.register(
        NewHolder(f"Person {card}", "staff", [NewPass(f"P-{card}", [card], "all")]) for card in CARDS
    )
    policies, reference = controller.assembly.policies, controller.assembly.reference
    await until(lambda: policies._made is not None and policies._made[0] == reference.revision, "new policies")


@asynccontextmanager
async def _task(run: Coroutine[object, object, None], name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(run, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[TwoControllers]:
    async with AsyncExitStack() as stack:
        yield TwoControllers(tmp_path, stack)
