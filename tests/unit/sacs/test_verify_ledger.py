"""`sacs verify-ledger` as an auditor calls it, on a machine that has a copy and the public key."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contract.messages import VERSION, LedgerHead
from contract.signing import sign
from controller.ledger import Ledger
from sacs.main import app
from tests.unit.controller.sources import signer_of
from tests.unit.controller.test_ledger import MAIN, NOW_NS, SIGNER, say

KEY = SIGNER.public_key().public_bytes_raw().hex()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of five entries, and beside it heads of its second and last."""
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path, MAIN, SIGNER)
    for at in range(5):
        say(ledger, "even" if at % 2 == 0 else "odd", at, at)
        (tmp_path / f"{at + 1}.head").write_bytes(ledger.head(NOW_NS + at)[1])
    (tmp_path / "ledger.key").write_text(f"{KEY}\n")
    return path


def run(path: Path, *options: str, key: str = KEY) -> Result:
    return CliRunner().invoke(app, ["verify-ledger", str(path), "--key", key, *options])


def told(path: Path, *options: str) -> dict[str, Any]:
    result = run(path, "--json", *options)
    report: dict[str, Any] = json.loads(result.stdout)
    is_empty = not report["entries"] and not report["altered"] and not report["missing"]
    assert result.exit_code == (0 if report["is_whole"] else 1 if is_empty else 2)
    return report


def cut(path: Path, lines: int) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-lines]))


def test_a_whole_ledger_is_told_with_its_kinds_and_classes(path: Path) -> None:
    report = told(path)
    assert (report["entries"], report["altered"], report["missing"]) == (5, "", [])
    assert report["counts"] == {"canary-found": 3, "ledger-altered": 2}
    assert report["by_class"] == {"fault": 3, "breach": 2}
    assert report["first_at"] <= report["last_at"]
    text = run(path).stdout
    for words in ("5, chained", "canary-found", "breach: The ledger's file was altered", "No end was given", "Whole."):
        assert words in text


def test_the_key_may_be_in_a_file(path: Path) -> None:
    assert run(path, key=str(path.with_name("ledger.key"))).exit_code == 0


@pytest.mark.parametrize(
    ("key", "words"),
    [("00", "neither"), ("zz" * 32, "neither"), ("ledger.jsonl", "64 hexadecimal")],
)
def test_no_key_is_no_check(path: Path, key: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    result = run(path, key=key)
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_wrong_key_or_name_proves_nothing(path: Path) -> None:
    assert run(path, key=signer_of("north").public_key().public_bytes_raw().hex()).exit_code == 2
    assert run(path, "--name", "second").exit_code == 2
    assert run(path, "--name", "NO SUCH").exit_code == 1
    assert run(path.with_name("none")).exit_code == 1


@pytest.mark.parametrize("line", range(5))
def test_an_altered_line_is_named_and_counts_for_nothing(path: Path, line: int) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b'x\\"', b'y\\"', 1)
    path.write_bytes(b"".join(lines))
    report = told(path)
    assert f"line {line + 1} was altered" in report["altered"]
    assert report["entries"] == sum(report["counts"].values()) == line
    assert not report["is_whole"]


@pytest.mark.parametrize("lines", [1, 3, 5])
def test_a_cut_end_is_found_by_any_witness_and_by_none_without(path: Path, lines: int) -> None:
    end = told(path)
    printed = f"5:{end['last_hash']}"
    cut(path, lines)
    assert told(path)["is_whole"] or lines == 5
    for witness in (printed, printed.upper(), str(path.with_name("5.head"))):
        report = told(path, "--head", witness)
        assert [missing["number"] for missing in report["missing"]] == [5]
    assert "entry 5 MISSING" in run(path, "--head", printed).stdout
    if lines == 3:
        assert told(path, "--head", str(path.with_name("2.head")))["is_whole"]


def test_an_empty_file_proves_nothing(path: Path) -> None:
    path.write_bytes(b"")
    result = run(path)
    assert result.exit_code == 1
    assert "no entry" in result.stderr
    assert "Whole." not in result.stdout
    assert not told(path)["is_whole"]


def test_replaced_entries_are_found_by_their_hash(path: Path) -> None:
    cut(path, 2)
    ledger = Ledger(path, MAIN, SIGNER)
    for _ in range(4):
        say(ledger, "even", 5, 77)
    assert told(path)["is_whole"]
    assert told(path, "--head", str(path.with_name("3.head")))["is_whole"]
    assert not told(path, "--head", str(path.with_name("3.head")), "--head", str(path.with_name("4.head")))["is_whole"]


def test_a_witness_that_nobody_signed_is_refused(path: Path) -> None:
    forged = path.with_name("forged.head")
    forged.write_bytes(sign(LedgerHead(VERSION, MAIN, 9, bytes(32), 0), MAIN, signer_of("north")))
    assert run(path, "--head", str(forged)).exit_code == 1
    for nonsense in ("5:1234", "none.head"):
        assert run(path, "--head", nonsense).exit_code == 1


def test_a_copy_of_a_living_ledger_may_end_in_half_a_line(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b'{"entry":"{')
    report = told(path)
    assert (report["is_whole"], report["half_line"], report["entries"]) == (True, True, 5)
    assert "left out" in run(path).stdout


def test_an_entry_that_says_an_earlier_time_is_pointed_out(path: Path) -> None:
    say(Ledger(path, MAIN, SIGNER), "even", -7)
    assert told(path)["back_at"] == [6]
    assert "entry 6 says an earlier time" in run(path).stdout


def test_an_empty_ledger_is_whole_until_somebody_has_seen_more(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.touch()
    assert told(path)["entries"] == 0
    assert not told(path, "--head", f"1:{'ab' * 32}")["is_whole"]
