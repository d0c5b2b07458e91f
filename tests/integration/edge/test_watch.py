"""`sacs watch` as a process, at the socket of a gate: what it prints in words and as JSON, and how it ends."""

import asyncio
import sys
from pathlib import Path

import msgspec
import pytest

from edge.technician import SOCKET, encode_line
from tests.unit.edge.test_technicians import LIMIT_S, LINES, serving, until

WORDS = [
    "in at in: granted (piv, authenticated, 0.25 ms)",
    "in: denied, wrong-pin (uid-4, identified, 1.50 ms)",
    "in: online (secure)",
    "door: held",
    "arm: turned towards out",
    "in: read refused, unknown_format (25 bits, bits 1111111111111111111111111, in hex 1FFFFFF)",
    "seals to main, second (list 2)",
    "7 lines were missed: this terminal was too slow",
]


def edge_file(folder: Path) -> Path:
    file = folder / "edge.toml"
    file.write_text('enrolment = "e"\nsite = "s"\ndevices = "d"\nstate = "state"\n')
    (folder / "state").mkdir()
    return file


async def started(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sacs",
        "watch",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def told(folder: Path, *arguments: str) -> list[str]:
    """All that the command prints between a gate's start and its end."""
    file = edge_file(folder)
    async with serving(folder / "state") as served:
        process = await started("--edge", str(file), *arguments)
        await until(lambda: served.technicians.counters["technicians"] == 1)
        for line in LINES:
            served.technicians.tell(line)
        assert process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            printed = [(await process.stdout.readline()).decode().rstrip("\n") for _ in LINES]
    async with asyncio.timeout(LIMIT_S):
        assert await process.communicate() == (b"", b"")
    assert process.returncode == 0
    return printed


async def test_it_says_in_words_what_the_gate_does(tmp_path: Path) -> None:
    assert await told(tmp_path) == [f"12:00:00.000  {words}" for words in WORDS]


async def test_as_json_each_line_is_what_the_gate_sent(tmp_path: Path) -> None:
    printed = await told(tmp_path, "--json")
    assert [msgspec.json.decode(line) for line in printed] == [msgspec.json.decode(encode_line(line)) for line in LINES]


@pytest.mark.parametrize("is_file", [True, False])
async def test_where_no_gate_runs_it_says_so(tmp_path: Path, *, is_file: bool) -> None:
    file = edge_file(tmp_path)
    if is_file:
        (tmp_path / "state" / SOCKET).write_text("left by a run that was killed")
    process = await started("--edge", str(file))
    async with asyncio.timeout(LIMIT_S):
        _, error = await process.communicate()
    assert process.returncode == 1
    assert b"does the gate run on this machine" in error


async def test_without_an_edge_file_it_says_what_is_wrong(tmp_path: Path) -> None:
    for text, words in (("", b"it names enrolment"), ("x = [", b"edge file")):
        (tmp_path / "edge.toml").write_text(text)
        process = await started("--edge", str(tmp_path / "edge.toml"))
        async with asyncio.timeout(LIMIT_S):
            _, error = await process.communicate()
        assert process.returncode == 1
        assert words in error
