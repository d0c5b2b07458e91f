"""A gate on devices that remember, with a clock set by hand, a policy of its own, and a journal that can be read."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from contract.clock import NS_PER_S, ManualClock
from contract.events import AccessDenied, AnyEvent, DenialReason
from contract.ids import AccessPointId, CameraId, HolderId, LaneId, PassId, PortalId, ReaderId, SignalId, new_epoch
from contract.periods import Retention
from contract.plates import Within
from contract.policy import VERSION as POLICY_VERSION
from contract.policy import AccessLevel, Policy, PolicyHeader, PolicyRow, VehicleRow, pack, pin_digest
from contract.site import AntiPassback, Assurance, parse_site
from drivers import ports
from drivers.ports import Credential
from edge.domain.anti_passback import AntiPassbackMemory
from edge.domain.decide import Rules
from edge.domain.vehicles.plates import PlateReading
from edge.domain.vehicles.shown import LaneShown
from edge.gate import Devices, Gate
from edge.gate_time import GateTime
from edge.journal import Journal
from edge.period_keys import PeriodKeyStore
from edge.ring import Ring
from edge.ring_file import RingFile
from edge.sealer import Sealer
from edge.technician import Line, Technicians
from edge.telling import SeenRead
from tests.unit.edge.parts import EDGE, EVENT, NOON_NS, PlayedController, RememberingReader, enrol

KEY = bytes(range(32))


@dataclass(frozen=True)
class Person:
    """Somebody with one card."""

    number: int
    pin: str | None = None
    duress_pin: str | None = None
    extended_time: bool = False

    @property
    def holder(self) -> HolderId:
        return HolderId(f"{self.number:024x}")

    @property
    def credential(self) -> Credential:
        return Credential(format="h10301", facility=1, number=self.number)

    @property
    def proof(self) -> Credential:
        """The same person's smart card, which proves its secret."""
        return Credential(format="piv", number=self.number, assurance=Assurance.AUTHENTICATED)

    def rows(self) -> Iterator[tuple[str, PolicyRow]]:
        """What a policy has of him."""
        pass_id = PassId(f"{self.number:024x}")
        pin, duress = (None if p is None else pin_digest(KEY, pass_id, p) for p in (self.pin, self.duress_pin))
        row = PolicyRow(self.holder, pass_id, 0, extended_time=self.extended_time, pin=pin, duress_pin=duress)
        yield self.credential.text, row
        yield self.proof.text, row


@dataclass
class Strike:
    """What a portal was told: for how long and which way, how often to lock; `is_online`: it takes commands."""

    id: PortalId
    unlocked: list[tuple[int, AccessPointId | None]] = field(default_factory=list)
    is_online: bool = True
    locked: int = 0

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        """See drivers.ports.PortalHardware."""
        self.unlocked.append((duration_ms, access_point))
        return self.is_online

    def lock(self) -> bool:
        """See drivers.ports.PortalHardware."""
        self.locked += 1
        return self.is_online


@dataclass
class Siren:
    """What a siren was told, in ms, 0 for silence; `is_online` tells whether it takes commands."""

    id: SignalId
    told: list[int] = field(default_factory=list)
    is_online: bool = True

    def sound(self, duration_ms: int) -> bool:
        """See drivers.ports.SignalHardware."""
        self.told.append(duration_ms)
        return self.is_online

    def silence(self) -> bool:
        """See drivers.ports.SignalHardware."""
        self.told.append(0)
        return self.is_online


class Officer:
    """An officer's screen: all reads that it was told, and how each lane stands."""

    def __init__(self) -> None:
        self.seen: list[SeenRead] = []
        self.lanes: dict[LaneId, LaneShown] = {}

    def read(self, seen: SeenRead) -> None:
        """See edge.telling.Onlooker."""
        self.seen.append(seen)

    def line(self, line: Line) -> None:
        """See edge.telling.Onlooker."""

    def lane(self, shown: LaneShown) -> None:
        """See edge.telling.Onlooker."""
        self.lanes[shown.lane] = shown


