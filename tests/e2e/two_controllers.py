"""A site with two controllers, each a process of its own with its own broker, and two gates in this process.

Belongs here: starting and stopping the parts. Does not belong here: what must hold (test_second_controller.py).
"""

import asyncio
import contextlib
import http.client
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from contract.clock import Clock, SystemClock
from contract.controllers import ControllerCard, ControllerList
from contract.enrolment import Enrolment, decode_enrolment
from contract.ids import AccessPointId, ControllerId, EdgeId
from contract.site import Site, parse_site
from controller.composition.assembly import Settings
from controller.composition.ceremony import enrol
from controller.live import Live
from controller.main import Ready
from controller.pki.listed import install
from controller.pki.root import LIST, Root
from edge.program import GateProgram
from edge.tls import client_context
from sacs.demo.children import Child
from sacs.demo.console_client import ConsoleClient
from sacs.officers.caller import Caller
from sacs.officers.ceremony import Ceremony

TEXT: Final = """
[site]
id = "here"
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
"""
SITE: Final = parse_site(TEXT)
FIRST, SECOND = ControllerId("first"), ControllerId("second")
NORTH, SOUTH = EdgeId("north"), EdgeId("south")
IN, OUT = AccessPointId("in"), AccessPointId("out")
CARDS: Final = [f"h10301:1:{number}" for number in range(8)]
LIMIT_S: Final = 120.0


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition, with a generous limit."""

    async def holds() -> bool:
        return bool(condition())

    await until_true(holds, what)


async def until_true(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    try:
        async with asyncio.timeout(LIMIT_S):
            while True:
                if await holds():
                    return
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"it never came about: {what}")


@dataclass
class Running:
    """One controller's process, as an officer sees it."""

    child: Child
    console: ConsoleClient
    address: str

    def as_if_switched(self, officer: Caller) -> Caller:
        """Somebody who is signed in at another controller, with his browser's cookie and nothing else."""
        there = Caller(self.address, officer.sign_in_name, "is not asked for")
        there._cookie = officer._cookie
        return there

    async def live(self) -> Live:
        return await asyncio.to_thread(self.console.live)

    async def count(self) -> tuple[int | None, int | None, int | None]:
        """The three figures; None for unknown."""
        premises = (await self.live()).premises
        return premises.lowest, premises.best, premises.highest

    async def counts(self, persons: int) -> None:
        """Wait until it counts exactly so many."""

        async def holds() -> bool:
            return await self.count() == (persons, persons, persons)

        await until_true(holds, f"it counts {persons}")

    async def alarms(self, kind: str, place: str) -> None:
        """Wait until it shows that alarm."""

        async def holds() -> bool:
            return (kind, place) in {(line.kind, line.place) for line in (await self.live()).alarms}

        await until_true(holds, f"{kind} at {place}")

    async def has_learned(self) -> None:
        """Wait until it no longer learns; as long as it does, it gives no figure."""

        async def holds() -> bool:
            live = await self.live()
            assert not live.learning or live.premises.best is None
            return not live.learning

        await until_true(holds, "it has learned")

    async def kill(self) -> None:
        """End it as a power cut does."""
        self.child.kill()
        await self.child.wait()


