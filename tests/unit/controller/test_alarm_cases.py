"""Alarms that wait for an officer: louder in time, acknowledged by name, the same after a restart."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import NS_PER_S, ManualClock
from contract.events import AccessDenied, DenialReason, DoorClosed, DoorForced, Duress, ReaderBack, ReaderLost
from contract.ids import AccessPointId, AccountId, ControllerId, PortalId, ReaderId
from contract.site import parse_site
from controller.domain.alarm import ATTEMPTS, CASES_OF_A_GATE, CLASSES, WITHIN_S, AlarmClass, Attempts
from controller.domain.ways_out import ways_out
from controller.ledger import Ledger
from controller.ledger.told import TOLD
from controller.live import Headcount
from controller.service.alarm_cases import ACKNOWLEDGED, LOUDER, AlarmCases, NoSuchAlarmError
from controller.service.alarms import Alarms
from controller.service.crowding import watch_capacity

START_NS = 1_800_000_000 * NS_PER_S
ADA = AccountId("a" * 24)
DOOR = PortalId("door")
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Desk:
    """Alarms, who waits for whom, and the ledger."""

    def __init__(self, folder: Path, now_ns: int = START_NS) -> None:
        self.clock = ManualClock(now_ns)
        self.ledger = Ledger(folder / "ledger.jsonl", ControllerId("main"), SIGNER)
        self.alarms = Alarms()
        self.cases = AlarmCases(self.clock, self.ledger, self.alarms)

    def force(self, second: float = 0, door: str = DOOR) -> None:
        self.alarms.of_event("north", DoorForced(START_NS + int(second * NS_PER_S), PortalId(door)))

    def at(self, second: float) -> None:
        self.clock.advance_to(START_NS + int(second * NS_PER_S))
        self.cases.tick()

    def only(self) -> str:
        (case,) = self.cases.waiting()
        return case.id


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_an_alarm_waits_until_an_officer_acknowledges_it_by_name(desk: Desk) -> None:
    desk.force()
    desk.force(1)
    (line,) = desk.cases.lines()
    assert (line.kind, line.gate, line.place, line.times, line.loud) == ("forced", "north", DOOR, 2, False)
    desk.at(20)
    answered = desk.cases.acknowledge(line.id, ADA)
    assert desk.cases.waiting() == []
    assert (answered.by, answered.at_ns) == (ADA, START_NS + 20 * NS_PER_S)
    assert desk.ledger.last[ACKNOWLEDGED].facts == {
        "alarm": "forced", "cause": "", "gate": "north", "place": DOOR, "waited_s": 20, "times": 2, "by": ADA,
    }  # fmt: skip
    assert desk.cases.acknowledge(line.id, AccountId("b" * 24)) == answered
    assert desk.ledger.counts[ACKNOWLEDGED] == 1
    with pytest.raises(NoSuchAlarmError):
        desk.cases.acknowledge("0" * 16, ADA)
    desk.force(30)  # once more is a new case
    assert desk.only() != line.id


def test_an_alarm_that_nobody_acknowledges_in_its_time_goes_louder_once(desk: Desk) -> None:
    desk.force()
    within_s = WITHIN_S[AlarmClass.INTRUSION]
    desk.at(within_s - 1)
    assert not desk.cases.lines()[0].loud
    desk.at(within_s)
    desk.at(within_s + 30)
    assert desk.cases.lines()[0].loud
    assert desk.ledger.counts[LOUDER] == 1
    assert desk.ledger.last[LOUDER].facts["waited_s"] == within_s


def test_the_loud_ones_and_those_that_will_be_soon_come_first(desk: Desk) -> None:
    desk.alarms.of_event("north", ReaderLost(START_NS, ReaderId("r1"), "silent"))
    desk.force()
    desk.alarms.of_event("north", Duress(START_NS, AccessPointId("in"), 1))
    assert [case.key.kind for case in desk.cases.waiting()] == ["duress", "forced", "reader-lost"]
    desk.at(WITHIN_S[AlarmClass.DEVICE])
    desk.alarms.of_event("south", Duress(START_NS, AccessPointId("in"), 1))
    assert [case.key.kind for case in desk.cases.waiting()] == ["duress", "forced", "reader-lost", "duress"]


def test_what_is_over_waits_all_the_same(desk: Desk) -> None:
    desk.force(5)
    desk.alarms.of_event("north", DoorClosed(START_NS + 4 * NS_PER_S, DOOR))  # of an earlier opening
    assert desk.cases.lines()[0].over_at is None
    desk.alarms.of_event("north", DoorClosed(START_NS + 9 * NS_PER_S, DOOR))
    assert desk.cases.lines()[0].over_at
    desk.force(12)
    assert desk.cases.lines()[0].over_at is None
    desk.alarms.of_event("north", ReaderLost(START_NS, ReaderId("r1"), "silent"))
    desk.alarms.of_event("north", ReaderBack(START_NS + NS_PER_S, ReaderId("r1")))
    assert {line.kind: bool(line.over_at) for line in desk.cases.lines()} == {"forced": False, "reader-lost": True}
    desk.alarms.of_system(START_NS, "gate-silent", "north", "north")
    desk.alarms.settled("gate-silent", "north", "north")
    assert [line.kind for line in desk.cases.lines() if line.over_at] == ["reader-lost", "gate-silent"]


def test_after_a_restart_only_what_was_acknowledged_is_gone(desk: Desk, tmp_path: Path) -> None:
    desk.force()
    desk.force(0, "side")
    desk.force(0, "back")
    desk.at(WITHIN_S[AlarmClass.INTRUSION])
    ids = {case.key.place: case.id for case in desk.cases.waiting()}
    desk.cases.acknowledge(ids["door"], ADA)
    desk.cases.acknowledge(ids["side"], ADA)
    desk.force(70, "side")
    again = Desk(tmp_path, START_NS + 80 * NS_PER_S)
    for second, door in ((0, "door"), (0, "side"), (70, "side"), (0, "back")):  # what can still be read
        again.force(second, door)
    again.ledger.tell_past()
    assert {line.place: line.loud for line in again.cases.lines()} == {"back": True, "side": False}
    again.cases.tick()
    assert again.ledger.counts[LOUDER] == 3


def test_a_gate_that_makes_alarms_up_fills_no_memory_and_hides_none(desk: Desk) -> None:
    for number in range(4 * CASES_OF_A_GATE):
        desk.force(0, f"door-{number}")
    lines = desk.cases.lines()
    assert len(lines) == CASES_OF_A_GATE + 1
    assert sum(line.times for line in lines) == 4 * CASES_OF_A_GATE


def test_a_denial_is_an_attempt_by_its_reason_or_with_others_soon_after_each_other() -> None:
    attempts = Attempts()
    assert attempts.denied("north", "in", DenialReason.PASS_BLOCKED, START_NS)
    later_ns = START_NS + 600 * NS_PER_S
    denials = [
        attempts.denied("north", "side", DenialReason.UNKNOWN_CREDENTIAL, later_ns + second * NS_PER_S)
        for second in (0, 300, 310, 320)
    ]
    assert denials == [False, False, False, True]
    assert not attempts.denied("south", "side", DenialReason.UNKNOWN_CREDENTIAL, later_ns)


def test_whoever_is_denied_on_the_way_out_or_at_a_muster_point_tries_to_enter_nothing(desk: Desk) -> None:
    site = parse_site(
        """
        area = [{id = "hall"}, {id = "lab", within = "hall"}, {id = "bridge"}, {id = "attic"}]
        gate = []
        access_point = [
            {id = "in", from = "outside", to = "hall"}, {id = "out", from = "hall", to = "outside"},
            {id = "lab-in", from = "hall", to = "lab"}, {id = "lab-out", from = "lab", to = "hall"},
            {id = "over", from = "lab", to = "bridge"}, {id = "back", from = "bridge", to = "lab"},
            {id = "across", from = "bridge", to = "outside"}, {id = "down", from = "attic", to = "hall"},
            {id = "north-lawn", from = "any", to = "outside", muster_point = "lawn"},
        ]
        muster_point = [{id = "lawn", name = "Lawn"}]
        """
    )
    out = ways_out(site)
    assert out == {"out", "lab-out", "back", "across", "north-lawn"}
    alarms = Alarms(out)
    for point in site.access_point:
        for second in range(ATTEMPTS):
            at_ns = START_NS + second * NS_PER_S
            alarms.of_event("north", AccessDenied(at_ns, point.id, DenialReason.PASS_BLOCKED, "h10301:1:2"))
    attempts = {line.place for line in alarms.lines() if line.kind == "entry-attempts"}
    assert attempts == {"in", "lab-in", "over", "down"}
    assert alarms.raised["denied"] == ATTEMPTS * len(site.access_point)


def test_attempts_to_enter_are_one_alarm_beside_their_notices(desk: Desk) -> None:
    for second in range(ATTEMPTS + 2):
        at_ns = START_NS + second * NS_PER_S
        desk.alarms.of_event("north", AccessDenied(at_ns, AccessPointId("in"), DenialReason.PASS_EXPIRED, "h10301:1:2"))
    assert [line.kind for line in desk.cases.lines()] == ["entry-attempts"]
    assert desk.alarms.raised == {"denied": ATTEMPTS + 2, "entry-attempts": 1}


def test_an_area_that_is_too_full_is_an_alarm_as_long_as_it_is(desk: Desk) -> None:
    site = parse_site(
        'area = [{id = "hall", capacity = 10}, {id = "cell", capacity = 2}]\ngate = []\naccess_point = []'
    )

    def look(**best: int | None) -> None:
        areas = [Headcount(area, area, each, each, each, 0, [], each or 0) for area, each in best.items()]
        watch_capacity(site, lambda: areas, desk.alarms, desk.clock.now_ns())

    look(hall=10, cell=3)  # that three are in the cell would tell of single persons
    look(hall=None)
    assert desk.cases.lines() == []
    look(hall=11)
    look(hall=12)
    (line,) = desk.cases.lines()
    assert (line.kind, line.place, line.times, line.over_at) == ("capacity", "hall", 1, None)
    look(hall=9)
    assert desk.cases.lines()[0].over_at


def test_figures_are_not_reckoned_where_no_area_has_a_capacity_to_watch(desk: Desk) -> None:
    site = parse_site('area = [{id = "hall"}, {id = "cell", capacity = 2}]\ngate = []\naccess_point = []')

    def look() -> list[Headcount]:
        raise AssertionError("nothing asks for figures")

    watch_capacity(site, look, desk.alarms, desk.clock.now_ns())


def test_every_class_has_its_time() -> None:
    assert set(CLASSES.values()) == set(AlarmClass) == set(WITHIN_S)


def test_what_was_acknowledged_at_another_controller_is_acknowledged_here(desk: Desk, tmp_path: Path) -> None:
    other = Desk(tmp_path / "other")
    for each in (desk, other):
        each.ledger.tell_past()
        each.force()
    other.at(10)
    other.cases.acknowledge(other.only(), ADA)
    line = list(other.ledger.lines())[-1].decode()
    desk.at(11)
    desk.ledger.append(
        TOLD, desk.clock.now_ns(), controller="second", number=1, entered="2027-01-15T08:00:10+00:00", line=line
    )
    assert desk.cases.waiting() == []
    assert desk.cases.answered()[0].by == ADA
