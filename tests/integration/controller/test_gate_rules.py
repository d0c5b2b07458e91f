"""From the reference API to the alarm: a real gate and a real controller, its broker and its HTTPS between them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from contract.clock import SystemClock
from contract.enrolment import decode_enrolment
from contract.ids import AccessPointId, PortalId, ReaderId
from contract.periods import Kind
from contract.site import parse_site
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly, Settings, assemble
from controller.composition.ceremony import enrol
from controller.service.site.reference import NewHolder, NewPass
from drivers import ports
from drivers.ports import Credential
from edge.program import GateProgram
from tests.integration.controller.conftest import MAIN, NORTH, until
from tests.unit.controller.disk import bytes_below

SITE = parse_site("""
[site]
id = "here"
[[area]]
id = "hall"
[[area]]
id = "vault"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
pin = true
[[access_point]]
id = "inner"
from = "hall"
to = "vault"
persons = 2
[[gate]]
id = "north"
bad_pins = 2
reader = [
    {id = "r-in", kind = "osdp", access_point = "in"},
    {id = "r-inner", kind = "osdp", access_point = "inner"},
]
board = [{id = "relays", kind = "modbus", device = "line", profile = "generic"}]
portal = [
    {id = "door", hardware = "r-in", access_points = ["in"]},
    {id = "vault", hardware = "relays", access_points = ["inner"], fire_input = 3},
]
""")
PIN, DURESS = "57391846", "57391864"
ANN, BOB = (Credential(format="h10301", facility=201, number=number) for number in (54321, 54322))
IN, INNER = ReaderId("r-in"), ReaderId("r-inner")
DOOR, VAULT = PortalId("door"), PortalId("vault")


class _Strike:
    def __init__(self, portal: PortalId) -> None:
        self.id = portal
        self.count = 0

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        self.count += 1
        return True

    def lock(self) -> bool:
        return True


class System:
    """Controller and gate."""

    def __init__(self, assembly: Assembly, program: GateProgram) -> None:
        self.assembly, self.program = assembly, program
        self.strikes = {portal: _Strike(portal) for portal in (DOOR, VAULT)}
        program.gate._portals._hardware = self.strikes
        for portal in self.strikes:
            self.take(ports.DoorPositionChanged(portal, open=False))

    def take(self, event: ports.DeviceEvent) -> None:
        self.program.gate.take(event)

    def read(self, credential: Credential, reader: ReaderId, pin: str = "") -> None:
        self.take(ports.CredentialRead(reader, credential, self.program.time.boottime_ns()))
        if pin:
            self.take(ports.PinEntered(reader, pin))

    def walk(self, portal: PortalId) -> None:
        for is_open in (True, False):
            self.take(ports.DoorPositionChanged(portal, is_open))

    async def alarmed(self, kind: str, place: str, cause: str = "") -> None:
        """Wait until the controller shows an alarm."""
        alarms = self.assembly.truth.alarms
        await until(lambda: (kind, place, cause) in {(a.kind, a.place, a.cause) for a in alarms.lines()}, kind)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[System]:
    settings = Settings(SITE, MAIN, folder / "state", folder / "vault", BrokerKind.NATS)
    enrol(folder / "root", settings)
    async with assemble(settings, SystemClock(), lambda _: None) as assembly:
        assembly.reference.register([
            NewHolder("Zoe Quartermaine", "", [NewPass("PASS-1", [ANN.text], "all", pin=PIN, duress_pin=DURESS)]),
            NewHolder("Bob Other", "", [NewPass("PASS-2", [BOB.text], "all", pin="246813")]),
        ])  # fmt: skip
        enrolment = decode_enrolment((assembly.enrolments_folder / f"{NORTH}.enrolment").read_bytes())
        async with GateProgram(enrolment, SITE, folder / "gate", SystemClock()) as program:
            tasks = [asyncio.create_task(assembly.link.run(assembly.truth.take)), asyncio.create_task(program.run())]
            try:
                await until(lambda: assembly.link.connected and program.uplink.is_connected, "the link")
                await assembly.supply_gates()
                now = SITE.retention.period_at(Kind.MOVEMENT, program.time.now_ns())
                await until(lambda: program.policy.version == assembly.policies.wanted[NORTH], "the policy")
                await until(lambda: bool(program.keys.publics(now)), "keys")
                yield System(assembly, program)
            finally:
                for task in tasks:
                    task.cancel()
                for task in tasks:
                    with contextlib.suppress(asyncio.CancelledError):
                        await task


async def test_pins_duress_pairs_and_boards_from_the_policy_to_the_page(tmp_path: Path) -> None:
    async with running(tmp_path) as system:
        truth, strikes = system.assembly.truth, system.strikes

        system.read(ANN, IN, PIN)
        system.walk(DOOR)
        system.read(BOB, IN, "246813")
        system.walk(DOOR)
        await until(lambda: truth.headcounts()[0].named == 2, "two inside")
        assert (strikes[DOOR].count, truth.alarms.lines()) == (2, [])

        system.read(ANN, INNER)
        system.read(BOB, INNER)
        system.walk(VAULT)
        await until(lambda: [line.named for line in truth.headcounts()[1]] == [0, 2], "a pair in the vault")
        assert strikes[VAULT].count == 1

        system.read(ANN, IN, DURESS)
        assert strikes[DOOR].count == 3
        await system.alarmed("duress", "in")
        for _ in range(2):
            system.read(BOB, IN, "111222")
        await system.alarmed("bad-pins", "in")
        system.read(BOB, IN)
        await system.alarmed("denied", "in", "wrong-pin")
        await system.alarmed("denied", "in", "pin-locked")

        system.take(ports.BoardOnline("relays"))
        system.take(ports.DeviceIdentified("relays", "Vendor", "R8", "1", "7", "1.4"))
        await until(lambda: [(b.online, b.device) for b in truth.gates.lines()[0].boards] == [(True, "Vendor R8 1.4")])
        system.take(ports.BoardLost("relays", ports.LossReason.NO_ANSWER))
        await system.alarmed("board-lost", "relays")
        await until(lambda: not truth.gates.lines()[0].boards[0].online, "the page shows the loss")
        system.take(ports.FireInputChanged(VAULT, active=True))
        await system.alarmed("fire", "vault")

        written = bytes_below(tmp_path)
        for secret in (PIN, DURESS, "246813", "111222", ANN.text, "Zoe Quartermaine"):
            assert secret.encode() not in written
