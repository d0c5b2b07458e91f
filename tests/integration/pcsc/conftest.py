"""A private PC/SC service for tests: the real pcscd with virtual readers, and nobody else's cards."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.pcsc import PrivatePcscd


@pytest.fixture(scope="session")
def pcsc_folder() -> Iterator[Path]:
    """The one folder whose service this process can follow: libpcsclite reads its environment once."""
    folder = Path(tempfile.mkdtemp(prefix="pcsc-", dir="/tmp"))  # a Unix socket's path is short
    with pytest.MonkeyPatch.context() as patch:
        for name, value in PrivatePcscd(folder).environment.items():
            patch.setenv(name, value)
        yield folder
    shutil.rmtree(folder)


@pytest.fixture
def pcscd(pcsc_folder: Path) -> Iterator[PrivatePcscd]:
    """A running service with two empty readers."""
    with PrivatePcscd(pcsc_folder, ["Simulated A", "Simulated B"]) as service:
        yield service
