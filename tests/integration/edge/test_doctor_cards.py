"""`sacs doctor --cards` as a process, at serial readers on real lines: the bits of known cards, and nothing kept."""

import asyncio
import json
import signal
import sys
from pathlib import Path

import msgspec

from contract.enrolment import encode_enrolment
from contract.site import GateDevices
from simulators.cards import ProximityCard
from simulators.line import PtyLine
from simulators.readers.serial_reader import SimulatedSerialReader
from tests.integration.edge.test_serial_unplugged import SERIAL_SITE
from tests.unit.edge.parts import PlayedController, enrol

LIMIT_S = 60


async def test_a_card_of_two_alike_formats_is_shown_with_its_bits_in_both_and_nothing_is_kept(tmp_path: Path) -> None:
    lines = {name: PtyLine(tmp_path / name) for name in ("bus", "line")}
    for line in lines.values():
        line.plug_in()
    config = edge_file(tmp_path, {name: str(tmp_path / name) for name in lines})
    before = files_of(tmp_path)
    doctor = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sacs", "doctor", "--edge", str(config), "--cards", "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert doctor.stdout is not None
        assert doctor.stderr is not None
        async with asyncio.timeout(LIMIT_S):
            ready = sorted([await doctor.stderr.readline() for _ in lines])
            assert ready == [f"reader north-{way}: hold a card before it\n".encode() for way in ("in", "out")]
            SimulatedSerialReader(lines["bus"], "wiegand-hex").present(ProximityCard.of(13, 4567))
            word = json.loads(await doctor.stdout.readline())
            SimulatedSerialReader(lines["line"], "gwiot-7941").present(ProximityCard(bytes.fromhex("0f0184f07a")))
            number = json.loads(await doctor.stdout.readline())
            doctor.send_signal(signal.SIGINT)
            assert await doctor.communicate() == (b"", b"")
    finally:
        if doctor.returncode is None:
            doctor.kill()
            await doctor.wait()
        for line in lines.values():
            line.hang_up()
    assert doctor.returncode == 0
    fits = {fit["format"]: fit for fit in word["formats"]}
    assert (word["reader"], word["bits"]) == ("north-in", 26)
    assert (fits["H10301"]["facility_code"], fits["H10301"]["card_number"]) == (13, 4567)
    assert fits["ind26"]["parity_ok"], "this one looks alike: that is why somebody has to look"
    assert number["reader"] == "north-out"
    assert (number.get("credential"), number.get("assurance")) == ("em4100:0f0184f07a", "identified")
    assert files_of(tmp_path) == before, "nothing is kept"


def edge_file(folder: Path, lines: dict[str, str]) -> Path:
    (folder / "enrolment").write_bytes(encode_enrolment(enrol([PlayedController().card()])))
    (folder / "site").write_text(SERIAL_SITE)
    (folder / "devices").write_bytes(msgspec.json.encode(GateDevices(lines=lines)))
    file = folder / "edge.toml"
    names = {"enrolment": "enrolment", "site": "site", "devices": "devices", "state": "state"}
    file.write_text("".join(f'{name} = "{place}"\n' for name, place in names.items()))
    return file


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
