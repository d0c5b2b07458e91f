"""Sirens at outputs of real kinds of devices, through the real gate and drivers: sounded by order, silent at its end.

The people of the simulated site hear the very relay that the gate closed, walk out and are read at a muster point.
"""

import asyncio
from random import Random

from contract.clock import NS_PER_S
from contract.events import SignalSwitched
from contract.ids import OUTSIDE, AreaId, ControllerId, SignalId
from contract.messages import DoorOrder
from contract.site import GateDevices
from drivers.ports import CredentialRead, ReaderOnline
from edge.hardware import build
from simulators.evacuation import Evacuations
from simulators.gate import SimulatedGate
from simulators.people import people
from simulators.routes import Routes
from simulators.scene import parse_scene
from simulators.siren import Ears
from simulators.truth import Truth
from simulators.world import World
from tests.integration.edge.conftest import Premises, until
from tests.integration.edge.test_boards_unplugged import BY_IO, LCUS, Bench, bench
from tests.unit.edge.parts import EDGE

MAIN = ControllerId("main")
IO, USB = SignalId("io-siren"), SignalId("usb-siren")


def siren(name: str, hardware: str, output: int) -> str:
    return f'[[gate.signal]]\nid = "{name}"\nhardware = "{hardware}"\noutput = {output}\nplans = ["evacuate"]\n'


def order(at: Bench, *signals: SignalId, lasts_s: int = 3600) -> None:
    now_ns = at.program.time.now_ns()
    until_ns = now_ns + lasts_s * NS_PER_S
    at.program.gate.order(DoorOrder(1, MAIN, EDGE, now_ns, until_ns, bool(signals), False, list(signals), now_ns))


def switched(at: Bench, name: SignalId) -> bool:
    return at.gate.sirens[name].is_sounding


async def test_boards_sound_and_fall_silent_and_sound_again_after_a_loss(premises: Premises) -> None:
    text = BY_IO + LCUS + siren(IO, "io", 6) + siren(USB, "relay", 0)
    async with bench(premises, text) as at:
        order(at, IO, USB)
        await until(lambda: switched(at, IO) and switched(at, USB))
        at.gate.boards["io"].power_off()
        assert not switched(at, IO)
        await until(lambda: not at.are_boards_online)
        at.gate.boards["io"].power_on()
        await until(lambda: switched(at, IO))
        order(at)
        await until(lambda: not switched(at, IO) and not switched(at, USB))
        events = await at.events_when(lambda events: sum(isinstance(each, SignalSwitched) for each in events) >= 4)
        assert {(each.signal, each.active) for each in events if isinstance(each, SignalSwitched)} == {
            (IO, True), (USB, True), (IO, False), (USB, False),
        }  # fmt: skip


SCENE = """
[[area]]
id = "hall"
[[muster_point]]
id = "lawn"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[access_point]]
id = "lawn"
from = "any"
to = "outside"
muster_point = "lawn"
[[gate]]
id = "north"
reader = [
    {id = "r-out", kind = "osdp", access_point = "out", device = "bus", address = 1, baud = 115200},
    {id = "r-in", kind = "osdp", access_point = "in", device = "bus", address = 2, baud = 115200},
    {id = "r-lawn", kind = "osdp", access_point = "lawn", device = "bus", address = 3, baud = 115200},
]
portal = [{id = "door", hardware = "r-out", access_points = ["in", "out"], dps_closes_when = "shut"}]
signal = [{id = "horn", hardware = "r-out", output = 1, plans = ["evacuate"]}]
[simulation]
people = 2
[simulation.evacuation]
muster_rate = 1.0
badge_rate = 1.0
reaction_s = [0.1, 0.2]
to_muster_s = [0.1, 0.2]
"""


async def test_people_hear_an_osdp_siren_leave_and_are_read_at_the_muster_point(premises: Premises) -> None:
    scene = parse_scene(SCENE)
    gate = SimulatedGate(scene.site.gate[0], premises.folder / "lines")
    gate.start()
    devices = build(
        scene.site.gate[0], GateDevices(lines=gate.device_lines, scbk=gate.scbk), premises.clock, premises.folder
    )
    everybody = people(scene)
    truth, ears = Truth([AreaId("hall")]), Ears(gate.sirens.values())
    world = World(scene, [gate], premises.clock)
    world.resume()
    evacuations = Evacuations(
        scene, gate.ways, gate.stands, Routes(scene.site), truth, ears, world._passage, Random("evacuation")
    )
    for person in everybody:
        truth.move(person.number, OUTSIDE, AreaId("hall"), is_read=True)
    seen: list[object] = []
    running = [asyncio.create_task(reader.run(seen.append)) for reader in devices.readers.values()]
    try:
        await until(lambda: sum(isinstance(event, ReaderOnline) for event in seen) == 3)
        horn, door = devices.signals[SignalId("horn")], next(iter(devices.portals.values()))
        assert horn.sound(20_000)
        await asyncio.wait_for(ears.until(sounding=True), 40)
        assert door.unlock(20_000)
        fleeing = [asyncio.create_task(evacuations.live_through(person)) for person in everybody]
        await until(lambda: len(cards_read(seen, "r-lawn")) == len(everybody))
        assert not truth.figures().present
        assert len(cards_read(seen, "r-out")) == len(everybody)
        assert horn.silence()
        await asyncio.wait_for(ears.until(sounding=False), 40)
        running += fleeing
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        gate.stop()


def cards_read(seen: list[object], reader: str) -> list[str]:
    return [e.credential.text for e in seen if isinstance(e, CredentialRead) and e.reader == reader]
