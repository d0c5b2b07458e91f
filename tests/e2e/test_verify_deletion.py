"""Done-when 5: no plant in any byte that was written; without the vault nothing opens, with it only in time."""

import base64
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from ahocorasick_rs import BytesAhoCorasick

from contract.ids import ControllerId
from contract.sealing import BadWrapsError, Wraps, decode_wraps
from controller.audit.carving import carve
from controller.audit.plants import PlantSearch
from controller.vault import FileVault
from tests.e2e.observed_run import ObservedRun
from tests.e2e.verify import verify_deletion

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_no_plant_is_found_anywhere(observed: ObservedRun) -> None:
    folder = observed.folder
    plants = folder / "world" / "plants.txt"
    verdict = verify_deletion([folder / "state", folder / "before" / "state"], plants)
    assert verdict.clean
    assert verdict.exit_code == 0
    assert verdict.scan.hits == []
    assert len(observed.plants) >= 5 * 24
    assert not [plant for plant in observed.plants if plant in verdict.printed]


def test_the_scan_reads_every_file_and_byte(observed: ObservedRun) -> None:
    state = observed.folder / "state"
    files = [Path(folder, name) for folder, _, names in os.walk(state) for name in names]
    scan = verify_deletion([state], observed.folder / "world" / "plants.txt").scan
    assert scan.not_read == []  # no socket, pipe or link in what the system leaves
    assert scan.vanished == 0
    assert scan.files == len(files)
    # A scan that reads in pieces reads overlaps twice.
    assert scan.bytes_read >= sum(path.stat().st_size for path in files)


def test_the_world_keeps_its_truth_outside_of_the_state(observed: ObservedRun) -> None:
    names = {"people.json", "plants.txt"}
    assert names <= {path.name for path in (observed.folder / "world").iterdir()}
    assert not [path for path in (observed.folder / "state").rglob("*") if path.name in names]
    assert not (observed.folder / "world").is_relative_to(observed.folder / "state")


def test_no_password_reader_key_or_camera_login_is_written(observed: ObservedRun) -> None:
    search = PlantSearch(observed.secrets)
    assert search.scan([observed.folder / "state", observed.folder / "before" / "state"]).hits == []


def test_a_copy_opens_with_the_vault_of_its_time_only(observed: ObservedRun) -> None:
    folder = observed.folder
    copy, plants, site = folder / "before" / "state", folder / "world" / "plants.txt", folder / "site.toml"

    early = verify_deletion([copy], plants, site=site, vault=folder / "before" / "vault")
    assert early.opened is not None
    assert early.opened.found >= len(observed.site.gate)
    assert early.opened.opened == early.opened.found  # the check works: then all of it opened
    assert early.opened.past_limit == early.opened.found  # and is found out as past its limit
    assert not early.clean
    assert early.exit_code == 2

    late = verify_deletion([copy], plants, site=site, vault=folder / "vault")
    assert late.opened is not None
    assert late.opened.found == early.opened.found
    assert late.opened.opened == 0
    assert late.clean
    assert late.exit_code == 0


def test_no_key_of_the_vault_stands_outside_of_it(observed: ObservedRun) -> None:
    """What no wrap gives away, a stray copy of a key would."""
    folder = observed.folder
    vaults = [folder / "vault", folder / "before" / "vault"]
    keys = {key for vault in vaults for key in FileVault(vault, ControllerId("main"), look_only=True)._keys.values()}
    keys |= {(vault / "reference.key").read_bytes() for vault in vaults}
    assert len(keys) > 300
    forms = [form for key in keys for form in (key, key.hex().encode(), base64.b64encode(key))]
    matcher = BytesAhoCorasick(forms)
    for path in (*(folder / "state").rglob("*"), *(folder / "before" / "state").rglob("*")):
        if path.is_file():
            assert not matcher.find_matches_as_indexes(path.read_bytes()), path


def test_carving_finds_every_key_that_any_table_knows(observed: ObservedRun) -> None:
    state = observed.folder / "state"
    carved = {
        wraps.signature for path in state.rglob("*") if path.is_file() for wraps in carve(path.read_bytes())
    }  # fmt: skip
    known = {wraps.signature for wraps in _wraps_in_tables(state)}
    assert len(known) > len(observed.site.gate)
    assert known <= carved


def test_destroyed_periods_leave_neither_rows_nor_free_pages(observed: ObservedRun) -> None:
    alive = set(FileVault(observed.folder / "vault", ControllerId("main"), look_only=True).periods())
    places = [
        path
        for pattern in ("controller/records.db*", "edges/*/ring.sqlite*", "edges/*/video/*/*.seg")
        for path in (observed.folder / "state").glob(pattern)
    ]
    found: list[Wraps] = [wraps for path in places for wraps in carve(path.read_bytes())]
    assert {wraps.name.period for wraps in found if wraps.name.period in alive}
    oldest = min(alive)
    # A gate deletes in its own time, and the last death may be a moment ago: one period is let pass.
    late = [wraps.name for wraps in found if wraps.name.period.next() not in alive and wraps.name.period < oldest]
    assert late == []


def _wraps_in_tables(state: Path) -> Iterator[Wraps]:
    """Yield what any column of any table decodes to wraps, read as SQLite reads it."""
    for path in (state / "controller" / "records.db", *state.glob("edges/*/ring.sqlite")):
        with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as db:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in db.execute(f'SELECT * FROM "{table}"'):  # noqa: S608  SQLite's own names
                    for value in row:
                        if isinstance(value, bytes):
                            with suppress(BadWrapsError):
                                yield decode_wraps(value)
