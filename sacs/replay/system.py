"""What a log is played into: real gates, a real broker and a controller of its own, on one clock that is set by hand.

All of it lives in one new folder, vault included, that goes with it: nothing of another site can be opened from here.
Belongs here: putting the parts together, and waiting until what a gate journaled is committed. Does not belong here:
when what happens (player.py).
"""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, NamedTuple

from contract.clock import NS_PER_S, ManualClock
from contract.enrolment import decode_enrolment
from contract.events import AccessGranted, AnyEvent
from contract.ids import AreaId, ControllerId, EdgeId, Epoch
from contract.messages import PERIODS_AHEAD
from contract.periods import Kind
from contract.site import Site
from controller.composition.assembly import Assembly, Settings, assemble
from controller.composition.ceremony import enrol
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.passback import Contradiction
from controller.domain.presence.unwatched import Outlook
from controller.service.records.ingest import Delivery
from controller.service.records.truth import Truth
from controller.service.site.reference import NewHolder, NewPass
from edge.program import GateProgram
from process.memory import keep_in_memory
from sacs.replay.holders import Holders
from sacs.replay.passage_log import RecordedPassage

_CONTROLLER: Final = ControllerId("replay")
_LIMIT_S: Final = 120.0
"""How long anything may take that must happen before the clock moves on; then the replay gives up."""
_LOOK_S: Final = 0.02
_MEMORY_FILES: Final = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it, mode 0700
_ROOM_BYTES: Final = 2 * 1024**3
_SWITCH_S: Final = 0.00005
"""Threads of gates and store take turns with the loop after this long: Python's own 5 ms would be felt at each row."""


class ReplayError(Exception):
    """The replay can not go on; the message says why."""


class _Awaited(NamedTuple):
    source: tuple[EdgeId, Epoch]
    number: int
    here: asyncio.Future[None]


class PlayedSystem:
    """A running system. `clock` is moved by the player alone; `on_contradiction` hears of what contradicts a chain."""

    def __init__(
        self, assembly: Assembly, site: Site, clock: ManualClock, gates: list[GateProgram], state: Path
    ) -> None:
        self.clock: Final = clock
        self.site: Final = site
        self.records: Final = state / "records.db"
        """The controller's record store."""
        self.written: Final = state.parent
        """The folder below which all parts write."""
        self._assembly = assembly
        self._gates = {gate.id: program for gate, program in zip(site.gate, gates, strict=True)}
        self._gate_of = {reader.access_point: gate.id for gate in site.gate for reader in gate.reader}
        self._awaited: _Awaited | None = None
        self._keys_published_s = 0
        assembly.truth.ingest.on_contradiction = self._contradicted
        self.on_contradiction: Callable[[AccessGranted, Contradiction], None] = lambda _event, _kind: None

    @property
    def truth(self) -> Truth:
        """The controller's knowledge."""
        return self._assembly.truth

    @property
    def journaled(self) -> int:
        """How many events the gates have journaled."""
        return sum(program.ring.journaled for program in self._gates.values())

    async def take(self, deliveries: list[Delivery]) -> set[EdgeId]:
        """Ingest one group, then look whether it holds what is waited for: it is committed and folded now."""
        more = await self.truth.take(deliveries)
        awaited = self._awaited
        if awaited is not None:
            known = self.truth.ingest.known.get(awaited.source)
            if known is not None and awaited.number in known and not awaited.here.done():
                awaited.here.set_result(None)
        return more

    async def present(self, passage: RecordedPassage) -> None:
        """Present a credential at its gate; returns when the controller has committed and folded what came of it."""
        edge = self._gate_of[passage.access_point]
        program = self._gates[edge]
        program.gate.present(passage.access_point, passage.credential)
        here: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._awaited = _Awaited((edge, program.epoch), program.journal.last_number, here)
        try:
            async with asyncio.timeout(_LIMIT_S):
                await here
        except TimeoutError:
            message = f"{passage.access_point}: the row of line {passage.line} does not reach the controller"
            raise ReplayError(message) from None

    def headcounts(self) -> Mapping[AreaId, Headcount]:
        """Return the figures of each area and of the premises, as they are shown where every gate is heard.

        None is silent here: the clock waits until all that was journaled is committed.
        """
        movements = self.truth.movements
        return movements.presence.headcounts(movements.unwatched.doubts(Outlook(self.clock.now_ns(), {})))

    async def tick(self) -> None:
        """Do what time demands at this moment of the clock: destroy, forget, make keys, and publish them in time."""
        await self.truth.tick()
        now_s = self.clock.now_ns() // NS_PER_S
        # Gates hold the keys of the coming PERIODS_AHEAD periods; half of them is early enough.
        if now_s - self._keys_published_s >= self.site.retention.movement_period_s * PERIODS_AHEAD // 2:
            self._keys_published_s = now_s
            await self._assembly.link.publish_keys(self.truth.period_keys())

    async def report_health(self) -> None:
        """Have every gate state its watermark, from which the cut follows (rule 6)."""
        await asyncio.gather(*(program.health.report() for program in self._gates.values()))

    async def begin(self) -> None:
        """Publish keys and policies to gates that listen already; returns when every gate has both."""
        await self._until(self._is_connected, "gates and controller do not come together")
        self._keys_published_s = self.clock.now_ns() // NS_PER_S
        await self._assembly.supply_gates()
        await self._until(self._is_supplied, "the gates do not get their keys and policies")

    async def _until(self, holds: Callable[[], bool], complaint: str) -> None:
        try:
            async with asyncio.timeout(_LIMIT_S):
                while not holds():  # noqa: ASYNC110  a dozen parts, once
                    await asyncio.sleep(_LOOK_S)
        except TimeoutError:
            raise ReplayError(f"{complaint}: look at the messages above") from None

    def _is_connected(self) -> bool:
        return self._assembly.link.connected and all(gate.uplink.is_connected for gate in self._gates.values())

    def _is_supplied(self) -> bool:
        period = self.site.retention.period_at(Kind.MOVEMENT, self.clock.now_ns())
        wanted = self._assembly.policies.wanted
        return all(
            program.policy.version == wanted[edge] and program.keys.publics(period)
            for edge, program in self._gates.items()
        )

    def _contradicted(self, _: EdgeId, event: AnyEvent, contradiction: Contradiction) -> None:
        if isinstance(event, AccessGranted):
            self.on_contradiction(event, contradiction)


