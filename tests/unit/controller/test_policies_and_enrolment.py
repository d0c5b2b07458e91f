"""A gate is enrolled once, keeps its private keys alone, and gets the policy that is its own."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import Engine
from sqlmodel import Session, select

from contract.clock import NS_PER_S, ManualClock, SystemClock, to_datetime
from contract.controllers import ControllerCard
from contract.enrolment import Enrolment, decode_enrolment
from contract.ids import EdgeId
from contract.periods import DAY_S, Kind, Retention
from contract.policy import Policy, open_policy
from contract.sealing import WrapRefusedError
from contract.site import parse_site
from controller.identity import Identity
from controller.pki.folder import Authority
from controller.pki.listed import Listed, install
from controller.pki.request import own_card
from controller.pki.root import LIST, PUBLIC_FILE, Root
from controller.ports import Ports
from controller.service.site import policies as policies_module
from controller.service.site.enrolment import Enrolments
from controller.service.site.policies import LIFE_S, Policies
from controller.service.site.reference import NewHolder, NewPass, Reference, ReferenceKey
from controller.service.site.replaced_keys import ReplacedKeys
from controller.service.site.vehicles import Vehicles
from controller.store.reference import GateRow, open_reference
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.sources import MAIN, at_ns, signer_of

SITE = parse_site("""
area = [{id = "hall"}]
access_point = [
    {id = "in", from = "outside", to = "hall"},
    {id = "out", from = "hall", to = "outside"},
]
[[gate]]
id = "north"
anti_passback = "hard"
reader = [{id = "r", kind = "serial", access_point = "in"}]
[[gate]]
id = "south"
reader = [{id = "s", kind = "serial", access_point = "out"}]
[[gate]]
id = "never-enrolled"
""")
NORTH, SOUTH = EdgeId("north"), EdgeId("south")
SIGNER = signer_of("controller")
START_S = 1_800_000_000


@dataclass
class Office:
    """What issues policies, and the gates' own files as they were carried away."""

    clock: ManualClock
    engine: Engine
    reference: Reference
    vehicles: Vehicles
    policies: Policies
    enrolments: Enrolments
    gates: dict[EdgeId, Enrolment]

    def opened(self, edge: EdgeId, version: int) -> Policy:
        """The policy as the gate opens it."""
        sealed = self.policies.sealed(edge, version)
        assert sealed is not None
        gate = self.gates[edge]
        return open_policy(sealed, edge, gate.policy_private(), gate.controller_keys())


def listed_by(root: Root, state: Path, card: ControllerCard) -> Listed:
    """What a controller with that card believes, when the root has listed it and a technician brought the list."""
    root.enrol([card])
    install(state, (root.folder / LIST).read_bytes(), (root.folder / PUBLIC_FILE).read_bytes(), root.site)
    return Listed(state, root.site, card)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    clock = ManualClock(at_ns(START_S))
    engine = open_reference(tmp_path / "reference.db")
    key = ReferenceKey(bytes(32))
    reference = Reference(engine, key)
    vehicles = Vehicles(engine, key, reference)
    reference.load_site(SITE)
    reference.register([NewHolder("Ann", "staff", [NewPass("PASS-1", ["card-1"], "all")])])
    authority = Authority(tmp_path / "authority", SITE.site.id, MAIN, to_datetime(SystemClock().now_ns()))
    identity = Identity(SIGNER, bytes(32), X25519PrivateKey.generate())
    card = own_card(identity, authority, MAIN, "127.0.0.1", Ports(1, 2))
    listed = listed_by(Root.make(tmp_path / "root", SITE.site.id), tmp_path / "state", card)
    enrolments = Enrolments(SITE.site.id, SystemClock(), authority, engine, tmp_path / "enrolments", listed)
    gates = {edge: decode_enrolment(enrolments.enrol(edge).read_bytes()) for edge in (NORTH, SOUTH)}
    policies = Policies(SITE, MAIN, SIGNER, reference, vehicles, engine, tmp_path / "policies")
    yield Office(clock, engine, reference, vehicles, policies, enrolments, gates)
    engine.dispose()


