"""What inputs say of doors and turnstiles, and what is noise."""

import msgspec

from contract.ids import AccessPointId, PortalId
from contract.site import DpsLevel, FireLevel, PortalConfig, PortalKind
from drivers.contacts import Contacts
from drivers.ports import DoorPositionChanged, FireInputChanged, PassageCounted, RequestToExit

MS = 1_000_000
DOOR = PortalId("door")
IN, OUT = AccessPointId("in"), AccessPointId("out")
SHUT, OPEN = DoorPositionChanged(DOOR, open=False), DoorPositionChanged(DOOR, open=True)


def door(*, debounce_ms: int = 50, dps_closes_when: DpsLevel = DpsLevel.OPEN, fire_input: int = 2) -> PortalConfig:
    return PortalConfig(
        DOOR, "board", [IN, OUT], fire_input=fire_input, debounce_ms=debounce_ms, dps_closes_when=dps_closes_when
    )


def turnstile() -> PortalConfig:
    return PortalConfig(
        DOOR, "board", [IN, OUT], kind=PortalKind.TURNSTILE, outputs={IN: 0, OUT: 1}, passed_inputs={IN: 0, OUT: 1}
    )


def test_the_first_state_is_told_once_it_rested() -> None:
    contacts = Contacts([door()])
    assert contacts.due_ns() is None
    assert contacts.take([False, False, False], 1000 * MS) == []
    assert contacts.due_ns() == 1050 * MS
    assert contacts.advance(1049 * MS) == []
    assert contacts.advance(1050 * MS) == [FireInputChanged(DOOR, active=False), SHUT]
    assert contacts.due_ns() is None
    assert contacts.advance(9000 * MS) == []


def test_a_bounce_is_nothing_and_a_rest_is_a_change() -> None:
    contacts = Contacts([door()])
    contacts.take([False, False, False], 0)
    contacts.advance(100 * MS)
    for at_ms, is_open in [(200, True), (210, False), (220, True), (240, False), (245, True)]:
        assert contacts.take([is_open, False, False], at_ms * MS) == []
    assert contacts.take([True, False, False], 295 * MS) == [OPEN]


def test_what_arrives_late_counts_as_if_it_had_come_in_time() -> None:
    contacts = Contacts([door(debounce_ms=400)])
    contacts.take([False, False, False], 0)
    assert contacts.take([True, False, False], 1000 * MS) == [FireInputChanged(DOOR, active=False), SHUT]
    assert contacts.take([False, True, False], 1401 * MS) == [OPEN]
    assert contacts.take([False, False, False], 1900 * MS) == [RequestToExit(DOOR), SHUT]


def test_whoever_presses_and_opens_at_once_has_asked_first() -> None:
    contacts = Contacts([door(debounce_ms=0)])
    contacts.take([False, False, False], 0)
    assert contacts.take([True, True, False], MS) == [RequestToExit(DOOR), OPEN]


def test_a_pressed_button_is_one_request_until_it_is_let_go() -> None:
    contacts = Contacts([door(debounce_ms=0, fire_input=-1)])
    assert contacts.take([False, True], 0) == [RequestToExit(DOOR), SHUT]
    assert contacts.take([False, True], 5000 * MS) == []
    assert contacts.take([False, False], 6000 * MS) == []
    assert contacts.take([False, True], 7000 * MS) == [RequestToExit(DOOR)]


def test_a_fire_contact_that_is_closed_at_rest_tells_a_cut_wire_as_fire() -> None:
    at_rest = msgspec.structs.replace(door(debounce_ms=0), fire_closes_when=FireLevel.REST)
    contacts = Contacts([at_rest])
    assert contacts.take([False, False, True], 0) == [FireInputChanged(DOOR, active=False), SHUT]
    assert contacts.take([False, False, False], 1000 * MS) == [FireInputChanged(DOOR, active=True)]


def test_after_a_loss_everything_is_told_anew() -> None:
    contacts = Contacts([door(debounce_ms=0)])
    contacts.take([True, True, True], 0)
    contacts.lost()
    assert contacts.due_ns() is None
    assert contacts.advance(MS) == []
    assert contacts.take([True, True, True], 2 * MS) == [
        FireInputChanged(DOOR, active=True),
        RequestToExit(DOOR),
        OPEN,
    ]


def test_a_door_whose_switch_opens_with_it() -> None:
    contacts = Contacts([door(debounce_ms=0, dps_closes_when=DpsLevel.SHUT)])
    assert SHUT in contacts.take([True, False, False], 0)
    assert contacts.take([False, False, False], MS) == [OPEN], "a cut wire reads as an open door"


def test_a_turnstile_counts_turns_and_has_neither_leaf_nor_button() -> None:
    contacts = Contacts([turnstile()])
    assert contacts.inputs == 2
    contacts.take([True, False], 0)
    assert contacts.advance(100 * MS) == [], "that it stands on its contact says of nobody that he passed"
    contacts.take([False, False], 200 * MS)
    contacts.take([False, True], 300 * MS)
    assert contacts.take([True, False], 400 * MS) == [PassageCounted(DOOR, OUT)]
    assert contacts.advance(500 * MS) == [PassageCounted(DOOR, IN)]


def test_a_terminal_that_a_report_leaves_out_keeps_its_state() -> None:
    contacts = Contacts([door(debounce_ms=0)])
    assert contacts.inputs == 3
    contacts.take([True, False, False], 0)
    assert contacts.take([], MS) == []
    assert contacts.take([False], 2 * MS) == [SHUT]


def test_time_that_goes_back_stands_still() -> None:
    contacts = Contacts([door(fire_input=-1)])
    contacts.take([False, False], 100 * MS)
    contacts.advance(200 * MS)
    contacts.take([True, False], 10 * MS)
    assert contacts.due_ns() == 250 * MS