class Plates:
    """Reads the plates that a test has put before it, the first one first, and then none."""

    def __init__(self) -> None:
        self.readings: list[PlateReading] = []

    async def picture(self, _camera: CameraId) -> bytes | None:
        """See edge.domain.vehicles.plates.PlateReader."""
        return b"scene"

    async def read(self, _camera: CameraId, _countries: Sequence[str], _within: Within) -> PlateReading | None:
        """See edge.domain.vehicles.plates.PlateReader."""
        return self.readings.pop(0) if self.readings else None


class _Fixed:
    def __init__(self, rules: Rules) -> None:
        self.rules: Rules | None = rules


class Watching(Technicians):
    """A technician who remembers all lines."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    @property
    def are_there(self) -> bool:
        return True

    def tell(self, line: Line) -> None:
        self.lines.append(line)


class PlayedGate:
    """A gate of the site file `site` (gate `north`) in which `persons` may pass everywhere at all times."""

    def __init__(
        self, site: str, persons: Iterable[Person], clock: ManualClock, time: GateTime, journal: Journal
    ) -> None:
        self.clock = clock
        parsed = parse_site(site)
        config = parsed.gate_of(EDGE)
        self._points = frozenset(point.id for point in parsed.access_point)
        self._persons = tuple(persons)
        self._policy = _Fixed(self._rules(self._persons))
        self.plates = Plates()
        self.readers = {reader.id: RememberingReader(reader.id) for reader in config.reader}
        self.strikes = {portal.id: Strike(portal.id) for portal in config.portal}
        self.sirens = {signal.id: Siren(signal.id) for signal in config.signal}
        self.technicians = Watching()
        self.officer = Officer()
        self.gate = Gate(
            config, parsed.access_point, time, journal, self._policy, AntiPassbackMemory(Retention()),
            Devices(self.readers, self.strikes, signals=self.sirens), None, self.technicians, self.officer,
            self.plates,
        )  # fmt: skip

    def _rules(self, persons: Iterable[Person], vehicles: Iterable[VehicleRow] = ()) -> Rules:
        levels = [AccessLevel(self._points)]
        header = PolicyHeader(
            POLICY_VERSION, EDGE, 1, 0, 4_000_000_000, "UTC", AntiPassback.OFF, levels, KEY, list(vehicles)
        )
        return Rules(Policy(pack(header, [row for person in persons for row in person.rows()])), ZoneInfo("UTC"))

    def replace_policy(self, persons: Iterable[Person]) -> None:
        """From now on `persons` may pass, and nobody else."""
        self._persons = tuple(persons)
        self._policy.rules = self._rules(self._persons)

    def expect(self, *vehicles: VehicleRow) -> None:
        """From now on the policy knows these vehicles, and the same persons."""
        self._policy.rules = self._rules(self._persons, vehicles)

    def lane(self, name: str, where: ports.LaneInput, *, active: bool) -> None:
        """A loop or beam of a lane changes."""
        self.gate.take(ports.LaneInputChanged(LaneId(name), where, active))

    def read(self, person: Person, reader: str = "in", *, with_proof: bool = False) -> None:
        """A person presents a card."""
        credential = person.proof if with_proof else person.credential
        self.gate.take(ports.CredentialRead(ReaderId(reader), credential, self.gate._time.boottime_ns()))

    def type(self, digits: str, reader: str = "in") -> None:
        """A person types digits."""
        self.gate.take(ports.PinEntered(ReaderId(reader), digits))

    def door(self, portal: str, *, is_open: bool) -> None:
        """A portal's contact changes."""
        self.gate.take(ports.DoorPositionChanged(PortalId(portal), is_open))

    def walk(self, portal: str = "door") -> None:
        """Somebody opens a door and lets it shut."""
        self.door(portal, is_open=True)
        self.door(portal, is_open=False)

    def after(self, seconds: float) -> None:
        """Let time pass; whatever was due by then comes due now."""
        self.clock.advance_to(self.clock.now_ns() + int(seconds * NS_PER_S))
        self.gate._presenting._tick()
        self.gate._obey()
        for portal in self.gate._portals._portals.values():
            self.gate._portals._tick(portal)

    def shown(self, reader: str = "in") -> list[str]:
        """What a reader was told to show, since this was last asked."""
        device = self.readers[ReaderId(reader)]
        shown, device.shown = [each.value for each in device.shown], []
        return shown

    def unlocked(self, portal: str = "door") -> list[tuple[int, AccessPointId | None]]:
        """For how long and which way a portal was released, since this was last asked."""
        strike = self.strikes[PortalId(portal)]
        unlocked, strike.unlocked = strike.unlocked, []
        return unlocked


