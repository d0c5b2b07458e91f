"""What a thief finds on the bare disk: a day is lived on an ext4 image and expires, then the image is carved.

Two days are lived at once: one as the product is, and one with the ciphers below it replaced (sealing_off). On the
first image no tool finds any plant, nor any key that died, and no plant lies in its bytes at any hour; on the second
each lies there at its own hour, and every tool finds something in the end, or they would prove nothing. Carvers are
those of Debian: strings, sqlite3, foremost, scalpel, The Sleuth Kit. Debian 12 builds sqlite3 without what `.recover`
needs; there `.dump` tells what stands, and the others the rest.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from ahocorasick_rs import BytesAhoCorasick

from contract.clock import NS_PER_S
from contract.ids import ControllerId
from contract.periods import Kind
from contract.site import parse_site
from controller.audit.carving import open_what_opens
from controller.audit.places import survey
from controller.audit.plants import PlantSearch
from controller.vault import FileVault
from tests.e2e import day_on_disk
from tests.e2e.conftest import locked
from tests.e2e.day_on_disk import CARDS, HOUR_S, HOURS, NAMES, NUMBERS, PICTURES, PLANTS, START_S, STRANGERS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

IMAGE_BYTES = 48 * 1024 * 1024
MAIN = ControllerId("main")
SEALING_OFF = Path(__file__).parent / "sealing_off"
SCALPEL = """
sqlite y 4000000 SQLite\\x20format\\x203\\x00
jpg    y 200000  \\xff\\xd8\\xff\\xe0\\x00\\x10 \\xff\\xd9
json   y 20000   {"entry":"{ \\x0a
"""
TOOLS = ("raw", "strings", "sqlite3", "foremost", "scalpel", "tsk_recover", "blkls")


@dataclass
class Disk:
    """One image on which a day was lived, and what was carved out of it, in a folder for each tool."""

    folder: Path

    @property
    def image(self) -> Path:
        return self.folder / "raw" / "disk.img"

    def begin(self) -> None:
        """Make an empty disk."""
        for name in (*TOOLS, "mounted", "outside"):
            (self.folder / name).mkdir(parents=True)
        with self.image.open("wb") as file:
            file.truncate(IMAGE_BYTES)
        run("mkfs.ext4", "-q", "-F", str(self.image))

    def live(self, *, sealed: bool) -> "subprocess.Popen[bytes]":
        """Start the day."""
        path = [] if sealed else [str(SEALING_OFF)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, str(Path.cwd())])}
        command = [
            sys.executable,
            "-m",
            day_on_disk.__name__,
            str(self.image),
            str(self.folder / "mounted"),
            str(self.folder / "outside"),
        ]
        with (self.folder / "log").open("wb") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def carve(self) -> None:
        """Let every tool loose on the image."""
        image = str(self.image)
        for name, options in (("ascii", ()), ("utf-16", ("-el",))):
            self.keep(f"strings/{name}", run("strings", "-a", "-n", "6", *options, image))
        run("foremost", "-Q", "-t", "all", "-i", image, "-o", str(self.folder / "foremost" / "out"))
        (self.folder / "scalpel.conf").write_text(SCALPEL)
        run("scalpel", "-c", str(self.folder / "scalpel.conf"), "-o", str(self.folder / "scalpel" / "out"), image)
        run("tsk_recover", "-e", image, str(self.folder / "tsk_recover"))
        self.keep("blkls/free", run("blkls", image))
        databases = [
            path
            for tool in ("tsk_recover", "scalpel")
            for path in (self.folder / tool).rglob("*")
            if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"
        ]
        for number, path in enumerate(databases):
            for command in (".recover", ".dump"):
                self.keep(f"sqlite3/{number}{command}", run("sqlite3", str(path), command, check=False))

    def keep(self, name: str, output: bytes) -> None:
        (self.folder / name).write_bytes(output)

    def found_by(self, tool: str) -> set[int]:
        """The numbers of the plants in what a tool made of the image."""
        return plants_in(self.folder / tool)

    def there_at(self, hour: int) -> set[int]:
        """The numbers of the plants in the disk's bytes as they stood at the end of an hour."""
        return plants_in(self.folder / "outside" / f"disk-{hour}")


@dataclass
class Disks:
    """The product's disk, and that of the control run."""

    sealed: Disk
    open: Disk


@pytest.fixture(scope="module")
def disks(shared_folder: Path) -> Disks:
    """Both disks, carved; made once for all workers of this session."""
    folder = shared_folder / "disks"
    both = Disks(Disk(folder / "sealed"), Disk(folder / "open"))
    with locked(shared_folder / "disks.lock"):
        if not (folder / "done").exists():
            shutil.rmtree(folder, ignore_errors=True)
            live_and_carve(both)
            (folder / "done").touch()
    return both


def live_and_carve(both: Disks) -> None:
    """Live the two days at once, then carve both images."""
    for disk in (both.sealed, both.open):
        disk.begin()
    with mounted(both.sealed), mounted(both.open):
        days = [both.sealed.live(sealed=True), both.open.live(sealed=False)]
        codes = [day.wait() for day in days]
        shutil.copytree(both.sealed.folder / "mounted" / "vault", both.sealed.folder / "outside" / "vault-end")
    for disk, code in zip((both.sealed, both.open), codes, strict=True):
        assert code == 0, (disk.folder / "log").read_text()
        disk.carve()


@contextmanager
def mounted(disk: Disk) -> Iterator[None]:
    """Mount the image; what a deletion leaves stays there, for no block is discarded."""
    place = disk.folder / "mounted"
    try:
        run("mount", "-o", "loop,nodiscard", str(disk.image), str(place))
    except subprocess.CalledProcessError as error:
        pytest.fail(f"this test mounts a disk image, which takes root and loop devices: {error.stderr.decode()}")
    try:
        yield
    finally:
        run("umount", str(place))


def plants_in(place: Path) -> set[int]:
    return {hit.plant for hit in PlantSearch(PLANTS).scan([place]).hits}


def run(*command: str, check: bool = True) -> bytes:
    """Run a tool of the system and return what it says."""
    path = f"{os.environ['PATH']}:/usr/sbin:/sbin"
    tool = shutil.which(command[0], path=path)
    assert tool, f"{command[0]} is not installed: make system"
    return subprocess.run([tool, *command[1:]], check=check, capture_output=True).stdout


@pytest.mark.parametrize("tool", TOOLS)
def test_no_tool_finds_a_plant_on_the_disk(disks: Disks, tool: str) -> None:
    assert disks.sealed.found_by(tool) == set()


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_would_find_plants_that_are_not_sealed(disks: Disks, tool: str) -> None:
    assert disks.open.found_by(tool)


@pytest.mark.parametrize("hour", range(HOURS))
def test_at_its_own_hour_every_plant_lies_on_the_disk_that_is_not_sealed_and_none_on_the_other(
    disks: Disks, hour: int
) -> None:
    """By the end what an hour left may be overwritten: so the bytes of each hour were copied."""
    own = {*NAMES, *NUMBERS, *CARDS, STRANGERS[hour], PICTURES[hour]}
    assert {number for number, plant in enumerate(PLANTS, 1) if plant in own} <= disks.open.there_at(hour)
    assert disks.sealed.there_at(hour) == set()


def test_pictures_of_passages_are_carved_where_they_are_not_sealed(disks: Disks) -> None:
    """What foremost finds are whole pictures, each from where rows were deleted or a broker's file was."""
    pictures = {number for number, plant in enumerate(PLANTS, 1) if plant in PICTURES}
    assert disks.open.found_by("foremost") & pictures
    assert not list((disks.sealed.folder / "foremost" / "out").rglob("*.jpg"))


def test_no_key_that_died_is_anywhere_on_the_disk(disks: Disks) -> None:
    outside = disks.sealed.folder / "outside"
    dead: set[bytes] = set()
    alive: set[bytes] = set()
    final = vault_of(disks.sealed)
    for number in range(HOURS):
        for period, key in vault_from(outside / f"keys-{number}", outside / f"vault-{number}")._keys.items():
            (alive if period in final.periods() else dead).add(key)
    assert len(dead) >= HOURS
    search = BytesAhoCorasick([form for key in dead for form in (key, key.hex().encode())])
    assert search.find_matches_as_indexes(disks.sealed.image.read_bytes()) == []
    there = BytesAhoCorasick(list(alive))
    assert there.find_matches_as_indexes(disks.sealed.image.read_bytes()), "or the search would prove nothing"


def test_what_is_left_of_the_day_opens_with_no_key_that_is_left(disks: Disks) -> None:
    retention = parse_site(day_on_disk.SITE).retention
    now_ns = (START_S + 3 * HOURS * HOUR_S) * NS_PER_S
    late = open_what_opens([disks.sealed.image], vault_of(disks.sealed), retention, now_ns)
    outside = disks.sealed.folder / "outside"
    stolen = vault_from(outside / f"keys-{HOURS - 1}", outside / "stolen")
    early = open_what_opens([disks.sealed.image], stolen, retention, now_ns)
    assert late.found == early.found > 0, "deleted blocks still hold sealed data"
    assert late.opened == 0
    assert early.past_limit == early.opened > 0


def test_the_command_of_the_auditor_says_so(disks: Disks) -> None:
    for disk, code in ((disks.sealed, 0), (disks.open, 2)):
        plants = disk.folder / "plants.txt"
        plants.write_text("\n".join(PLANTS))
        command = [sys.executable, "-m", "sacs", "verify-deletion", "--json", "--plants", str(plants)]
        done = subprocess.run([*command, "--state", str(disk.image)], capture_output=True, check=False)
        assert done.returncode == code, done.stderr
        assert msgspec.json.decode(done.stdout)["scan"]["bytes_read"] >= IMAGE_BYTES


def test_all_that_was_written_is_in_the_register(disks: Disks) -> None:
    _, unknown = survey([disks.sealed.folder / "tsk_recover" / name for name in ("state", "vault")])
    assert unknown == []


def vault_of(disk: Disk) -> FileVault:
    """The vault as it lies on the disk in the end; a carver may find an overwritten one under the same name."""
    return FileVault(disk.folder / "outside" / "vault-end", MAIN, look_only=True)


def vault_from(keys: Path, folder: Path) -> FileVault:
    """A vault that somebody copied while its keys lived."""
    folder.mkdir(exist_ok=True)
    shutil.copy(keys, folder / "keys")
    vault = FileVault(folder, MAIN, look_only=True)
    assert any(period.kind is Kind.MOVEMENT for period in vault.periods())
    return vault
