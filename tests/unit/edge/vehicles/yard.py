"""A gate with a lane in and a lane out, the vehicles before it and the officer beside it, for tests to play."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from contract.events import AdmittedBecause, TurnedAway
from contract.ids import AccountId, ControllerId, LaneId, PortalId, VehicleId, new_act_id
from contract.messages import DoorOrder
from contract.policy import VehicleRow, plate_digest
from drivers.ports import LaneInput
from edge.domain.acting import ActResult, EnterOccupants, EnterPlate, PassVehicle, TurnAway
from edge.domain.vehicles.shown import LaneShown
from tests.unit.edge.parts import EDGE
from tests.unit.edge.scene import KEY, GateScene, Person, scene_of, site_text

ANN, BOB, STRANGER = Person(1), Person(2), Person(9)
MIRA = AccountId("a" * 24)
CAR = "W12345X"
GATE = """
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
[[gate.reader]]
id = "in"
kind = "serial"
access_point = "in"
device = "a"
[[gate.reader]]
id = "out"
kind = "serial"
access_point = "out"
device = "b"
[[gate.portal]]
id = "boom-in"
kind = "barrier"
hardware = "io"
access_points = ["in"]
dps_input = 0
rex_input = -1
unlock_ms = 700
passage_ms = 8000
stays_free = true
[[gate.portal]]
id = "boom-out"
kind = "barrier"
hardware = "io"
access_points = ["out"]
strike_output = 1
dps_input = 1
rex_input = -1
unlock_ms = 700
passage_ms = 8000
stays_free = true
[[gate.camera]]
id = "eye"
[[gate.lane]]
id = "lane-in"
access_point = "in"
portal = "boom-in"
hardware = "io"
presence_input = 2
clearance_input = 3
camera = "eye"
plate = "required"
reject_portal = "boom-out"
[[gate.lane]]
id = "lane-out"
access_point = "out"
portal = "boom-out"
hardware = "io"
presence_input = 4
clearance_input = 5
occupants = "badges"
"""
PRESENCE, CLEARANCE = LaneInput.PRESENCE, LaneInput.CLEARANCE
PERMITTED = VehicleRow(plate_digest(KEY, CAR), VehicleId("c" * 24), 0)


class Yard(GateScene):
    """The gate with vehicles before it."""

    def stands(self, name: str = "lane-in") -> None:
        self.lane(name, PRESENCE, active=True)

    def seen(self, name: str = "lane-in") -> LaneShown:
        return self.officer.lanes[LaneId(name)]

    def drives_through(self, way: str = "in") -> None:
        """A vehicle before a boom that rises goes under it, and away."""
        self.door(f"boom-{way}", is_open=True)
        self.lane(f"lane-{way}", CLEARANCE, active=True)
        self.lane(f"lane-{way}", PRESENCE, active=False)
        self.lane(f"lane-{way}", CLEARANCE, active=False)
        self.after(1)
        self.door(f"boom-{way}", is_open=False)

    def enter(self, amount: int, name: str = "lane-in", *, trailer: bool = False) -> ActResult:
        visit = self.seen(name).visit
        return self.gate._acts.take(MIRA, EnterOccupants(new_act_id(), LaneId(name), visit, amount, trailer))

    def type_plate(self, plate: str, name: str = "lane-in") -> ActResult:
        return self.gate._acts.take(MIRA, EnterPlate(new_act_id(), LaneId(name), self.seen(name).visit, plate))

    def let_pass(self, amount: int, name: str = "lane-in") -> ActResult:
        act = PassVehicle(new_act_id(), LaneId(name), self.seen(name).visit, AdmittedBecause.PASS_FORGOTTEN, amount)
        return self.gate._acts.take(MIRA, act)

    def turn_away(self, name: str = "lane-in") -> ActResult:
        act = TurnAway(new_act_id(), LaneId(name), self.seen(name).visit, TurnedAway.OCCUPANTS)
        return self.gate._acts.take(MIRA, act)

    def order(self, *, exits_free: bool = False, entries_denied: bool = False) -> None:
        now_ns = self.clock.now_ns()
        self.gate.order(DoorOrder(1, ControllerId("main"), EDGE, now_ns, now_ns + 10**15, exits_free, entries_denied))

    def was_lowered(self, portal: str = "boom-in") -> bool:
        return self.strikes[PortalId(portal)].locked > 0

    def is_ordered_up(self, portal: str = "boom-in") -> bool:
        return bool(self.unlocked(portal))


@asynccontextmanager
async def yard_at(
    folder: Path, site: str = site_text({}, GATE), persons: Iterable[Person] = (ANN, BOB)
) -> AsyncIterator[Yard]:
    """Yield it, with nobody there and everything known."""
    async with scene_of(Yard, folder, site, persons) as scene:
        scene.expect(PERMITTED)
        for way in ("in", "out"):
            scene.lane(f"lane-{way}", PRESENCE, active=False)
            scene.lane(f"lane-{way}", CLEARANCE, active=False)
        scene.after(1)
        for way in ("in", "out"):
            scene.unlocked(f"boom-{way}")
            scene.strikes[PortalId(f"boom-{way}")].locked = 0
        yield scene
