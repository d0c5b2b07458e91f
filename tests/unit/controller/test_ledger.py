"""The ledger: what was written stands, in its order, and whoever changes it is found out."""

import errno
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.ids import ControllerId
from contract.messages import LedgerHead
from contract.signing import check_signature, verify
from controller.ledger import Entry, Ledger, LedgerError
from controller.ledger import entry as entry_module
from controller.ledger.entry import FIRST, check_lines, decode_line, encode_line, hash_of
from controller.ledger.kinds import KINDS, UnknownEntryError
from tests.unit.controller.disk import failing

MAIN = ControllerId("main")
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
NOW_NS = 1_800_000_000 * 10**9
EVEN, ODD = "canary-found", "ledger-altered"


def say(ledger: Ledger, kind: str, at: int, hits: int = 0) -> Entry:
    """Append an entry of one of two kinds."""
    if kind == "odd":
        return ledger.append("ledger-altered", NOW_NS + at, line=hits, set_aside="x", sha256="y")
    return ledger.append("canary-found", NOW_NS + at, place="x", form="utf-8", hits=hits)


def figures(entries: list[Entry]) -> list[object]:
    return [entry.facts.get("hits", entry.facts.get("line")) for entry in entries]


def entries(path: Path) -> list[Entry]:
    return [entry for entry, _ in check_lines(path.read_bytes().splitlines(), MAIN, SIGNER.public_key())]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of five entries of two kinds."""
    path = tmp_path / "state" / "ledger.jsonl"
    ledger = Ledger(path, MAIN, SIGNER)
    for at in range(5):
        say(ledger, "even" if at % 2 == 0 else "odd", at, at)
    return path


def test_what_was_appended_is_read_back_in_order(path: Path) -> None:
    read = entries(path)
    assert [entry.number for entry in read] == [1, 2, 3, 4, 5]
    assert figures(read) == [0, 1, 2, 3, 4]
    assert read[0].at == "2027-01-15T08:00:00+00:00"
    assert path.stat().st_mode & 0o777 == 0o600


def test_it_goes_on_where_it_stood(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    assert ledger.counts == {EVEN: 3, ODD: 2}
    assert ledger.last[ODD].number == 4
    say(ledger, "odd", 0)
    assert ledger.counts == {EVEN: 3, ODD: 3}
    assert entries(path)[-1].number == 6
    assert Ledger(path, MAIN, SIGNER).last[ODD].number == 6


@pytest.mark.parametrize("line", range(5))
def test_a_changed_line_is_named(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = re.sub(rb'(hits|line)\\":\d', rb'\1\\":9', lines[line])
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


def test_every_flipped_bit_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    for at in range(0, len(whole) - 1, 7):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << at % 8
        path.write_bytes(damaged)
        with pytest.raises(LedgerError):
            entries(path)


def test_a_ledger_of_somebody_else_is_refused(path: Path) -> None:
    with pytest.raises(LedgerError, match="another controller's"):
        Ledger(path, MAIN, Ed25519PrivateKey.generate())
    with pytest.raises(LedgerError, match="another controller's"):
        Ledger(path, ControllerId("second"), SIGNER)


def test_half_a_line_of_a_crash_is_cut_off(path: Path) -> None:
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    for length in (1, len(last) // 2, len(last) - 1):
        path.write_bytes(whole[: -len(last)] + last[:length])
        ledger = Ledger(path, MAIN, SIGNER)
        assert ledger.counts == {EVEN: 2, ODD: 2}
        say(ledger, "even", 4)
        assert [entry.number for entry in entries(path)] == [1, 2, 3, 4, 5]


def test_an_entry_that_the_disk_refused_is_not_there_and_can_be_tried_again(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    with failing(0, OSError(errno.EIO, "Input/output error")), pytest.raises(OSError, match="Input"):  # at fsync
        say(ledger, "odd", 0, 77)
    assert ledger.counts[ODD] == 2
    say(ledger, "odd", 0, 78)
    assert figures(entries(path)) == [0, 1, 2, 3, 4, 78]
    assert Ledger(path, MAIN, SIGNER).counts[ODD] == 3


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
            say(ledger, "odd", 0)
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space"):
            ledger.append(ODD, NOW_NS, line=1, set_aside="longer than what comes next" * 20, sha256="")
    say(ledger, "odd", 0)
    assert len(entries(path)) == 6


def test_entries_are_read_again_while_it_is_open(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    say(ledger, "odd", 9, 9)
    assert figures(list(ledger.entries())) == [0, 1, 2, 3, 4, 9]
    assert list(ledger.entries()) == entries(path)


def test_entries_read_again_find_a_replaced_or_cut_file(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(LedgerError, match="while it was in use"):
        list(ledger.entries())


def test_followers_are_told_the_past_once_and_each_new_entry_in_order(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    past: list[Entry] = []
    told: list[Entry] = []
    ledger.follow(past.append, told.append)
    ledger.follow(past.append)
    say(ledger, "odd", 5)
    assert not past
    ledger.tell_past()
    ledger.tell_past()
    assert past == [entry for entry in entries(path) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda at: say(ledger, "odd", at, at), range(20)))
    assert told == entries(path)[6:]
    assert [entry.number for entry in told] == list(range(7, 27))


def test_the_past_of_an_altered_file_is_told_to_nobody_as_true(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    told: list[Entry] = []
    ledger.follow(lambda _: None, told.append)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    with pytest.raises(LedgerError, match="while it was in use"):
        ledger.tell_past()
    assert not told


def test_what_the_register_does_not_know_is_refused_and_not_written(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    before = path.read_bytes()
    for kind, facts in (
        ("walked-through", {}),
        (EVEN, {"place": "x", "form": "y"}),
        (EVEN, {"place": "x", "form": "y", "hits": 1, "holder": "0123"}),
    ):
        with pytest.raises(UnknownEntryError, match=kind):
            ledger.append(kind, NOW_NS, **facts)
    assert path.read_bytes() == before
    having = next(each for each in KINDS.values() if each.may_have)
    for names in (having.facts, having.facts | having.may_have):
        ledger.append(having.word, NOW_NS, **dict.fromkeys(names, 7))
        assert entries(path)[-1].facts.keys() == names


def test_the_hash_of_any_line_can_be_asked(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    lines = path.read_bytes().splitlines()
    assert [ledger.hash_at(number) for number in range(7)] == [None, *map(hash_of, lines), None]


def test_a_long_ledger_is_checked_faster_than_its_signatures_could_be(tmp_path: Path) -> None:
    """One signature vouches for all lines before it: a year of entries must not hold up a start."""
    path = tmp_path / "ledger.jsonl"
    before, lines = FIRST, []
    for number in range(1, 1001):
        lines.append(encode_line(Entry(number, "", before, EVEN, {}), MAIN, SIGNER))
        before = hash_of(lines[-1])
    path.write_bytes(b"\n".join(lines) + b"\n")
    checked: list[bytes] = []

    def count(purpose: str, signer: str, body: bytes, signature: bytes, key: Ed25519PublicKey) -> None:
        checked.append(body)
        check_signature(purpose, signer, body, signature, key)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(entry_module, "check_signature", count)
        assert Ledger(path, MAIN, SIGNER).number == 1000
    assert len(checked) == 1


def test_a_half_line_longer_than_one_read_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    say(Ledger(path, MAIN, SIGNER), "odd", 0)
    whole = path.read_bytes()
    path.write_bytes(whole + b"x" * 200_000)
    assert Ledger(path, MAIN, SIGNER).number == 1
    assert path.read_bytes() == whole
    path.write_bytes(b"y" * 200_000)
    assert Ledger(path, MAIN, SIGNER).number == 0


def test_a_head_says_where_the_ledger_ends(path: Path) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    head, signed = ledger.head(NOW_NS)
    assert verify(signed, LedgerHead, {MAIN: SIGNER.public_key()}) == (MAIN, head)
    assert (head.number, head.line_hash.hex(), head.at_ns) == (5, ledger.hash_at(5), NOW_NS)


@pytest.mark.parametrize("by", ["shorter", "longer", "a line less", "no end", "empty"])
def test_a_file_of_another_size_is_found_altered_and_what_comes_next_stands_on_its_own_line(
    path: Path, by: str
) -> None:
    ledger = Ledger(path, MAIN, SIGNER)
    whole = path.read_bytes()
    cut = whole.rindex(b"\n", 0, -1) + 1
    wrong = {
        "shorter": whole.replace(b"line", b"lin", 1),
        "longer": whole.replace(b"line", b"linee", 1),
        "a line less": whole[:cut],
        "no end": whole[:-3],
        "empty": b"",
    }[by]
    path.write_bytes(wrong)
    next_ = say(ledger, "even", 7, 7)
    after = path.read_bytes()
    assert after.startswith(wrong), "nothing of it is removed"
    assert b"\0" not in after
    assert decode_line(after.splitlines()[-1]) == next_
    with pytest.raises(LedgerError):
        list(ledger.entries())
    say(ledger, "even", 8, 8)
    assert path.read_bytes().startswith(after)
