"""The OSDP driver's parts that need neither a line nor a process."""

import dataclasses
import os

import msgspec
import pytest

from contract.ids import AccessPointId, PortalId, ReaderId
from contract.site import Fail, PortalConfig
from drivers.osdp import commands
from drivers.osdp.config import (
    DEFAULT_KEY,
    BadBusConfigError,
    DefaultKeyError,
    OsdpBusConfig,
    OsdpPdConfig,
    WeakKeyError,
)
from drivers.osdp.identity import BUZZER, CONTACT_STATUS, LED, OUTPUTS, TEXT, Capabilities, identified
from drivers.osdp.keypad import MOST_DIGITS, PAUSE_NS, Keypad
from drivers.osdp.messages import (
    CardBits,
    Configure,
    Keys,
    OutputControl,
    PdOnline,
    PdSetup,
    SetBuzzer,
    SetLed,
    SetOutput,
    SetText,
    decode_order,
    decode_report,
    encode,
)
from drivers.osdp.supervision import RETRY_LAST_S, ClockWatch, PdSupervisor
from drivers.ports import BadCommandError, DeviceIdentified, Indication

KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
NEXT_KEY = bytes.fromhex("41e0d27b8c5f3396a80d7e12b4c96f05")
ENTRY = ReaderId("entry")
IN, OUT = AccessPointId("in"), AccessPointId("out")
PD = OsdpPdConfig(address=5, reader=ENTRY, scbk=KEY)
DOOR = PortalConfig(id=PortalId("gate"), hardware="entry", access_points=[IN])
EVERYTHING = Capabilities(((LED, 4, 1), (BUZZER, 2, 1), (TEXT, 1, 1)))


@pytest.mark.parametrize(
    "key",
    [
        bytes(16),
        b"\xff" * 16,
        bytes(range(16)),
        bytes(range(16, 0, -1)),
        bytes(range(0, 32, 2)),
        b"\x01\x9c" * 8,
        KEY[:4] * 4,
        KEY[:8] * 2,
        b"\x01\x02\x03\x09" + b"\x01\x02\x03\x05\x01\x02\x01\x03\x02\x01\x01\x02",
        KEY[:15],
        KEY + b"\x00",
        b"",
    ],
)
def test_a_key_that_can_be_guessed_is_refused_now_and_as_the_next(key: bytes) -> None:
    with pytest.raises(WeakKeyError):
        dataclasses.replace(PD, scbk=key)
    with pytest.raises(WeakKeyError):
        dataclasses.replace(PD, scbk_next=key)


def test_the_default_key_is_refused_by_name_now_and_as_the_next() -> None:
    with pytest.raises(DefaultKeyError):
        dataclasses.replace(PD, scbk=DEFAULT_KEY)
    with pytest.raises(DefaultKeyError):
        dataclasses.replace(PD, scbk_next=DEFAULT_KEY)
    with pytest.raises(WeakKeyError, match="the one in force"):
        dataclasses.replace(PD, scbk_next=KEY)


def test_random_keys_are_accepted_and_none_is_printed() -> None:
    for _ in range(200):
        key = os.urandom(16)
        assert key.hex() not in repr(dataclasses.replace(PD, scbk=key))
        assert repr(key)[2:-1] not in repr(dataclasses.replace(PD, scbk_next=key))
        assert repr(key)[2:-1] not in repr(Configure("/dev/x", 9600, (PdSetup(5, (key,)),)))


@pytest.mark.parametrize("address", [127, -1])
def test_an_address_that_can_not_be_is_refused(address: int) -> None:
    with pytest.raises(BadBusConfigError):
        dataclasses.replace(PD, address=address)


