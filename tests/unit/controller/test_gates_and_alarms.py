"""What the page says of gates, the cut that their statements allow, and the list of alarms."""

import msgspec
import pytest

from contract.clock import ManualClock
from contract.events import (
    AccessDenied,
    AccessGranted,
    AccessNotTaken,
    AnyEvent,
    BadPins,
    BoardBack,
    BoardLost,
    ClockDoubted,
    DenialReason,
    DoorClosed,
    DoorForced,
    DoorHeld,
    Duress,
    FireRelease,
    FreeExit,
    GateRestarted,
    KeyRotated,
    PassageWithoutGrant,
    PowerTrouble,
    ReaderLost,
    ReadRefused,
    Tamper,
)
from contract.ids import AccessPointId, EdgeId, Epoch, HolderId, PassId, PortalId, ReaderId
from contract.messages import Health, RingExtent
from contract.periods import Retention
from contract.site import Site, parse_site
from contract.topics import HEALTH
from controller.domain.known import NumberSet
from controller.live import GateState
from controller.service.alarms import Alarms
from controller.service.records.gates import SILENT_AFTER_S, GateWatch
from tests.unit.controller.sources import at_ns

SITE = parse_site('area = []\naccess_point = []\ngate = [{id = "north", name = "North gate"}, {id = "south"}]')
NORTH, SOUTH, EPOCH, OLD = EdgeId("north"), EdgeId("south"), Epoch(bytes(16)), Epoch(b"o" * 16)
START_S = 1_800_000_000
RETENTION = Retention(settle_s=60)
EXAMPLE: Health = HEALTH.example  # type: ignore[assignment]  # the table knows messages, this test which


def health(
    edge: EdgeId = NORTH, second: float = 0, ring: tuple[tuple[Epoch, int, int], ...] = (), **fields: object
) -> Health:
    extents = [RingExtent(*extent) for extent in ring]
    return msgspec.structs.replace(
        EXAMPLE, edge=edge, epoch=EPOCH, at_ns=at_ns(START_S + second), ring=extents, **fields
    )


class Watch:
    """A gate watch with all that it looks at."""

    def __init__(self, site: Site = SITE) -> None:
        self.clock = ManualClock(at_ns(START_S))
        self.known: dict[tuple[EdgeId, Epoch], NumberSet] = {}
        self.alarms = Alarms()
        self.gates = GateWatch(self.clock, site, self.known, self.alarms, {NORTH: 5})

    def at(self, second: float) -> None:
        self.clock.advance_to(at_ns(START_S + second))

    def states(self) -> list[GateState]:
        return [line.state for line in self.gates.lines()]

    def cut_s(self) -> float:
        return self.gates.cut_ns(RETENTION) / 1e9 - START_S


@pytest.fixture
def watch() -> Watch:
    return Watch()


def test_health_of_an_earlier_run_is_heard_before_and_passed_over(watch: Watch) -> None:
    watch.gates.hear(msgspec.structs.replace(health(second=1, journaled=9), epoch=OLD))
    watch.gates.hear(health(second=5, journaled=12))
    watch.at(SILENT_AFTER_S + 1)
    watch.gates.hear(msgspec.structs.replace(health(second=2, journaled=5), epoch=OLD))
    assert watch.gates.journaled() == 12
    assert watch.states()[0] is GateState.SILENT
    assert not watch.alarms.lines()


def test_an_epoch_that_speaks_after_it_was_followed_by_another_is_a_second_machine(watch: Watch) -> None:
    watch.gates.hear(msgspec.structs.replace(health(second=1), epoch=OLD))
    watch.gates.hear(health(second=2))
    assert not watch.alarms.lines()
    watch.gates.hear(msgspec.structs.replace(health(second=3), epoch=OLD))
    assert [(line.kind, line.gate) for line in watch.alarms.lines()] == [("gate-twice", NORTH)]


def test_a_gate_that_was_never_heard_is_alarmed_after_a_minute(watch: Watch) -> None:
    watch.at(60)
    watch.gates.watch()
    assert not watch.alarms.lines()
    watch.at(61)
    watch.gates.watch()
    assert {line.gate for line in watch.alarms.lines()} == {NORTH, SOUTH}


