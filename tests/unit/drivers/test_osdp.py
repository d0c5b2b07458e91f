import dataclasses
import os

import msgspec
import pytest

from contract.ids import PortalId, ReaderId
from drivers.osdp import commands
from drivers.osdp.config import (
    DEFAULT_KEY,
    BadBusConfigError,
    DefaultKeyError,
    OsdpBusConfig,
    OsdpPdConfig,
    WeakKeyError,
)
from drivers.osdp.messages import (
    CardBits,
    Configure,
    PdSetup,
    SetBuzzer,
    SetLed,
    SetOutput,
    decode_order,
    decode_report,
    encode,
)
from drivers.osdp.supervision import RETRY_LAST_S, ClockWatch, PdSupervisor
from drivers.ports import BadCommandError, Indication

KEY = bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62")
PD = OsdpPdConfig(address=5, reader=ReaderId("entry"), scbk=KEY, portal=PortalId("gate"))


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
def test_a_key_that_can_be_guessed_is_refused(key: bytes) -> None:
    with pytest.raises(WeakKeyError):
        dataclasses.replace(PD, scbk=key)


def test_the_default_key_is_refused_by_name() -> None:
    with pytest.raises(DefaultKeyError):
        dataclasses.replace(PD, scbk=DEFAULT_KEY)


def test_random_keys_are_accepted_and_none_is_printed() -> None:
    for _ in range(200):
        key = os.urandom(16)
        assert key.hex() not in repr(dataclasses.replace(PD, scbk=key))
        assert repr(key)[2:-1] not in repr(Configure("/dev/x", 9600, (PdSetup(5, key),)))


@pytest.mark.parametrize(
    "change",
    [{"address": 127}, {"address": -1}, {"dps_input": 32}, {"rex_input": 0}, {"strike_output": -1}],
)
def test_a_device_that_can_not_be_is_refused(change: dict[str, int]) -> None:
    with pytest.raises(BadBusConfigError):
        OsdpPdConfig(**{"address": 5, "reader": ReaderId("entry"), "scbk": KEY, **change})  # type: ignore[arg-type]


def test_a_bus_whose_devices_can_not_be_told_apart_is_refused() -> None:
    OsdpBusConfig(device="/dev/x", pds=(PD,))
    for other in (
        dataclasses.replace(PD, reader=ReaderId("exit"), portal=None),
        dataclasses.replace(PD, address=6, portal=None),
        dataclasses.replace(PD, address=6, reader=ReaderId("exit")),
    ):
        with pytest.raises(BadBusConfigError):
            OsdpBusConfig(device="/dev/x", pds=(PD, other))
    with pytest.raises(BadBusConfigError):
        OsdpBusConfig(device="/dev/x", pds=(PD,), baud=1200)
    with pytest.raises(BadBusConfigError):
        OsdpBusConfig(device="/dev/x", pds=())


def test_an_unlock_is_timed_by_the_device_in_tenths_of_a_second_rounded_up() -> None:
    assert commands.unlock(5, 0, 3000) == SetOutput(5, 0, 5, 30)
    assert commands.unlock(5, 0, 1) == SetOutput(5, 0, 5, 1)
    assert commands.unlock(5, 0, 25_500) == SetOutput(5, 0, 5, 255)
    for duration_ms in (0, -1, 25_501):
        with pytest.raises(BadCommandError):
            commands.unlock(5, 0, duration_ms)


def test_every_indication_has_a_light_and_fits_into_what_the_library_keeps() -> None:
    for what in Indication:
        shown = commands.indication(5, what)
        assert isinstance(shown[0], SetLed)
        for command in shown:
            assert all(0 <= number <= 255 for number in msgspec.structs.astuple(command))
    assert [type(command) for command in commands.indication(5, Indication.DENIED)] == [SetLed, SetBuzzer]


def test_messages_survive_the_way_and_a_foreign_one_is_an_error() -> None:
    order = Configure("/dev/x", 9600, (PdSetup(5, KEY),))
    assert decode_order(encode(order)) == order
    report = CardBits(5, 26, b"\x01\x02\x03\x04", 7)
    assert decode_report(encode(report)) == report
    with pytest.raises(msgspec.ValidationError):
        decode_order(encode(report))
    with pytest.raises(msgspec.DecodeError):
        decode_report(b"\xc1")


def test_a_lost_device_is_revived_soon_and_then_less_often_but_always_within_the_limit() -> None:
    supervisor = PdSupervisor()
    now_s, pauses = 100.0, []
    for _ in range(8):
        supervisor.lost(now_s)
        supervisor.lost(now_s + 0.01)
        lost_at_s = now_s
        while not supervisor.is_due(now_s):
            now_s += 0.01
        pauses.append(now_s - lost_at_s)
        supervisor.revived()
        assert not supervisor.is_due(now_s + 1000)
    assert pauses == sorted(pauses)
    assert pauses[0] < 0.2
    assert pauses[-1] <= RETRY_LAST_S + 0.02
    supervisor.online()
    supervisor.lost(now_s)
    assert supervisor.is_due(now_s + 0.2)


def test_a_leap_of_the_wall_clock_is_noticed_once_and_slewing_is_not() -> None:
    watch = ClockWatch(wall_s=1000.0, monotonic_s=5.0)
    assert not watch.has_leapt(1001.001, 6.0)
    assert watch.has_leapt(1002.0 - 3600, 7.0)
    assert not watch.has_leapt(1003.0 - 3600, 8.0)
    assert watch.has_leapt(1004.0 + 86400, 9.0)
