"""The ledger: what was written stands, in its order, and whoever changes it is found out."""

import errno
import os
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.ids import ControllerId
from controller.ledger import Entry, Ledger, LedgerError, check_lines
from tests.unit.controller.disk import failing

MAIN = ControllerId("main")
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOW_NS = 1_800_000_000 * 10**9


def entries(path: Path) -> list[Entry]:
    return [entry for entry, _ in check_lines(path.read_bytes(), MAIN, SIGNER.public_key())]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of five entries of two kinds."""
    path = tmp_path / "state" / "ledger.jsonl"
    ledger = Ledger(path, MAIN, SIGNER)
    for at in range(5):
        ledger.append("even" if at % 2 == 0 else "odd", NOW_NS + at, rows=at, kind_of="x")
    return path


def test_what_was_appended_is_read_back_in_order(path: Path) -> None:
    read = entries(path)
    assert [entry.number for entry in read] == [1, 2, 3, 4, 5]
    assert [entry.facts["rows"] for entry in read] == [0, 1, 2, 3, 4]
    assert read[0].at == "2027-01-15T08:00:00+00:00"
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_goes_on_where_it_stood(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    assert ledger.counts == {"even": 3, "odd": 2}
    assert ledger.last["odd"].number == 4
    ledger.append("odd", NOW_NS)
    assert ledger.counts == {"even": 3, "odd": 3}
    assert entries(path)[-1].number == 6
    assert Ledger(path, MAIN, SIGNER).last["odd"].number == 6


@pytest.mark.parametrize("line", range(5))
def test_a_changed_line_is_named(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = re.sub(rb'rows\\":\d', rb'rows\\":9', lines[line])
    path.write_bytes(b"".join(lines))
    with pytest.raises(LedgerError, match=f"line {line + 1} was altered"):
        Ledger(path, MAIN, SIGNER)


@pytest.mark.parametrize("line", range(4))
def test_a_missing_line_is_noticed(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[line]
    path.write_bytes(b"".join(lines))
    with pytest.raises(LedgerError, match="missing or moved"):
        Ledger(path, MAIN, SIGNER)


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 3), (3, 4)])
def test_moved_and_doubled_lines_are_noticed(path: Path, one: int, other: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    moved = list(lines)
    moved[one], moved[other] = moved[other], moved[one]
    for wrong in (moved, [*lines[: one + 1], lines[one], *lines[one + 1 :]]):
        path.write_bytes(b"".join(wrong))
        with pytest.raises(LedgerError, match="missing or moved"):
            Ledger(path, MAIN, SIGNER)


def test_every_flipped_bit_is_noticed_or_says_the_same(path: Path) -> None:
    """The case of a hex digit in the last signature says nothing, and no later line has its hash yet."""
    whole = path.read_bytes()
    before = entries(path)
    for at in range(0, len(whole), 7):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        path.write_bytes(damaged)
        try:
            read = entries(path)
        except LedgerError:
            continue
        assert at > whole.rindex(b"signature")
        assert read == before


def test_a_ledger_of_somebody_else_is_refused(path: Path) -> None:
    with pytest.raises(LedgerError, match="line 1"):
        Ledger(path, MAIN, Ed25519PrivateKey.generate())
    with pytest.raises(LedgerError, match="line 1"):
        Ledger(path, ControllerId("second"), SIGNER)


def test_half_a_line_of_a_crash_is_cut_off(path: Path) -> None:
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for length in (1, len(last) // 2, len(last) - 1):
        path.write_bytes(whole[: -len(last)] + last[:length])
        ledger = Ledger(path, MAIN, SIGNER)
        assert ledger.counts == {"even": 2, "odd": 2}
        ledger.append("even", NOW_NS + 4)
        assert [entry.number for entry in entries(path)] == [1, 2, 3, 4, 5]


def test_an_entry_that_the_disk_refused_is_not_there_and_can_be_tried_again(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    with failing(0, OSError(errno.EIO, "Input/output error")), pytest.raises(OSError, match="Input"):  # at fsync
        ledger.append("odd", NOW_NS, rows=77)
    assert ledger.counts["odd"] == 2
    ledger.append("odd", NOW_NS, rows=78)
    assert [entry.facts.get("rows") for entry in entries(path)] == [0, 1, 2, 3, 4, 78]
    assert Ledger(path, MAIN, SIGNER).counts["odd"] == 3


def test_half_an_entry_on_a_full_disk_does_not_break_the_chain(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    size = path.stat().st_size

    def refuse(descriptor: int) -> None:
        os.truncate(path, size + 20)
        raise OSError(errno.ENOSPC, "No space left on device")

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(OSError, match="No space"):
            ledger.append("odd", NOW_NS)
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            ledger.append("odd", NOW_NS, longer_than_what_comes_next="x" * 500)
    ledger.append("odd", NOW_NS)
    assert len(entries(path)) == 6