def test_a_bus_whose_devices_can_not_be_told_apart_is_refused() -> None:
    OsdpBusConfig(device="/dev/x", pds=(PD,))
    for other in (
        dataclasses.replace(PD, reader=ReaderId("exit"), scbk=NEXT_KEY),
        dataclasses.replace(PD, address=6, scbk=NEXT_KEY),
        dataclasses.replace(PD, address=6, reader=ReaderId("exit")),
    ):
        with pytest.raises(BadBusConfigError):
            OsdpBusConfig(device="/dev/x", pds=(PD, other))
    with pytest.raises(BadBusConfigError):
        OsdpBusConfig(device="/dev/x", pds=(PD,), baud=1200)
    for readers in (0, 17):
        many = tuple(
            OsdpPdConfig(address=n, reader=ReaderId(f"r{n}"), scbk=KEY[:15] + bytes([n])) for n in range(readers)
        )
        with pytest.raises(BadBusConfigError):
            OsdpBusConfig(device="/dev/x", pds=many)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"strike_output": 32}, "output number"),
        ({"dps_input": 32}, "inputs are 0 to 31"),
        ({"fire_input": 40}, "inputs are 0 to 31"),
        ({"extended_unlock_ms": 3_600_001}, "3600 s is the longest"),
    ],
)
def test_a_portal_that_can_not_hang_on_a_reader_is_refused(change: dict[str, int], says: str) -> None:
    portal = msgspec.structs.replace(DOOR, **change)
    with pytest.raises(BadBusConfigError, match=says):
        OsdpBusConfig(device="/dev/x", pds=(PD,), portals=(portal,))


def test_an_unlock_is_timed_by_the_device_in_tenths_of_a_second_rounded_up() -> None:
    assert commands.unlock(5, 0, Fail.SECURE, 3000) == SetOutput(5, 0, OutputControl.TIMED_ON, 30)
    assert commands.unlock(5, 2, Fail.SAFE, 1) == SetOutput(5, 2, OutputControl.TIMED_OFF, 1)
    assert commands.unlock(5, 0, Fail.SECURE, 25_500) == SetOutput(5, 0, OutputControl.TIMED_ON, 255)
    for duration_ms in (0, -1, 25_501):
        with pytest.raises(BadCommandError):
            commands.unlock(5, 0, Fail.SECURE, duration_ms)


def test_a_fail_safe_strike_has_power_unless_it_is_released() -> None:
    assert commands.lock(5, 0, Fail.SAFE).control == OutputControl.ON
    assert commands.rest(5, 0, Fail.SAFE).control == OutputControl.ON_AFTER_TIMER
    assert commands.lock(5, 0, Fail.SECURE).control == OutputControl.OFF
    assert commands.rest(5, 0, Fail.SECURE).control == OutputControl.OFF_AFTER_TIMER


def test_every_indication_has_a_light_and_fits_into_what_the_library_keeps() -> None:
    for what in Indication:
        shown = commands.indication(5, what, EVERYTHING)
        assert isinstance(shown[0], SetLed)
        for command in shown:
            if isinstance(command, SetText):
                assert command.text.isascii()
                assert len(command.text) <= 16, "the smallest displays have sixteen places"
            else:
                assert all(0 <= number <= 255 for number in msgspec.structs.astuple(command))
    denied = commands.indication(5, Indication.DENIED, EVERYTHING)
    assert [type(command) for command in denied] == [SetLed, SetBuzzer, SetText]


def test_a_reader_is_only_told_to_show_what_it_says_that_it_can() -> None:
    assert commands.indication(5, Indication.DENIED, Capabilities()) == ()
    only_light = Capabilities(((LED, 1, 1), (BUZZER, 0, 0)))
    assert [type(c) for c in commands.indication(5, Indication.DENIED, only_light)] == [SetLed]


def test_what_a_device_says_of_itself_becomes_words() -> None:
    told = ((CONTACT_STATUS, 1, 2), (OUTPUTS, 4, 1), (8, 1, 0), (10, 0, 1), (14, 1, 1))
    report = PdOnline(5, 0, (0xC3B2A1, 7, 3, 0x01020304, 0x010203), told)
    assert identified(ENTRY, report) == DeviceIdentified(
        "entry", "A1-B2-C3", "7", "3", "01020304", "1.2.3",
        ("inputs: 2 (level 1)", "outputs: 1 (level 4)", "CRC-16 (level 1)", "receive buffer: 256 bytes",
         "biometrics (level 1)"),
    )  # fmt: skip


def test_messages_survive_the_way_and_a_foreign_one_is_an_error() -> None:
    order = Configure("/dev/x", 9600, (PdSetup(5, (KEY, NEXT_KEY)),))
    assert decode_order(encode(order)) == order
    report = CardBits(5, 26, b"\x01\x02\x03\x04", 7)
    assert decode_report(encode(report)) == report
    with pytest.raises(msgspec.ValidationError):
        decode_order(encode(report))
    with pytest.raises(msgspec.DecodeError):
        decode_report(b"\xc1")