def test_an_alarm_of_something_that_happens_again_comes_again_after_a_quiet_minute() -> None:
    alarms = Alarms()
    for second in (0, 1, 59, 118, 180):
        alarms.of_system(at_ns(START_S + second), "late", NORTH)
    assert len(alarms.lines()) == 2, "the last one came 62 s after the one before"


def test_a_gate_is_never_seen_then_online_then_silent_then_online(watch: Watch) -> None:
    assert watch.states() == [GateState.NEVER_SEEN] * 2
    watch.gates.hear(health())
    assert watch.states() == [GateState.ONLINE, GateState.NEVER_SEEN]
    watch.at(SILENT_AFTER_S)
    assert watch.states()[0] is GateState.ONLINE
    watch.at(SILENT_AFTER_S + 0.1)
    assert watch.states()[0] is GateState.SILENT
    watch.gates.hear(health(second=11))
    assert watch.states()[0] is GateState.ONLINE


def test_a_gate_that_falls_silent_is_alarmed_once_whether_anybody_looks_or_not(watch: Watch) -> None:
    watch.gates.hear(health())
    watch.at(20)
    for _ in range(3):
        watch.gates.watch()
    watch.states()
    assert [(line.kind, line.gate) for line in watch.alarms.lines()] == [("gate-silent", NORTH)]
    watch.gates.hear(health(second=20))
    watch.at(40)
    watch.gates.watch()
    assert len(watch.alarms.lines()) == 2


def test_a_gate_with_more_than_we_have_is_catching_up(watch: Watch) -> None:
    watch.gates.hear(health(ring=((OLD, 5, 9), (EPOCH, 1, 3))))
    assert watch.states()[0] is GateState.CATCHING_UP
    watch.known[NORTH, EPOCH] = NumberSet([(1, 3)])
    watch.known[NORTH, OLD] = NumberSet([(5, 8)])
    assert watch.states()[0] is GateState.CATCHING_UP
    watch.known[NORTH, OLD].add(9)
    assert watch.states()[0] is GateState.ONLINE
    watch.gates.hear(health(second=1, ring=((EPOCH, 4, 3),)))
    assert watch.states()[0] is GateState.ONLINE, "an empty ring lacks nothing"


def test_the_line_says_what_the_gate_said(watch: Watch) -> None:
    watch.gates.hear(health(policy_version=3, clock_offset_ms=-40, journaled=7))
    watch.gates.hear(health(SOUTH, journaled=5))
    line = watch.gates.lines()[0]
    assert (line.name, line.policy_version, line.policy_wanted, line.clock_offset_ms) == ("North gate", 3, 5, -40)
    assert [(reader.reader, reader.online, reader.secure) for reader in line.readers] == [("north-in", True, True)]
    assert (line.cameras, line.cameras_recording, line.segments) == (1, 1, 12)
    assert [(board.board, board.kind, board.online, board.device) for board in line.boards] == [
        ("relays", "modbus", True, "WS-8 1.0")
    ]
    assert line.last_heard_at == "2027-01-15T08:00:00+00:00"
    assert watch.gates.journaled() == 12
    assert watch.gates.lines()[1].name == "south"


def test_an_older_statement_is_passed_over(watch: Watch) -> None:
    watch.gates.hear(health(second=5, journaled=9))
    watch.gates.hear(health(second=4, journaled=8))
    assert watch.gates.journaled() == 9


def test_the_cut_is_the_lowest_statement_of_all_gates_in_service_less_the_settling_time(watch: Watch) -> None:
    watch.at(1000)
    watch.gates.hear(health(second=500))
    assert watch.gates.cut_ns(RETENTION) == 0, "the other gate has said nothing"
    watch.gates.hear(health(SOUTH, second=400))
    assert watch.cut_s() == 340
    watch.gates.hear(health(SOUTH, second=5000))
    assert watch.cut_s() == 440
    watch.gates.hear(health(second=5000))
    assert watch.cut_s() == 940, "never above the present"


