"""Killed at any step of the sweep or of a change of the vault, a controller that starts again ends the same way."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.dying_sweep import SWEEP, WHOLE, death
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.kept import Kept


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dying")
    command = [sys.executable, "-m", "tests.faults.dying_sweep", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    steps = [line for line in done.stdout.splitlines() if (folder / line).is_dir()]
    assert len(steps) >= 2 * len(SWEEP) + 2 * 8, "a change of the vault has at least so many calls"
    return folder


def started_again(folder: Path) -> tuple[object, ...]:
    """What stands after a start, the keys that lived before and must live on among it."""
    kept = Kept(folder, clock=death())
    alive = set(kept.vault.periods())
    asyncio.run(kept.begin())
    private = {period: key for period, key in kept.vault._keys.items() if period in alive}
    assert not list((folder / "vault").glob("keys.*")), "nothing of a change is left over"
    on_disk = bytes_below(folder)
    assert all(key in on_disk for key in private.values())
    state = kept.state()
    kept.close()
    return state, private


def test_every_step_ends_in_the_same_state_with_the_receipt(folders: Path) -> None:
    whole = started_again(folders / WHOLE)
    for folder in sorted(path for path in folders.iterdir() if path.name != WHOLE):
        assert started_again(folder) == whole, folder.name