def test_no_card_and_no_pin_is_printed() -> None:
    assert "4711" not in repr(Keys(5, b"4711", 1))
    assert "7f" not in repr(CardBits(5, 8, b"\x7f", 1)).lower()
    keypad = Keypad()
    keypad.press(b"4711", 1)
    assert "4711" not in repr(keypad)


def test_digits_are_a_pin_once_they_are_ended() -> None:
    keypad = Keypad()
    assert keypad.press(b"12", 0) == []
    assert keypad.press(b"34\x0d", 1) == ["1234"]
    assert keypad.press(b"99\x7f56#", 2) == ["56"], "* begins anew"
    assert keypad.press(b"#", 3) == [], "no digit, no entry"
    assert keypad.press(b"1#2#3", 4) == ["1", "2"]
    assert keypad.advance(4 + PAUSE_NS) == ["3"]
    assert keypad.due_ns() is None


def test_whoever_stops_typing_has_ended() -> None:
    keypad = Keypad()
    keypad.press(b"1", 0)
    keypad.press(b"2", PAUSE_NS - 1)
    assert keypad.advance(2 * PAUSE_NS - 2) == []
    assert keypad.press(b"3", 2 * PAUSE_NS - 1) == ["12"], "a late report does not join what was ended"
    keypad.clear()
    assert keypad.advance(9 * PAUSE_NS) == []


def test_what_is_no_pin_is_counted() -> None:
    keypad = Keypad()
    assert keypad.press(b"A1\xff#", 0) == ["1"]
    assert keypad.press(b"7" * (MOST_DIGITS + 1) + b"#1#", 1) == ["1"]
    assert keypad.refused == {"osdp-unknown-key": 2, "osdp-overlong-entry": 1}


def test_a_lost_device_is_revived_soon_and_then_less_often_but_always_within_the_limit() -> None:
    supervisor = PdSupervisor()
    pauses = []
    for _ in range(8):
        supervisor.lost(100.0, knew_no_key=True)
        pauses.append(supervisor.due_s - 100.0)
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.2
    assert pauses[-1] == RETRY_LAST_S
    supervisor.line_lost()
    assert supervisor.due_s == 0.0
    supervisor.online()
    supervisor.lost(200.0, knew_no_key=False)
    assert supervisor.due_s < 200.2


def test_of_two_keys_the_other_is_tried_at_once_when_the_device_answers_and_knows_not_the_one() -> None:
    supervisor = PdSupervisor(keys=2)
    supervisor.lost(1.0, knew_no_key=False)
    assert supervisor.key == 0, "silence says nothing of keys"
    supervisor.lost(2.0, knew_no_key=True)
    assert (supervisor.key, supervisor.due_s) == (1, 2.0)
    supervisor.lost(3.0, knew_no_key=True)
    assert supervisor.due_s > 3.0, "both were tried"
    supervisor.lost(4.0, knew_no_key=True)
    assert (supervisor.key, supervisor.due_s) == (0, 4.0)


def test_once_the_next_key_has_worked_the_one_before_is_never_tried_again() -> None:
    supervisor = PdSupervisor(keys=2)
    supervisor.online()
    supervisor.lost(1.0, knew_no_key=False)
    supervisor.lost(2.0, knew_no_key=True)
    assert supervisor.key == 1
    supervisor.online()
    for now_s in range(3, 8):
        supervisor.lost(now_s, knew_no_key=True)
        assert supervisor.key == 0, "the only one that is left"
        assert supervisor.due_s > now_s


def test_a_leap_of_the_wall_clock_is_noticed_once_and_slewing_is_not() -> None:
    watch = ClockWatch(wall_s=1000.0, monotonic_s=5.0)
    assert not watch.has_leapt(1001.001, 6.0)
    assert watch.has_leapt(1002.0 - 3600, 7.0)
    assert not watch.has_leapt(1003.0 - 3600, 8.0)
    assert watch.has_leapt(1004.0 + 86400, 9.0)
