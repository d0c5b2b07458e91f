"""Serial readers for what the site file says, and words for what does not fit together."""

from pathlib import Path

import pytest

from contract.clock import SystemClock
from contract.ids import AccessPointId, ReaderId
from contract.site import GateDevices, ReaderConfig, ReaderKind
from edge.hardware import HardwareError
from edge.hardware.serial import serial_reader

DEVICES = GateDevices(lines={"line": "/dev/serial/by-id/usb-FTDI_A1B2C3D4-if00-port0"})


def reader(
    profile: str = "rdm6300", baud: int = 9600, device: str = "line", formats: tuple[str, ...] = ("h10301",)
) -> ReaderConfig:
    return ReaderConfig(
        id=ReaderId("out"),
        kind=ReaderKind.SERIAL,
        access_point=AccessPointId("exit"),
        device=device,
        baud=baud,
        profile=profile,
        formats=list(formats),
    )


@pytest.mark.parametrize(("profile", "baud"), [("rdm6300", 9600), ("parallax-28140", 2400), ("uhf-ur", 115200)])
def test_a_reader_is_made_of_the_model_and_rate_that_the_site_file_says(profile: str, baud: int) -> None:
    assert serial_reader(reader(profile, baud), DEVICES, SystemClock()).id == "out"


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (reader(profile="rdm630"), "reader out: nobody described a reader 'rdm630'; known are em-18, .*rdm6300"),
        (reader(profile="parallax-28140"), r"works at 2400 baud, not at 9600; say baud = 2400"),
        (reader(formats=("h10399",)), "reader out: unknown card formats"),
        (reader(device="lime"), "names no line 'lime'; it has: line"),
    ],
)
def test_what_does_not_fit_is_said(config: ReaderConfig, says: str) -> None:
    with pytest.raises(HardwareError, match=says):
        serial_reader(config, DEVICES, SystemClock())


def test_a_bad_profile_of_ones_own_is_said(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('name = "own"')
    with pytest.raises(HardwareError, match=r"reader out: reader profile: .*missing required field"):
        serial_reader(reader(profile=str(own)), DEVICES, SystemClock())