def test_a_statement_counts_once_all_its_numbers_are_here(watch: Watch) -> None:
    watch.at(1000)
    watch.gates.hear(health(SOUTH, second=900))
    watch.gates.hear(health(second=500, ring=((EPOCH, 1, 3),)))
    assert watch.gates.cut_ns(RETENTION) == 0
    watch.known[NORTH, EPOCH] = NumberSet([(1, 2)])
    assert watch.gates.cut_ns(RETENTION) == 0
    watch.known[NORTH, EPOCH].add(3)
    assert watch.cut_s() == 440


def test_events_raise_the_alarms_that_they_call_for_and_name_no_person() -> None:
    alarms = Alarms()
    door, reader = PortalId("door"), ReaderId("reader")
    granted = AccessGranted(9, AccessPointId("in"), HolderId("h" * 24), PassId("p"), "h10301:1:2")
    happened: list[AnyEvent] = [
        DoorForced(1, door), DoorHeld(2, door), DoorClosed(3, door), ReaderLost(4, reader, "silence"),
        Tamper(5, reader, active=True), Tamper(6, reader, active=False), GateRestarted(7, 0), ClockDoubted(8, 1),
        granted,
    ]  # fmt: skip
    for at, event in enumerate(happened):
        alarms.of_event("north", event)
        assert len(alarms.lines()) <= at + 1
    assert [(line.kind, line.place) for line in alarms.lines()] == [
        ("clock-doubted", "north"), ("restarted", "north"), ("tamper", "reader"), ("reader-lost", "reader"),
        ("held", "door"), ("forced", "door"),
    ]  # fmt: skip
    assert b"h10301" not in msgspec.json.encode(alarms.lines())


def test_the_alarms_of_pins_turnstiles_fire_power_and_boards() -> None:
    alarms = Alarms()
    way, door, reader = AccessPointId("in"), PortalId("door"), ReaderId("reader")
    happened: list[AnyEvent] = [
        Duress(1, way, 7), BadPins(2, way), PassageWithoutGrant(3, door, way), FireRelease(4, door, active=True),
        FireRelease(5, door, active=False), PowerTrouble(6, reader, active=True), PowerTrouble(7, reader, active=False),
        BoardLost(8, "relays", "no_answer"), BoardBack(9, "relays"), FreeExit(10, door), KeyRotated(11, reader),
    ]  # fmt: skip
    for event in happened:
        alarms.of_event("north", event)
    assert [(line.kind, line.place) for line in alarms.lines()] == [
        ("board-lost", "relays"), ("power", "reader"), ("fire", "door"), ("passage-without-grant", "door"),
        ("bad-pins", "in"), ("duress", "in"),
    ]  # fmt: skip


def test_denials_are_shown_with_their_cause_and_do_not_push_a_forced_door_off_the_list() -> None:
    alarms, way = Alarms(), AccessPointId("in")
    alarms.of_event("north", DoorForced(1, PortalId("door")))
    for at in range(2, 500):
        alarms.of_event("north", AccessDenied(at, way, DenialReason.WRONG_PIN, "h10301:1:2", HolderId("h" * 24)))
    alarms.of_event("north", AccessNotTaken(500, way, 1))
    newest, *others, forced = alarms.lines()
    assert (newest.kind, newest.place) == ("not-taken", "in")
    denials = [line for line in others if line.kind != "entry-attempts"]
    assert len(denials) == len(others) - 1
    assert {(line.kind, line.cause, line.place) for line in denials} == {("denied", "wrong-pin", "in")}
    assert forced.kind == "forced"
    assert b"h10301" not in msgspec.json.encode(alarms.lines())


def test_a_fault_of_the_system_is_raised_once_until_it_is_settled() -> None:
    alarms = Alarms()
    for second in (1, 2):
        alarms.of_system(at_ns(second), "sweep-failed", place="store")
    alarms.of_system(at_ns(3), "sweep-failed", place="vault")
    assert len(alarms.lines()) == 2
    alarms.settled("sweep-failed", place="store")
    alarms.settled("never-raised")
    alarms.of_system(at_ns(4), "sweep-failed", place="store")
    assert [line.place for line in alarms.lines()] == ["store", "vault", "store"]


def test_the_list_is_short_and_newest_first() -> None:
    alarms = Alarms()
    for at in range(500):
        alarms.of_passage(f"gate-{at % 40}", at_ns(at), "in-twice")
    assert len(alarms.lines()) == 100
    assert alarms.lines()[0].at > alarms.lines()[-1].at


