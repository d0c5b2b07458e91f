"""Canaries are planted where persons' data goes, come into no count, and are found wherever they lie in clear."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from contract.clock import ManualClock
from contract.site import parse_site
from controller import files
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.proof import canaries as canaries_module
from controller.service.proof.canaries import REMEMBERED, Canaries
from controller.service.proof.canary_scan import CanaryScan, SearchFailedError
from controller.service.site.reference import NewHolder, NewPass, Reference, ReferenceKey, RefusedError
from controller.store.reference import open_reference
from tests.unit.controller.kept import RETENTION
from tests.unit.controller.sources import at_ns
from tests.unit.controller.test_ledger import MAIN, NOW_NS, SIGNER

SITE = parse_site("""
[site]
id = "here"
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[gate]]
id = "north"
""")
KEY = ReferenceKey(bytes(range(32)))


class Machine:
    """What one controller writes: a state and a vault folder. `notes`: the texts that were sealed to a period."""

    def __init__(self, folder: Path) -> None:
        self.state, self.vault = folder / "state", folder / "vault"
        self.vault.mkdir()
        self.clock = ManualClock(NOW_NS)
        self.alarms = Alarms()
        self.engine = open_reference(self.state / "reference.db")
        self.reference = Reference(self.engine, KEY)
        self.reference.load_site(SITE)
        self.ledger = Ledger(self.state / "ledger.jsonl", MAIN, SIGNER)
        self.notes: list[str] = []
        self.also: list[Path] = []

    def canaries(self) -> Canaries:
        return Canaries(self.vault / "canaries.sealed", KEY)

    async def write(self, text: str) -> None:
        self.notes.append(text)

    def scan(self) -> CanaryScan:
        return CanaryScan(
            self.clock, RETENTION, self.canaries, self.reference, self.write, self.ledger, self.alarms,
            [self.state, self.vault, *self.also],
        )  # fmt: skip

    def raised(self) -> list[tuple[str, str]]:
        return [(line.kind, line.place) for line in self.alarms.lines()]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.engine.dispose()


async def test_a_standing_canary_is_a_holder_who_comes_into_no_count(machine: Machine) -> None:
    machine.reference.register([NewHolder("Zoe", "staff", [NewPass("N-1", ["c-1"], "all")])])
    canaries = await machine.scan().plant()
    assert machine.reference.count_holders() == 1
    rows = dict(machine.reference.policy_rows({"all": 0}, bytes(32)))
    name, _, credential = canaries.texts[:3]
    assert rows[credential].blocked
    holder = machine.reference.holder(rows[credential].holder)
    assert holder is not None
    assert holder.name == name


async def test_it_is_planted_once_also_after_a_crash_at_any_moment(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    class CrashError(Exception):
        pass

    def crash(path: Path, data: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:  # registered, and not yet remembered as such
            raise CrashError
        written(path, data)

    written = files.write_atomically
    with monkeypatch.context() as patch:
        patch.setattr(canaries_module, "write_atomically", crash)
        with pytest.raises(CrashError):
            machine.canaries().plant_standing(machine.reference)
    texts = machine.canaries().texts
    for _ in range(2):
        machine.canaries().plant_standing(machine.reference)
    assert machine.canaries().texts == texts
    assert len(dict(machine.reference.policy_rows({"all": 0}, bytes(32)))) == 1


async def test_a_note_is_written_in_each_period_and_remembered_beyond_its_key(machine: Machine) -> None:
    scan = machine.scan()
    for minute in (0, 0, 1, 5):
        machine.clock.advance_to(NOW_NS + at_ns(60 * minute))
        await scan.plant()
    assert len(machine.notes) == len(set(machine.notes)) == 3
    assert machine.canaries().texts[3:] == machine.notes


async def test_only_so_many_notes_are_remembered(machine: Machine) -> None:
    canaries = machine.canaries()
    canaries._kept.notes = [f"canary {number}" for number in range(REMEMBERED)]
    await canaries.plant_note(machine.write)
    assert canaries.texts[0] == "canary 1"
    assert canaries.texts[-1] == machine.notes[0]


async def test_what_is_kept_of_them_is_sealed_and_damage_is_told(machine: Machine) -> None:
    await machine.scan().plant()
    path = machine.vault / "canaries.sealed"
    assert not [text for text in machine.canaries().texts if text.encode() in path.read_bytes()]
    path.write_bytes(b"damaged")
    with pytest.raises(RefusedError):
        machine.canaries()
    with pytest.raises(RefusedError):
        await machine.scan().plant()


async def test_a_search_that_finds_nothing_is_a_receipt(machine: Machine) -> None:
    scan = machine.scan()
    found = await scan.search()
    assert (found.hits, found.unregistered) == ([], 0)
    facts = machine.ledger.last["canary-scan"].facts
    assert facts["hits"] == 0
    assert facts["canaries"] == 4
    assert int(facts["scanned_bytes"]) > 10_000
    assert facts["places"] == 3  # reference, ledger, canaries
    assert machine.raised() == []
    assert scan.last == found


async def test_every_canary_in_clear_is_an_alarm_and_a_fault_on_record(machine: Machine) -> None:
    """In a table that forgot to seal them."""
    scan = machine.scan()
    texts = (await scan.plant()).texts
    with closing(sqlite3.connect(machine.state / "records.db")) as db, db:
        db.execute("CREATE TABLE leak (text TEXT)")
        db.executemany("INSERT INTO leak VALUES (?)", [(text,) for text in texts])
    found = await scan.search()
    assert [(hit.place, hit.form, hit.hits) for hit in found.hits] == [("records", "utf-8", len(texts))]
    assert machine.raised() == [("plaintext-found", "records")]
    assert machine.ledger.last["canary-found"].facts == {"place": "records", "form": "utf-8", "hits": len(texts)}
    assert machine.ledger.last["canary-scan"].facts["hits"] == len(texts)
    assert not [text for text in texts if text in (machine.state / "ledger.jsonl").read_text()]


async def test_a_file_that_the_register_does_not_know_is_an_alarm(machine: Machine) -> None:
    scan = machine.scan()
    text = (await scan.plant()).texts[0]
    (machine.state / f"core.{text}").write_bytes(b"\0" * 100)
    found = await scan.search()
    assert found.unregistered == 1
    assert [(hit.place, hit.hits) for hit in found.hits] == [("unregistered", 1)]
    assert set(machine.raised()) == {("plaintext-found", "unregistered"), ("file-unregistered", "state")}


async def test_a_folder_that_is_not_there_is_not_passed_over(machine: Machine) -> None:
    """A misspelled folder of logs would be clean for ever."""
    machine.also.append(machine.state / "not there")
    with pytest.raises(SearchFailedError, match="nothing was checked"):
        await machine.scan().search()
    assert "canary-scan" not in machine.ledger.counts


async def test_a_search_that_fails_says_so_and_leaves_no_receipt(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    scan = machine.scan()
    with pytest.raises(SearchFailedError):
        await scan.search()
    assert "canary-scan" not in machine.ledger.counts
    assert scan.last is None
