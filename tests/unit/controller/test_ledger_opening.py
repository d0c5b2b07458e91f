"""A ledger that somebody altered stops no controller: it is set aside, what is vouched for goes on, and that stands."""

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.ledger import Entry, Ledger
from controller.ledger.entry import encode_line, hash_of
from controller.ledger.opening import ALTERED, open_ledger
from controller.ledger.rescue import LOST
from tests.unit.controller.disk import Stopped, failing
from tests.unit.controller.test_ledger import MAIN, NOW_NS, SIGNER, figures, say


def opened(path: Path, signer: Ed25519PrivateKey = SIGNER) -> tuple[list[Entry], bool]:
    ledger, was_altered = open_ledger(path, MAIN, signer, NOW_NS + 99)
    return list(ledger.entries()), was_altered


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state" / "ledger.jsonl"
    ledger = Ledger(path, MAIN, SIGNER)
    for at in range(5):
        say(ledger, "even", at, at)
    return path


def alter(path: Path, *lines: int) -> bytes:
    """Change the figure in some lines, from 0."""
    changed = [
        line.replace(b'hits\\":', b'hits\\":9') if number in lines else line
        for number, line in enumerate(path.read_bytes().splitlines(keepends=True))
    ]
    path.write_bytes(b"".join(changed))
    return path.read_bytes()


def test_a_sound_ledger_is_opened_as_it_is(path: Path) -> None:
    before = path.read_bytes()
    assert opened(path)[1] is False
    assert path.read_bytes() == before
    assert sorted(file.name for file in path.parent.iterdir()) == ["ledger.jsonl", "ledger.key"]
    assert path.with_name("ledger.key").read_text() == SIGNER.public_key().public_bytes_raw().hex() + "\n"


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ((0,), [None, 1, 2, 3, 4]),
        ((2,), [0, 1, None, 3, 4]),
        ((4,), [0, 1, 2, 3]),
        ((1, 2), [0, None, None, 3, 4]),
        ((3, 4), [0, 1, 2]),
        ((0, 2, 4), [None, 1, None, 3]),
        ((0, 1, 2, 3, 4), []),
    ],
)
def test_of_an_altered_one_only_the_altered_lines_are_lost(
    path: Path, lines: tuple[int, ...], kept: list[int | None]
) -> None:
    was = opened(path)[0]
    altered = alter(path, *lines)
    entries, was_altered = opened(path)
    assert was_altered
    assert figures(entries[:-1]) == kept
    assert [entry.kind == LOST for entry in entries[:-1]] == [figure is None for figure in kept]
    for before, after in zip(was, entries[:-1], strict=False):
        if after.kind != LOST:
            assert (after.number, after.at, after.facts) == (before.number, before.at, before.facts)
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    aside = path.with_name("ledger-altered-1.jsonl")
    assert (entries[-1].kind, entries[-1].facts) == (
        ALTERED,
        {
            "line": lines[0] + 1,
            "set_aside": aside.name,
            "sha256": hashlib.sha256(altered).hexdigest(),
            "kept": sum(figure is not None for figure in kept),
        },
    )
    assert aside.read_bytes() == altered
    assert opened(path) == (entries, False)


def test_a_line_that_is_gone_moved_doubled_or_no_line_at_all(path: Path) -> None:
    one, two, three, four, five = path.read_bytes().splitlines(keepends=True)
    for number, (wrong, kept) in enumerate(
        [
            ([one, two, four, five], [0, 1, None, 3, 4]),
            ([two, three, four, five], [None, 1, 2, 3, 4]),
            ([one, two, b"{}\n", three, b"\xff\n", four, five], [0, 1, 2, 3, 4]),
            ([one, two, four, three, five], [0, 1, 2, 3, 4]),
            ([one, two, two, three, four, five], [0, 1, 2, 3, 4]),
        ],
        1,
    ):
        path.write_bytes(b"".join(wrong))
        entries, was_altered = opened(path)
        assert was_altered
        assert figures(entries[:-1]) == kept
        assert path.with_name(f"ledger-altered-{number}.jsonl").read_bytes() == b"".join(wrong)


def test_a_line_that_nobody_vouches_for_is_never_kept(path: Path, tmp_path: Path) -> None:
    """Not one that somebody else signed, and not one of this signer's that stands where the next names another."""
    lines = path.read_bytes().splitlines(keepends=True)
    second = Entry(2, "2027-01-15T08:00:00+00:00", hash_of(lines[0].rstrip()), "canary-found", {"hits": 66})
    elsewhere = Ledger(tmp_path / "elsewhere" / "ledger.jsonl", MAIN, SIGNER)
    for at in range(3):
        say(elsewhere, "even", at, 60 + at)
    of_elsewhere = (tmp_path / "elsewhere" / "ledger.jsonl").read_bytes().splitlines()[1]
    for forged in (encode_line(second, MAIN, Ed25519PrivateKey.generate()), of_elsewhere):
        path.write_bytes(b"".join([lines[0], forged + b"\n", *lines[2:]]))
        assert figures(opened(path)[0][:-1]) == [0, None, 2, 3, 4]
    last = Entry(6, "2027-01-15T08:00:00+00:00", hash_of(lines[4].rstrip()), "canary-found", {"hits": 66})
    path.write_bytes(b"".join([*lines, encode_line(last, MAIN, Ed25519PrivateKey.generate()) + b"\n"]))
    assert figures(opened(path)[0][:-1]) == [0, 1, 2, 3, 4]


def test_the_ledger_of_another_identity_is_set_aside_whole(path: Path) -> None:
    entries, was_altered = opened(path, Ed25519PrivateKey.generate())
    assert was_altered
    assert [entry.facts["line"] for entry in entries] == [1]


@pytest.mark.parametrize("after", [False, True])
def test_a_machine_that_stops_meanwhile_loses_nothing(path: Path, after: bool) -> None:
    altered = alter(path, 3)
    with failing(-1, Stopped()) as calls:
        opened(path)
    steps = len(calls)
    assert steps > 10
    for file in path.parent.iterdir():
        file.unlink()
    for step in range(steps):
        path.write_bytes(altered)
        with failing(step, Stopped(), after=after), pytest.raises(Stopped):
            opened(path)
        entries, _ = opened(path)
        assert figures([entry for entry in entries if entry.kind != ALTERED]) == [0, 1, 2, None, 4]
        assert entries[-1].kind == ALTERED
        assert altered in [file.read_bytes() for file in path.parent.glob("ledger-altered-*")]
        for file in path.parent.iterdir():
            file.unlink()
