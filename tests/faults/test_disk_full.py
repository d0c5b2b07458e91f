"""A disk without room, at a gate and at the controller: doors go on, an alarm shows, nothing is missing afterwards."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.live import Live
from tests.faults.stage import Stage, stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@contextlib.contextmanager
def small_disk(folder: Path, size_mb: int) -> Iterator[None]:
    """Mount a disk of its own on `folder`, in memory; needs root."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder.mkdir(mode=0o700, parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m,mode=0700", "sacs-test", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def no_room(folder: Path) -> Iterator[None]:
    """Fill the disk of `folder` to the last page."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


async def alarm(on: Stage, kind: str) -> None:
    """Wait until an alarm of that kind shows."""

    def shows(live: Live | None) -> bool:
        return live is not None and any(line.kind == kind for line in live.alarms)

    await on.until_live(shows)


async def test_a_gate_with_a_full_disk_decides_on_and_journals_when_there_is_room(tmp_path: Path) -> None:
    gate_disk = tmp_path / "state" / "edges" / "front"
    with small_disk(gate_disk, 8):
        async with stage(tmp_path, seed=81) as on:
            await on.passages(2)
            with no_room(gate_disk):
                await alarm(on, "gate-store-failed")
                await on.passages(5)
            await on.passages(2)
            await on.settle()
        on.judge(edges_killed=False)


@pytest.mark.full
async def test_a_controller_with_a_full_disk_takes_all_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "state" / "controller"
    with small_disk(disk, 64):
        async with stage(tmp_path, seed=82) as on:
            await on.passages(3)
            with no_room(disk):
                await alarm(on, "store-failed")
                await on.passages(10)
            await on.passages(3)
            await on.settle()
        on.judge(edges_killed=False)
