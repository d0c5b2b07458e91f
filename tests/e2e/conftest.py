"""Runs of the demo that several tests look at: made once in a session, also where the session has several workers."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import Effort
from tests.e2e.observed_run import ObservedRun, observe, read
from tests.e2e.short_site import DEMO_SITE, short_site


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def observed(shared_folder: Path, effort: Effort) -> ObservedRun:
    """A run until keys have died: in short form on a site that keeps for 40 s, in full the demo's own 330 s."""
    folder = shared_folder / "observed-run"
    with locked(shared_folder / "observed-run.lock"):
        if read(folder) is None:
            shutil.rmtree(folder, ignore_errors=True)
            if effort is Effort.FULL:
                observe(folder, DEMO_SITE.read_text(encoding="utf-8"), run_s=330, copy_after_s=20)
            else:
                observe(folder, short_site(), run_s=56, copy_after_s=8)
    run = read(folder)
    assert run is not None
    return run


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes respect."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