def test_no_private_key_of_a_gate_stays_but_in_its_own_file(office: Office, tmp_path: Path) -> None:
    office.engine.dispose()
    assert sorted(path.name for path in (tmp_path / "enrolments").iterdir()) == ["north.enrolment", "south.enrolment"]
    for edge, gate in office.gates.items():
        path = tmp_path / "enrolments" / f"{edge}.enrolment"
        assert path.stat().st_mode & 0o777 == 0o600
        path.unlink()  # carried away
        key = load_pem_private_key(gate.tls_key_pem.encode(), None)
        secret = key.private_numbers().private_value.to_bytes(32, "big")  # type: ignore[union-attr]
        everything = bytes_below(tmp_path)
        pem_lines = gate.tls_key_pem.splitlines()[1:-1]
        for private in (gate.signing_key, gate.policy_key, secret, *(line.encode() for line in pem_lines)):
            assert private not in everything
        assert gate.signer().public_key().public_bytes_raw() in everything


def test_the_public_halves_are_those_of_the_file(office: Office) -> None:
    keys = office.enrolments.verify_keys()
    assert set(keys) == {"north", "south"}
    for edge, gate in office.gates.items():
        assert keys[edge].public_bytes_raw() == gate.signer().public_key().public_bytes_raw()
        assert gate.controllers == office.enrolments.listed.now.controllers
    assert office.gates[NORTH].signing_key != office.gates[SOUTH].signing_key


def test_a_gate_that_is_enrolled_anew_has_new_keys(office: Office) -> None:
    again = decode_enrolment(office.enrolments.enrol(NORTH).read_bytes())
    assert again.signing_key != office.gates[NORTH].signing_key
    assert again.tls_certificate_pem != office.gates[NORTH].tls_certificate_pem
    known = office.enrolments.verify_keys()["north"].public_bytes_raw()
    assert known == again.signer().public_key().public_bytes_raw()


