"""After its limit nothing of a recording opens or is carved: from disk, index, or a copy of all but the vault.

Two cameras are filmed at once, each on an ext4 image of its own: one as the product is, one with the ciphers replaced
(sealing_off). Nothing of any picture is on the first image; on the second nearly every one is found, or the search
would prove nothing.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ahocorasick_rs import BytesAhoCorasick

from contract.clock import NS_PER_S
from controller.audit.carving import open_what_opens
from controller.audit.places import survey
from controller.vault import FileVault
from tests.e2e import film_on_disk
from tests.e2e.film_on_disk import LATE_S, MAIN, RETENTION
from tests.e2e.test_disk_image import SEALING_OFF, Disk, mounted, run

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("video on disk")]
NOW_NS = LATE_S * NS_PER_S


@dataclass
class Disks:
    """The product's disk, and that of the control run."""

    sealed: Disk
    open: Disk


def live(disk: Disk, *, sealed: bool) -> "subprocess.Popen[bytes]":
    """Start the days."""
    path = [] if sealed else [str(SEALING_OFF)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, str(Path.cwd())])}
    command = [sys.executable, "-m", film_on_disk.__name__, str(disk.folder / "mounted"), str(disk.folder / "outside")]
    with (disk.folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


@pytest.fixture(scope="module")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Disks:
    """Both disks, after all limits."""
    folder = tmp_path_factory.mktemp("filmed")
    both = Disks(Disk(folder / "sealed"), Disk(folder / "open"))
    for disk in (both.sealed, both.open):
        disk.begin()
    with mounted(both.sealed), mounted(both.open):
        runs = [(both.sealed, live(both.sealed, sealed=True)), (both.open, live(both.open, sealed=False))]
        for disk, program in runs:
            assert program.wait() == 0, (disk.folder / "log").read_text()
    for disk in (both.sealed, both.open):
        run("tsk_recover", "-e", str(disk.image), str(disk.folder / "tsk_recover"))
    return both


def seen(disk: Disk) -> list[bytes]:
    """A piece of each picture's bytes, as the camera sent them."""
    return [bytes.fromhex(line) for line in (disk.folder / "outside" / "seen").read_text().split()]


def carved(disk: Disk, *files: Path) -> int:
    """Of how many pictures something is in raw bytes."""
    pieces = seen(disk)
    assert len(set(pieces)) == len(pieces)
    search = BytesAhoCorasick(pieces)
    return len({hit[0] for path in files for hit in search.find_matches_as_indexes(path.read_bytes())})


def test_no_picture_is_carved_from_the_bare_disk(disks: Disks) -> None:
    assert carved(disks.sealed, disks.sealed.image) == 0


def test_with_sealing_off_nearly_every_picture_is_carved_from_what_was_deleted(disks: Disks) -> None:
    assert carved(disks.open, disks.open.image) > 0.9 * len(seen(disks.open))


def test_nothing_that_is_left_or_was_copied_opens_once_its_day_is_over(disks: Disks) -> None:
    """Recovered files, the index with its free pages, and a thief's copy of all but the vault."""
    sealed = disks.sealed
    final = FileVault(sealed.folder / "tsk_recover" / "vault", MAIN, look_only=True)
    for places in ([sealed.image], [sealed.folder / "tsk_recover"], [sealed.folder / "outside" / "copy"]):
        assert open_what_opens(places, final, RETENTION, NOW_NS).opened == 0
    copy = sealed.folder / "outside" / "copy"
    assert carved(sealed, *[path for path in copy.rglob("*") if path.is_file()]) == 0
    stolen = FileVault(sealed.folder / "outside" / "stolen", MAIN, look_only=True)
    early = open_what_opens([copy], stolen, RETENTION, NOW_NS)
    assert early.past_limit == early.opened == early.found >= 3, "with the vault of then it would open"


def test_the_index_holds_nothing_of_the_day_and_every_file_is_registered(disks: Disks) -> None:
    recovered = disks.sealed.folder / "tsk_recover"
    (table,) = recovered.rglob("segments.sqlite")
    assert run("sqlite3", str(table), "SELECT count(*) FROM segment") == b"0\n"
    _, unknown = survey([recovered / "state", recovered / "vault"])
    assert unknown == []