@asynccontextmanager
async def played_system(
    site: Site, credentials: list[str], holders: Holders, clock: ManualClock, end_ns: int, say: Callable[[str], None]
) -> AsyncIterator[PlayedSystem]:
    """Run a system whose gates admit `credentials` until `end_ns` at least. `say` hears what is being done.

    Raises ReplayError, and what controller.assembly.assemble and edge.program.GateProgram raise.
    """
    keep_in_memory()
    sys.setswitchinterval(_SWITCH_S)
    life_s = 2 * ((end_ns - clock.now_ns()) // NS_PER_S) + 1  # policies are renewed at half their life: never here
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(_folder())
        settings = Settings(site, _CONTROLLER, folder / "state", folder / "vault", policy_life_s=life_s)
        say("Starting broker and controller")
        enrol(folder / "root", settings)
        assembly = await stack.enter_async_context(assemble(settings, clock, lambda _: None))
        say(f"Registering {len(credentials):,} credentials")
        await asyncio.to_thread(_register, assembly, credentials, holders)
        gates: list[GateProgram] = []
        say(f"Starting {len(site.gate):,} gates")
        for gate in site.gate:
            enrolment = decode_enrolment((assembly.enrolments_folder / f"{gate.id}.enrolment").read_bytes())
            state = folder / "gates" / gate.id
            program = GateProgram(enrolment, site, state, clock, follows_controllers=False)
            gates.append(await stack.enter_async_context(program))
        system = PlayedSystem(assembly, site, clock, gates, settings.state)
        running = await stack.enter_async_context(asyncio.TaskGroup())
        tasks = [running.create_task(assembly.link.run(system.take), name="link")]
        tasks += [running.create_task(program.run(), name="gate program") for program in gates]
        say("Giving every gate its keys and its policy")
        await system.begin()
        yield system
        for task in tasks:
            task.cancel()


def _register(assembly: Assembly, credentials: list[str], holders: Holders) -> None:
    """Give each person a pass for each of his credentials."""
    assembly.reference.register(
        NewHolder(person, "", [NewPass(credential, [credential], "all") for credential in owned])
        for person, owned in holders.among(credentials).items()
    )


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Make a folder that is removed at the end: in TMPDIR, else in memory where there is room: no disk ever has it."""
    parent = None
    if "TMPDIR" not in os.environ:
        with contextlib.suppress(OSError):
            if shutil.disk_usage(_MEMORY_FILES).free >= _ROOM_BYTES:
                parent = _MEMORY_FILES
    with tempfile.TemporaryDirectory(prefix="sacs-replay-", dir=parent) as folder:
        yield Path(folder)