@dataclass
class TwoControllers:
    """Folders, and what runs in them.

    `text`: the site file; `last_card`: when the north gate knows it, it knows all; `clock`: the gates'; `program`: what
    starts a controller, as a module with its first words.
    """

    folder: Path
    stack: AsyncExitStack
    text: str = TEXT
    last_card: str = CARDS[-1]
    clock: Clock = field(default_factory=SystemClock)
    program: tuple[str, ...] = ("sacs",)
    gates: dict[EdgeId, GateProgram] = field(default_factory=dict)
    ceremony: Ceremony | None = None
    _enrolments: dict[EdgeId, Enrolment] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        return parse_site(self.text)

    @property
    def root(self) -> Root:
        return Root.load(self.folder / "root")

    @property
    def listed(self) -> ControllerList:
        """What the root signed last."""
        last = self.root.last()
        assert last is not None
        return last

    def settings(self, name: ControllerId) -> Settings:
        return Settings(self.site, name, self.folder / name / "state", self.folder / name / "vault")

    def enrol(self, name: ControllerId, *known: ControllerId) -> None:
        """Let the root sign a list with one more controller, and bring it to that one, and to those it knows."""
        enrol(self.folder / "root", self.settings(name))
        self.bring_list(*known)

    def bring_list(self, *names: ControllerId) -> None:
        """Bring the root's last list to these controllers, as a technician does."""
        for name in names:
            install(self.settings(name).state, (self.folder / "root" / LIST).read_bytes(), None, self.site.site.id)

    async def start(self, name: ControllerId) -> Running:
        """Start a controller's process, and sign in there: with new officers, made at the first one."""
        site_file, settings = self.folder / "site.toml", self.settings(name)
        site_file.write_text(self.text)
        child = Child(name, self.folder / f"{name}.log")
        self.stack.push_async_callback(child.stop)
        await child.start(
            *(*self.program, "controller", "--json", "--name", name, "--site", str(site_file), "--port", "0"),
            *("--state", str(settings.state), "--vault", str(settings.vault)),
        )
        ready = await child.answer(Ready)
        if self.ceremony is None:
            self.ceremony = await asyncio.to_thread(Ceremony, ready)
            await asyncio.to_thread(self.ceremony.pass_officer)
        officer = self.officer("passes")
        console = ConsoleClient(Caller(ready.address, officer.sign_in_name, officer.password))
        return Running(child, console, ready.address)

    def officer(self, name: str) -> Caller:
        """An officer as he is signed in at the first controller."""
        assert self.ceremony is not None
        return next(each.caller for each in self.ceremony.officers if each.caller.sign_in_name == name)

    async def start_gates(self) -> None:
        """Carry the enrolment files to the gates, and start them."""
        for edge in (NORTH, SOUTH):
            file = self.settings(FIRST).vault / "enrolments" / f"{edge}.enrolment"
            enrolment = self._enrolments[edge] = decode_enrolment(file.read_bytes())
            program = GateProgram(enrolment, self.site, self.folder / "gates" / edge, self.clock)
            await self.stack.enter_async_context(program)
            await self.stack.enter_async_context(_task(program.run(), f"gate {edge}"))
            self.gates[edge] = program
        await until(lambda: self._knows(self.last_card), "a policy with all cards")

    def _knows(self, card: str) -> bool:
        rules = self.gates[NORTH].policy.rules
        return rules is not None and rules.policy.find(card) is not None

    def pass_by(self, *cards: str, point: AccessPointId = IN) -> None:
        """Hold up cards at the north gate."""
        for card in cards:
            self.gates[NORTH].gate.present(point, card)

    def revoke(self, edge: EdgeId, *known: ControllerId) -> None:
        """Let the root revoke the box at a gate, and bring the list to these controllers."""
        self.root.revoke_gate(self._enrolments[edge].signer().public_key().public_bytes_raw())
        self.bring_list(*known)

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

    def wipe(self, name: ControllerId) -> None:
        """Lose the records of a controller that does not run, its period keys, and what its broker kept."""
        for path in self.settings(name).state.glob("records.db*"):
            path.unlink()
        (self.settings(name).vault / "keys").unlink()
        shutil.rmtree(self.settings(name).state / "broker")


async def register(controller: Running, folder: Path) -> None:
    """Give each card a holder."""
    one = {"category": "staff", "access_points": ["in", "out"], "blocked": False}
    valid = {"valid_from": "2020-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z"}
    people = [
        {"name": f"Person {card}", "pass_number": f"P-{card}", "credentials": [card], **one, **valid} for card in CARDS
    ]
    path = folder / "people.json"
    path.write_text(json.dumps(people))
    await asyncio.to_thread(controller.console.register, path)


@asynccontextmanager
async def _task(run: Coroutine[object, object, None], name: str) -> AsyncIterator[None]:
    task = asyncio.create_task(run, name=name)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
