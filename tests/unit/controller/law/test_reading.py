"""The trail is read newest first, by class, kind and time, in pages, and a damaged ledger as far as it is sound."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contract.clock import to_datetime
from controller.law.reading import MOST, Filter, read_trail
from controller.ledger import Entry, Ledger
from controller.ledger.kinds import EntryClass
from tests.unit.controller.sources import MAIN, at_ns, signer_of

NOW_S = 1_800_000_000


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Ten entries, a second apart: notes, and a breach each fifth."""
    made = Ledger(tmp_path / "ledger", MAIN, signer_of("controller"))
    for number in range(1, 11):
        if number % 5:
            made.append("violation-noted", at_ns(NOW_S + number), number=number, by="a" * 24)
        else:
            made.append("breach-found", at_ns(NOW_S + number), violation="gate-twice", rule="L6", place="north")
    return made


def numbers(entries: Iterator[Entry], most: int = MOST, **wanted: object) -> list[int]:
    return [line.number for line in read_trail(entries, Filter(**wanted), most).lines]  # type: ignore[arg-type]


def moment(second: int) -> datetime:
    return to_datetime(at_ns(NOW_S)) + timedelta(seconds=second)


def test_newest_first_and_in_pages(ledger: Ledger) -> None:
    first = read_trail(ledger.entries(), Filter(), 4)
    assert [line.number for line in first.lines] == [10, 9, 8, 7]
    assert first.more
    last = read_trail(ledger.entries(), Filter(before=4), 4)
    assert [line.number for line in last.lines] == [3, 2, 1]
    assert not last.more


def test_by_class_kind_and_time(ledger: Ledger) -> None:
    assert numbers(ledger.entries(), classes=frozenset({EntryClass.BREACH})) == [10, 5]
    assert numbers(ledger.entries(), kinds=frozenset({"breach-found"})) == [10, 5]
    assert numbers(ledger.entries(), since=moment(4), until=moment(7)) == [6, 5, 4]


def test_what_is_sound_of_a_damaged_ledger_is_read_and_the_damage_is_told(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join((*lines[:5], *lines[6:])))
    page = read_trail(ledger.entries(), Filter(), MOST)
    assert [line.number for line in page.lines] == [5, 4, 3, 2, 1]
    assert "line 6" in page.damaged
