"""The world as a program of its own: standard input and output, signals, cameras."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from contract.ids import CameraId
from contract.site import parse_devices
from simulators.scene import built_in

SITE = """
[[area]]
id = "inside"
[[access_point]]
id = "in"
from = "outside"
to = "inside"
[[gate]]
id = "front"
[[gate.reader]]
id = "entry"
kind = "osdp"
access_point = "in"
device = "bus"
[[gate.portal]]
id = "door"
hardware = "entry"
access_points = ["in"]
"""
PROGRAM = """
import asyncio, sys
from pathlib import Path
from simulators.main import run
async def main():
    if "noisy" in sys.argv:
        asyncio.get_running_loop().call_later(0.2, print, "a library prints")
    await run(Path(sys.argv[1]), Path(sys.argv[2]), seed=3)
asyncio.run(main())
print("stdout is whole again")
"""


@asynccontextmanager
async def program(tmp_path: Path, site: str, *options: str) -> AsyncIterator[Process]:
    """Run it. `noisy`: something prints meanwhile; a site that is refused late on a busy machine would hear of it."""
    site_path = tmp_path / "site.toml"
    site_path.write_text(site)
    arguments = ("-c", PROGRAM, str(site_path), str(tmp_path / "world"), *options)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def said(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 45)
    found: dict[str, Any] = json.loads(line)
    return found


async def test_answers_alone_stand_on_standard_output(tmp_path: Path) -> None:
    async with program(tmp_path, SITE, "noisy") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        assert await said(process) == {"answer": "ready", "gates": ["front"], "people": 50, "paused": True}
        printed = b""
        while b"a library prints" not in printed:
            printed += await asyncio.wait_for(process.stderr.read(4096), 30)
        process.stdin.write(b'{"command": "truth"}\n')
        assert (await said(process))["present"] == 0
        process.stdin.close()
        out, _ = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        assert out == b"stdout is whole again\n"


async def test_sigterm_ends_it_in_order_and_ctrl_c_is_left_to_whoever_started_it(tmp_path: Path) -> None:
    async with program(tmp_path, SITE) as process:
        await said(process)
        process.send_signal(signal.SIGINT)
        assert process.stdin is not None
        process.stdin.write(b'{"command": "truth"}\n')
        assert (await said(process))["answer"] == "truth"
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0
        assert not (tmp_path / "world" / "lines" / "front" / "bus").is_symlink()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('access_points = ["in"]', "access_points = []"), "a reader and a portal for access point in"),
        (('kind = "osdp"', 'kind = "log"'), "entry has no outputs"),
        (("[[gate]]", '[[access_point]]\nid = "out"\nfrom = "inside"\nto = "outside"\n[[gate]]'), "access point out"),
    ],
)  # fmt: skip
async def test_a_site_that_has_no_wires_for_its_ways_is_refused(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    async with program(tmp_path, SITE.replace(*change)) as process:
        out, errors = await asyncio.wait_for(process.communicate(), 45)
        assert process.returncode != 0
        assert b"WiringError" in errors
        assert words in errors.decode().splitlines()[-1]
        assert out == b""


async def test_the_demo_site_runs_with_its_cameras(tmp_path: Path) -> None:
    async with program(tmp_path, built_in("demo")) as process:
        assert (await said(process))["gates"] == ["north", "south", "garage", "lobby"]
        gates = tmp_path / "world" / "gates"
        devices = parse_devices((gates / "north.json").read_text())
        address = devices.cameras[CameraId("north-camera")]
        assert address.startswith("rtsp://gate:")
        assert not parse_devices((gates / "lobby.json").read_text()).cameras
        host, _, port = address.split("@")[1].split("/")[0].partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"OPTIONS {address} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
        assert (await asyncio.wait_for(reader.readline(), 30)).startswith(b"RTSP/1.0 200")
        writer.close()
        await writer.wait_closed()
