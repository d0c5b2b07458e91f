"""Vehicles and deliveries: sealed in every byte, each plate once, told to those gates alone whose lanes they use."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session, select

from contract.ids import AccessPointId, EdgeId, VehicleId
from contract.policy import AccessLevel, Policy, open_policy
from contract.site import parse_site
from controller.service.site.policies import Policies
from controller.service.site.reference import NewHolder, NewPass, Reference, ReferenceKey, RefusedError
from controller.service.site.vehicles import KEPT_AFTER_S, NewVehicle, Vehicles
from controller.store.reference import GateRow, VehicleEntryRow, open_reference
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.sources import MAIN, at_ns, signer_of

SITE = parse_site("""
area = [{id = "yard"}]
access_point = [
    {id = "drive-in", from = "outside", to = "yard"},
    {id = "drive-out", from = "yard", to = "outside"},
    {id = "walk-in", from = "outside", to = "yard"},
]
[[gate]]
id = "road"
board = [{id = "io", kind = "modbus", device = "bus", profile = "waveshare-relay-8"}]
portal = [{id = "boom", kind = "barrier", hardware = "io", access_points = ["drive-in", "drive-out"], dps_input = 0}]
lane = [
    {id = "lane-in", access_point = "drive-in", portal = "boom", hardware = "io", presence_input = 1},
    {id = "lane-out", access_point = "drive-out", portal = "boom", hardware = "io", presence_input = 2},
]
[[gate]]
id = "foot"
reader = [{id = "r", kind = "serial", access_point = "walk-in"}]
""")
KEY = ReferenceKey(bytes(range(32)))
ROAD, FOOT = EdgeId("road"), EdgeId("foot")
NOW_S = 1_800_000_000
KEYS = {edge: X25519PrivateKey.generate() for edge in (ROAD, FOOT)}
PLATE = "KVZ 7719-Q"
ANN = NewHolder("Ann Quartermaine", "staff", [NewPass("PASS-1", ["card-1"], "all")])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_reference(tmp_path / "state" / "reference.db")
    yield engine
    engine.dispose()


@pytest.fixture
def reference(engine: Engine) -> Reference:
    reference = Reference(engine, KEY)
    reference.load_site(SITE)
    return reference


@pytest.fixture
def vehicles(engine: Engine, reference: Reference) -> Vehicles:
    return Vehicles(engine, KEY, reference)


def policy_of(edge: EdgeId, engine: Engine, reference: Reference, vehicles: Vehicles, folder: Path) -> Policy:
    """The policy that a gate gets at NOW_S, opened as it opens it."""
    policy_key = KEYS[edge].public_key().public_bytes_raw()
    with Session(engine) as session:
        session.merge(GateRow(id=edge, verify_key=b"", policy_key=policy_key, enrolled_at=""))
        session.commit()
    signer = signer_of("controller")
    policies = Policies(SITE, MAIN, signer, reference, vehicles, engine, folder / "policies")
    manifest = policies.refresh(at_ns(NOW_S))[edge]
    sealed = policies.sealed(edge, manifest.policy_version)
    assert sealed is not None
    return open_policy(sealed, edge, KEYS[edge], {MAIN: signer.public_key()})


def test_no_byte_on_the_disk_tells_a_plate(tmp_path: Path, engine: Engine, vehicles: Vehicles) -> None:
    vehicles.register([NewVehicle(PLATE, "all")])
    assert [each.plate for each in vehicles.all()] == ["KVZ7719Q"]
    engine.dispose()
    everything = bytes_below(tmp_path)
    assert b"KVZ7719Q" not in everything
    assert PLATE.encode() not in everything


def test_nothing_that_is_printed_tells_a_plate_or_a_driver(vehicles: Vehicles, reference: Reference) -> None:
    reference.register([ANN])
    new = NewVehicle(PLATE, "all", drivers=["PASS-1"])
    vehicles.register([new])
    assert vehicles.all()[0].drivers == ["Ann Quartermaine"]
    for text in (repr(new), repr(vehicles.all())):
        assert "7719" not in text
        assert "PASS" not in text
        assert "Ann" not in text


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (NewVehicle("K", "all"), "a plate is 2 to 12"),
        (NewVehicle("Ж-AB 1", "all"), "a plate is 2 to 12"),
        (NewVehicle("AB 1", "nowhere"), "no access level 'nowhere'"),
        (NewVehicle("AB 1", "all", valid_from_s=9, valid_until_s=9), "from one to a later time"),
        (NewVehicle("AB 1", "all", is_delivery=True), "give its end"),
        (NewVehicle("AB 1", "all", drivers=["PASS-9"]), "no pass has the number"),
    ],
)
def test_what_no_policy_could_hold_is_refused_by_name(vehicles: Vehicles, new: NewVehicle, why: str) -> None:
    with pytest.raises(RefusedError, match=why) as refused:
        vehicles.register([NewVehicle("GOOD 1", "all"), new])
    assert "PASS-9" not in str(refused.value)
    assert vehicles.all() == []


def test_a_plate_is_entered_once_however_it_is_written(vehicles: Vehicles) -> None:
    vehicles.register([NewVehicle(PLATE, "all")])
    with pytest.raises(RefusedError, match="entered already"):
        vehicles.register([NewVehicle("AB 1", "all"), NewVehicle("kvz-7719 q", "all")])
    assert len(vehicles.all()) == 1
    vehicles.register([NewVehicle("fü·ab 12", "all")])
    assert {each.plate for each in vehicles.all()} == {"KVZ7719Q", "FUAB12"}


def expected(plate: str, from_s: int, until_s: int) -> NewVehicle:
    return NewVehicle(plate, "all", valid_from_s=NOW_S + from_s, valid_until_s=NOW_S + until_s, is_delivery=True)


def test_a_plate_is_expected_as_often_as_its_times_do_not_overlap(
    tmp_path: Path, engine: Engine, reference: Reference, vehicles: Vehicles
) -> None:
    twice = vehicles.register([expected(PLATE, 0, 60), expected(PLATE, 60, 120)])
    own = vehicles.register([NewVehicle(PLATE, "all")])
    for again in (expected(PLATE, 30, 40), expected(PLATE, 119, 180), NewVehicle(PLATE, "all", valid_from_s=5)):
        with pytest.raises(RefusedError, match="entered already"):
            vehicles.register([again])
    with pytest.raises(RefusedError, match="entered already"):
        vehicles.register([expected("LOAD 1", 0, 60), expected("LOAD 1", 59, 90)])
    road = policy_of(ROAD, engine, reference, vehicles, tmp_path)
    assert {row.vehicle for row in road.vehicles("KVZ7719Q")} == {*twice, *own}
    assert len(vehicles.all()) == 3


def test_gates_get_what_leads_through_their_lanes_and_no_plate(
    tmp_path: Path, engine: Engine, reference: Reference, vehicles: Vehicles
) -> None:
    ann = reference.register([ANN])[0]
    reference.put_access_level("on-foot", AccessLevel(frozenset({AccessPointId("walk-in")})))
    until_s = NOW_S + 3600
    own, walker, load, gone = vehicles.register(
        [
            NewVehicle(PLATE, "all", drivers=["PASS-1"], blocked=True),
            NewVehicle("WALK 1", "on-foot"),
            NewVehicle("LOAD 1", "all", valid_from_s=NOW_S, valid_until_s=until_s, is_delivery=True),
            NewVehicle("GONE 1", "all", valid_from_s=1, valid_until_s=NOW_S, is_delivery=True),
        ]
    )
    road = policy_of(ROAD, engine, reference, vehicles, tmp_path)
    (found,) = road.vehicles("KVZ7719Q")
    assert (found.vehicle, found.blocked, found.drivers, found.is_delivery) == (own, True, [ann], False)
    assert "drive-in" in road.header.levels[found.level].access_points
    (delivery,) = road.vehicles("LOAD1")
    assert (delivery.vehicle, delivery.valid_from_s, delivery.valid_until_s) == (load, NOW_S, until_s)
    assert delivery.is_delivery
    assert {row.vehicle for row in road.header.vehicles} == {own, load}
    assert not {walker, gone} & {row.vehicle for row in road.header.vehicles}
    assert policy_of(FOOT, engine, reference, vehicles, tmp_path).header.vehicles == []


def test_blocking_and_removing_reach_the_next_policy(
    tmp_path: Path, engine: Engine, reference: Reference, vehicles: Vehicles
) -> None:
    (own,) = vehicles.register([NewVehicle(PLATE, "all")])
    before = reference.revision
    assert vehicles.block(own, blocked=True)
    assert reference.revision != before
    (found,) = policy_of(ROAD, engine, reference, vehicles, tmp_path).vehicles("KVZ7719Q")
    assert found.blocked
    assert vehicles.remove(own)
    assert policy_of(ROAD, engine, reference, vehicles, tmp_path).vehicles("KVZ7719Q") == ()
    assert not vehicles.remove(own)
    assert not vehicles.block(VehicleId("none"), blocked=True)


def test_a_delivery_is_forgotten_a_day_after_its_time(engine: Engine, vehicles: Vehicles) -> None:
    ends_s = NOW_S + 60
    vehicles.register([NewVehicle("LOAD 1", "all", valid_until_s=ends_s, is_delivery=True), NewVehicle("AB 1", "all")])
    vehicles.forget_past(ends_s + KEPT_AFTER_S)
    assert len(vehicles.all()) == 2
    vehicles.forget_past(ends_s + KEPT_AFTER_S + 1)
    with Session(engine) as session:
        assert [row.is_delivery for row in session.exec(select(VehicleEntryRow))] == [False]


def test_a_copy_is_not_written_to(reference: Reference, vehicles: Vehicles) -> None:
    (own,) = vehicles.register([NewVehicle(PLATE, "all", valid_until_s=NOW_S, is_delivery=True)])
    reference.kept_elsewhere = lambda: "other"
    with pytest.raises(RefusedError, match="controller other"):
        vehicles.register([NewVehicle("AB 1", "all")])
    with pytest.raises(RefusedError, match="controller other"):
        vehicles.block(own, blocked=True)
    with pytest.raises(RefusedError, match="controller other"):
        vehicles.remove(own)
    vehicles.forget_past(NOW_S + KEPT_AFTER_S + 1)
    assert [each.id for each in vehicles.all()] == [own]
