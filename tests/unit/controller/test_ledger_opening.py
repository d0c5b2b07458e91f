"""A ledger that somebody altered stops no controller: it is set aside, what is sound goes on, and the breach stands."""

import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.ledger import Entry, Ledger
from controller.ledger.opening import ALTERED, open_ledger
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


@pytest.mark.parametrize("lines", [(0,), (2,), (4,), (1, 2), (3, 4), (0, 1, 2, 3, 4)])
def test_an_altered_one_goes_on_before_the_line_and_says_so(path: Path, lines: tuple[int, ...]) -> None:
    altered = alter(path, *lines)
    entries, was_altered = opened(path)
    sound = lines[0]
    assert was_altered
    assert figures(entries[:-1]) == list(range(sound))
    aside = path.with_name("ledger-altered-1.jsonl")
    assert (entries[-1].kind, entries[-1].facts) == (
        ALTERED,
        {"line": sound + 1, "set_aside": aside.name, "sha256": hashlib.sha256(altered).hexdigest()},
    )
    assert aside.read_bytes() == altered
    assert opened(path) == (entries, False)


def test_a_line_that_is_gone_or_no_line_at_all(path: Path) -> None:
    whole = path.read_bytes().splitlines(keepends=True)
    for number, wrong in enumerate(([*whole[:2], *whole[3:]], [*whole[:2], b"{}\n", *whole[2:]]), 1):
        path.write_bytes(b"".join(wrong))
        entries, was_altered = opened(path)
        assert was_altered
        assert figures(entries[:-1]) == [0, 1]
        assert path.with_name(f"ledger-altered-{number}.jsonl").read_bytes() == b"".join(wrong)


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
        assert figures([entry for entry in entries if entry.kind != ALTERED]) == [0, 1, 2]
        assert altered in [file.read_bytes() for file in path.parent.glob("ledger-altered-*")]
        for file in path.parent.iterdir():
            file.unlink()