def test_a_gate_that_says_it_has_an_older_policy_is_to_be_told_again(watch: Watch) -> None:
    watch.gates.hear(health(policy_version=4))
    watch.gates.hear(health(SOUTH, policy_version=0))
    assert watch.gates.with_older_policy() == [NORTH]
    watch.gates.hear(health(second=1, policy_version=5))
    assert watch.gates.with_older_policy() == []
    watch.gates.hear(health(second=2, policy_version=4))
    watch.at(SILENT_AFTER_S + 1)
    assert watch.gates.with_older_policy() == [], "nobody hears it"


def test_a_read_that_smells_of_an_attack_is_an_alarm_and_a_bad_one_is_none() -> None:
    alarms, reader = Alarms(), ReaderId("north-in")
    for at, reason in enumerate(("not_secure", "parity", "copied", "noise", "pin_without_card", "uid_only"), 1):
        alarms.of_event("north", ReadRefused(at, reader, reason))
    assert [(line.kind, line.place, line.cause) for line in alarms.lines()] == [
        ("read-refused", "north-in", "copied"),
        ("read-refused", "north-in", "not_secure"),
    ]


def test_a_flood_of_one_alarm_pushes_no_other_off_the_page() -> None:
    alarms = Alarms()
    alarms.of_event("north", Duress(1, AccessPointId("in"), 1))
    alarms.of_event("north", AccessDenied(2, AccessPointId("out"), DenialReason.PASS_BLOCKED, "h10301:1:2"))
    for at in range(3, 1000):
        alarms.of_event("north", FireRelease(at, PortalId("door"), active=True))
        alarms.of_event("north", AccessDenied(at, AccessPointId("in"), DenialReason.UNKNOWN_CREDENTIAL, "h10301:1:3"))
    kinds = [line.kind for line in alarms.lines()]
    assert "duress" in kinds
    assert {line.cause for line in alarms.lines()} == {"", "pass-blocked", "unknown-credential"}
    assert 1 < kinds.count("fire") < 100


def test_a_controller_that_a_gate_has_not_heard_for_a_day_is_alarmed_by_those_that_are_heard(watch: Watch) -> None:
    watch.gates.hear(health(second=1, counters={"controllers-silent": 0}))
    assert not watch.alarms.lines()
    watch.gates.hear(health(second=2, counters={"controllers-silent": 1}))
    assert [(line.kind, line.gate) for line in watch.alarms.lines()] == [("controller-silent", NORTH)]


def test_a_gate_out_of_service_is_not_waited_for_until_it_is_heard_again() -> None:
    south = msgspec.structs.replace(SITE.gate[1], out_of_service=True)
    watch = Watch(msgspec.structs.replace(SITE, gate=[SITE.gate[0], south]))
    watch.at(100)
    watch.gates.hear(health(NORTH, 100))
    assert watch.cut_s() == 40
    watch.at(200)
    watch.gates.hear(health(NORTH, 200))
    watch.gates.watch()
    assert watch.alarms.lines() == [], "nobody misses it"
    assert watch.gates.all_told()
    watch.gates.hear(health(SOUTH, 150, ((EPOCH, 1, 3),)))
    assert watch.gates.cut_ns(RETENTION) == 0, "it is heard, and has something to tell"
    assert not watch.gates.all_told()
    watch.known[SOUTH, EPOCH] = NumberSet([(1, 3)])
    assert watch.cut_s() == 90
    assert set(watch.gates.awaited) == {NORTH, SOUTH}
    watch.at(200 + SILENT_AFTER_S + 1)
    watch.gates.hear(health(NORTH, 300))
    assert set(watch.gates.awaited) == {NORTH}


def test_a_gate_whose_clock_is_ahead_has_told_nothing_of_what_is_to_come(watch: Watch) -> None:
    watch.at(100)
    watch.gates.hear(health(NORTH, 1300))
    watch.gates.cut_ns(RETENTION)
    watch.at(400)
    assert watch.gates.awaited == {NORTH: at_ns(START_S + 100)}, "silent since it was heard"
    watch.gates.hear(health(NORTH, 1600))
    assert watch.gates.awaited == {NORTH: at_ns(START_S + 400)}