def test_what_a_gate_signed_before_is_kept_until_it_speaks_with_its_new_key(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock(at_ns(START_S))
    enrolments = replace(office.enrolments, clock=clock)
    replaced = ReplacedKeys(office.engine, Retention())
    first = office.gates[NORTH].signer().public_key()
    day = Retention().period_at(Kind.VIDEO, clock.now_ns())
    assert replaced.of(NORTH, day) == []
    enrolments.enrol(NORTH)
    assert (replaced.of(NORTH, day), replaced.of(SOUTH, day)) == ([first], [])
    assert replaced.of(NORTH, day.next()) == []
    clock.advance_to(clock.now_ns() + DAY_S * NS_PER_S)  # until somebody carries the file there it goes on recording
    enrolments.arrived(NORTH)
    assert replaced.of(NORTH, day.next()) == [first]
    clock.advance_to(clock.now_ns() + DAY_S * NS_PER_S)
    enrolments.arrived(NORTH)
    assert replaced.of(NORTH, day.next().next()) == []


def test_each_enrolled_gate_gets_a_policy_that_it_alone_opens(office: Office) -> None:
    manifests = office.policies.refresh(office.clock.now_ns())
    assert set(manifests) == {NORTH, SOUTH}
    for edge, manifest in manifests.items():
        sealed = office.policies.sealed(edge, START_S)
        assert sealed is not None
        assert manifest.sha256 == hashlib.sha256(sealed).digest()
        assert (manifest.size_bytes, manifest.policy_version, manifest.edge) == (len(sealed), START_S, edge)
        policy = office.opened(edge, START_S)
        assert policy.header.edge == edge
        assert policy.header.policy_version == START_S
        assert (policy.header.issued_at_s, policy.header.expires_at_s) == (START_S, START_S + 72 * 3600)
        assert policy.find("card-1") is not None
        assert policy.find("card-2") is None
        other = office.gates[SOUTH if edge == NORTH else NORTH]
        with pytest.raises(WrapRefusedError):
            open_policy(sealed, edge, other.policy_private(), other.controller_keys())
    assert office.opened(NORTH, START_S).header.anti_passback == "hard"


def test_a_gate_is_told_of_its_own_access_points_only(office: Office) -> None:
    office.policies.refresh(office.clock.now_ns())
    assert [level.access_points for level in office.opened(NORTH, START_S).header.levels] == [{"in"}]
    assert [level.access_points for level in office.opened(SOUTH, START_S).header.levels] == [{"out"}]


def test_a_policy_on_disk_names_nobody(office: Office, tmp_path: Path) -> None:
    office.policies.refresh(office.clock.now_ns())
    written = bytes_below(tmp_path / "policies")
    assert not any(plant in written for plant in (b"card-1", b"PASS-1", b"Ann"))
    assert (tmp_path / "policies").stat().st_mode & 0o777 == 0o700


def test_a_new_one_is_made_when_reference_data_changed_and_only_then(office: Office) -> None:
    office.policies.refresh(office.clock.now_ns())
    assert not office.policies.refresh(office.clock.now_ns())
    office.reference.block("PASS-1", blocked=True, at_s=0)
    assert {m.policy_version for m in office.policies.refresh(office.clock.now_ns()).values()} == {START_S + 1}
    row = office.opened(NORTH, START_S + 1).find("card-1")
    assert row is not None
    assert row.blocked
    assert office.policies.sealed(NORTH, START_S) is None, "no longer this gate's policy"
    assert office.policies.sealed(EdgeId("never-enrolled"), 0) is None
    assert office.policies.sealed(EdgeId("../reference.db"), 1) is None
    assert not office.policies.refresh(office.clock.now_ns())


def test_a_new_one_is_made_when_half_of_its_life_is_over(office: Office) -> None:
    office.policies.refresh(office.clock.now_ns())
    office.clock.advance_to(at_ns(START_S + LIFE_S // 2 - 1))
    assert not office.policies.refresh(office.clock.now_ns())
    office.clock.advance_to(at_ns(START_S + LIFE_S // 2))
    assert office.policies.refresh(office.clock.now_ns())
    assert office.opened(NORTH, START_S + LIFE_S // 2).header.expires_at_s == START_S + LIFE_S // 2 + LIFE_S


def test_the_version_goes_on_rising_after_a_restart(office: Office, tmp_path: Path) -> None:
    office.policies.refresh(office.clock.now_ns())
    again = Policies(SITE, MAIN, SIGNER, office.reference, office.vehicles, office.engine, tmp_path / "policies")
    assert {m.policy_version for m in again.refresh(office.clock.now_ns()).values()} == {START_S + 1}
    assert again.sealed(NORTH, START_S + 1) is not None


def test_a_database_from_a_backup_does_not_go_back_to_versions_that_gates_have(office: Office) -> None:
    office.clock.advance_to(at_ns(START_S + 1000))
    before = office.policies.refresh(office.clock.now_ns())[NORTH].policy_version
    with Session(office.engine) as session:
        for row in session.exec(select(GateRow)):
            row.policy_version = 3  # as it was last month
        session.commit()
    office.clock.advance_to(at_ns(START_S + 2000))
    office.reference.block("PASS-1", blocked=True, at_s=0)
    assert office.policies.refresh(office.clock.now_ns())[NORTH].policy_version > before


def test_what_the_disk_refused_is_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(policies_module, "write_atomically", refuse)
        with pytest.raises(OSError, match="No space"):
            office.policies.refresh(office.clock.now_ns())
    manifests = office.policies.refresh(office.clock.now_ns())
    assert set(manifests) == {NORTH, SOUTH}
    assert office.opened(NORTH, manifests[NORTH].policy_version).find("card-1") is not None
    with Session(office.engine) as session:
        row = session.get(GateRow, "north")
        assert row is not None
        assert row.policy_version == manifests[NORTH].policy_version