class GateScene(PlayedGate):
    """The same with a journal that seals into a ring, and a controller that opens it."""

    def __init__(self, folder: Path, site: str, persons: Iterable[Person]) -> None:
        clock = ManualClock(NOON_NS)
        self.controller = PlayedController()
        self.enrolment, self.epoch = enrol([self.controller.card()]), new_epoch()
        self.time = GateTime(clock)
        self.keys = PeriodKeyStore(folder / "keys", self.enrolment.controller_keys())
        self.ring = Ring(RingFile(folder / "ring", self.epoch), self.time.now_ns)
        sealer = Sealer(EDGE, self.epoch, self.enrolment.signer(), Retention(), self.keys.publics)
        self.journal = Journal(self.time, sealer, self.keys, self.ring)
        super().__init__(site, persons, clock, self.time, self.journal)

    async def journaled(self) -> list[AnyEvent]:
        """All events so far, opened."""
        await self.journal.flush()
        found, _ = await self.ring.read(self.epoch, 1, 10**6, EVENT, most=10**6, most_bytes=10**9)
        return self.controller.open(found, self.enrolment)

    async def names(self) -> list[str]:
        """The kinds of all events so far; of denials their reasons."""
        return [
            event.reason.value if isinstance(event, AccessDenied) else type(event).__name__
            for event in await self.journaled()
        ]

    async def denials(self) -> list[tuple[DenialReason, HolderId | None]]:
        """All denials so far, and of whom."""
        return [(event.reason, event.holder) for event in await self.journaled() if isinstance(event, AccessDenied)]


_Scene = TypeVar("_Scene", bound=GateScene)


@asynccontextmanager
async def scene_of(kind: type[_Scene], folder: Path, site: str, persons: Iterable[Person]) -> AsyncIterator[_Scene]:
    """Yield a gate that runs, of a kind of scene, with all doors shut."""
    scene = kind(folder, site, persons)
    async with scene.ring:
        await scene.keys.take(scene.controller.publish(scene.time.now_ns()))
        for portal in parse_site(site).gate_of(EDGE).portal:
            if portal.dps_input >= 0 and not portal.passed_inputs:
                scene.door(portal.id, is_open=False)
        scene.technicians.lines.clear()
        yield scene


def gate_scene(folder: Path, site: str, persons: Iterable[Person]) -> AbstractAsyncContextManager[GateScene]:
    """Yield a gate that runs, with all doors shut."""
    return scene_of(GateScene, folder, site, persons)


def site_text(points: Mapping[str, str], rest: str) -> str:
    """A site file: areas hall and vault, access points `in`, `out` and `inner` with more said of them, and a gate."""
    ways = {"in": ("outside", "hall"), "out": ("hall", "outside"), "inner": ("hall", "vault")}
    text = '[site]\nmissed_exit_rate = 0.02\n[[area]]\nid = "hall"\n[[area]]\nid = "vault"\n'
    for point, (origin, to) in ways.items():
        text += f'[[access_point]]\nid = "{point}"\nfrom = "{origin}"\nto = "{to}"\n{points.get(point, "")}\n'
    return f'{text}[[gate]]\nid = "north"\n{rest}'
