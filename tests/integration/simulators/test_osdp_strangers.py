"""A stranger's control panel talks to the simulated reader with the secure channel; a witness follows it.

The panel is the `osdp` of PyPI, in `.venv-strangers` (`make strangers`): it shares no line of code with ours, nor with
libosdp, which is on the other side of all driver tests.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulators.cards import ProximityCard
from simulators.line import PtyLine, TappedPiece
from simulators.osdp.trace import Trace, TracedFrame, TraceKey
from simulators.readers.osdp_reader import SimulatedOsdpReader

ROOT: Final = Path(__file__).parents[3]
PYTHON: Final = ROOT / ".venv-strangers" / "bin" / "python"
ADDRESS: Final = 5
BAUD: Final = 115_200
MASTER_KEY: Final = bytes.fromhex("0f1e2d3c4b5a69788796a5b4c3d2e1f0")
CUID: Final = bytes.fromhex("5ac5aa0101050000")
"""Vendor, model, version and the beginning of the serial number: what the reader's key is derived from."""
CARD: Final = ProximityCard.of(13, 4567)
LIMIT_S: Final = 40.0


def derived_key() -> bytes:
    """The device's key as that panel derives it from its master key: AES over cUID and its complement."""
    encryptor = Cipher(algorithms.AES128(MASTER_KEY), modes.ECB()).encryptor()  # noqa: S305 - how the stranger does it
    return encryptor.update(CUID + bytes(byte ^ 0xFF for byte in CUID)) + encryptor.finalize()


class Stranger:
    """The panel's process: orders to it, and what it prints."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def heard(self, what: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            while line := await self._process.stdout.readline():
                told: dict[str, Any] = json.loads(line)
                if told["what"] == what:
                    return told
        raise AssertionError("the panel ended")

    async def asked(self, order: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(order.encode() + b"\n")
        return await self.heard(order)


@asynccontextmanager
async def stranger_on(line: PtyLine, check: str = "crc") -> AsyncIterator[Stranger]:
    assert PYTHON.exists(), "make strangers installs this panel"
    process = await asyncio.create_subprocess_exec(
        PYTHON, Path(__file__).with_name("strangers_panel.py"), line.path, str(BAUD), str(ADDRESS), check,
        MASTER_KEY.hex(),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield Stranger(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("check", ["crc", "checksum"])
async def test_a_stranger_s_panel_uses_the_reader_in_the_secure_channel(tmp_path: Path, check: str) -> None:
    line = PtyLine(tmp_path / "line")
    line.plug_in()
    trace, told, tapped = Trace([TraceKey(derived_key())]), list[TracedFrame](), list[TappedPiece]()

    def hear(piece: TappedPiece) -> None:
        tapped.append(piece)
        told.extend(trace.feed(piece.direction, piece.data, piece.at_ns))

    line.tap(hear)
    switched: list[bool] = []
    reader = SimulatedOsdpReader(line, ADDRESS, derived_key(), on_strike=switched.append, baud=BAUD)
    reader.power_on()
    try:
        async with stranger_on(line, check) as stranger:
            await stranger.heard("inputs")
            assert reader.is_secure
            assert (await stranger.asked("online"))["is_online"]
            identity = await stranger.asked("id")
            assert (identity["vendor"], identity["serial"]) == ("5ac5aa", ADDRESS)
            assert "CommunicationSecurity" in (await stranger.asked("capabilities"))["functions"]
            assert reader.present(CARD.h10301)
            card = await stranger.heard("card")
            assert (card["count"], card["data"]) == (26, CARD.h10301.data.hex())
            assert (await stranger.asked("light"))["done"]
            assert reader.light == "green"
            assert (await stranger.asked("output"))["done"]
            async with asyncio.timeout(LIMIT_S):
                while switched != [True, False]:  # noqa: ASYNC110 - the output falls by its own timer
                    await asyncio.sleep(0.01)
            reader.type_keys("1#")
            assert (await stranger.heard("keys"))["data"] == "31"
            reader.set_input(0, active=True)
            assert (await stranger.heard("inputs"))["states"] == [True, False, False, False]
    finally:
        reader.power_off()
        line.hang_up()
    sums = trace.summary
    assert (sums.crc_bad, sums.length_bad, sums.mac_bad, sums.mac_unchecked, sums.noise_bytes) == (0, 0, 0, 0, 0)
    assert sums.handshakes == 1
    assert sums.mac_ok > 20
    assert sums.payloads_decrypted >= 10
    names = {frame.name for frame in told}
    assert {"osdp_CHLNG", "osdp_CCRYPT", "osdp_SCRYPT", "osdp_RMAC_I", "osdp_RAW", "osdp_OUT", "osdp_LED"} <= names
    assert {frame.check for frame in told} == {check}
    wire = b"".join(piece.data for piece in tapped)
    assert CARD.h10301.data not in wire


async def test_a_stranger_s_panel_with_another_key_gets_nothing(tmp_path: Path) -> None:
    line = PtyLine(tmp_path / "line")
    line.plug_in()
    reader = SimulatedOsdpReader(line, ADDRESS, bytes.fromhex("9a1c03e7554b20f8d1463a7c8e9b0f62"), baud=BAUD)
    reader.power_on()
    trace = Trace()

    def hear(piece: TappedPiece) -> None:
        trace.feed(piece.direction, piece.data, piece.at_ns)

    line.tap(hear)
    try:
        async with stranger_on(line) as stranger:
            await stranger.heard("started")
            async with asyncio.timeout(LIMIT_S):
                while trace.summary.frames < 12:  # noqa: ASYNC110 - the panel is another program
                    await asyncio.sleep(0.01)
            assert not reader.is_secure
            assert not reader.present(CARD.h10301)
    finally:
        reader.power_off()
        line.hang_up()
    assert trace.summary.handshakes == 0
