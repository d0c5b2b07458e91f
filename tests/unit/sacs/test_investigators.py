"""Two investigators make a key each, and read together whom searches asked for."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from contract.clock import ManualClock
from contract.ids import AccountId, OperationId
from controller.domain.sealed_ask import InvestigatorKeys
from controller.ledger import Ledger
from controller.service.proof.sealed_asks import SealedAsks
from sacs.main import app
from tests.unit.controller.sources import MAIN, at_ns, signer_of

PASSPHRASE = "seven red herrings"
NAME = "Zoe Quartermaine"


def made(path: Path) -> bytes:
    """A key made by the command; returns its public half."""
    result = CliRunner().invoke(app, ["investigator-key", str(path)], input=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert result.exit_code == 0, result.output
    return bytes.fromhex(result.stdout.splitlines()[-1])


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """One ask of each of two pairs of keys."""
    ledger = Ledger(tmp_path / "ledger.jsonl", MAIN, signer_of("controller"))
    asks = SealedAsks(ManualClock(at_ns(1_800_000_000)), ledger)
    ledger.tell_past()
    for pair in ("a", "b"):
        keys = InvestigatorKeys(made(tmp_path / f"{pair}1.pem"), made(tmp_path / f"{pair}2.pem"))
        asks.set_keys(keys, AccountId("c" * 24))
        asks.ask(OperationId("d" * 24), AccountId("e" * 24), NAME)
    return ledger


def opened(ledger: Ledger, folder: Path, first: str, second: str, typed: str = PASSPHRASE) -> tuple[int, str]:
    result = CliRunner().invoke(
        app,
        [
            *("open-asks", str(folder / "ledger.jsonl"), "--key", ledger.public_key.hex()),
            *("--first", str(folder / first), "--second", str(folder / second)),
        ],
        input=f"{typed}\n{typed}\n",
    )
    return result.exit_code, result.output


def test_both_keys_read_what_was_sealed_to_them_and_nothing_else(ledger: Ledger, tmp_path: Path) -> None:
    code, output = opened(ledger, tmp_path, "a1.pem", "a2.pem")
    assert code == 2
    assert output.count(NAME) == 1
    assert "(sealed to other keys)" in output
    assert "2 asks, 1 of them sealed to other keys" in output


def test_one_investigator_alone_reads_nothing(ledger: Ledger, tmp_path: Path) -> None:
    code, output = opened(ledger, tmp_path, "a1.pem", "a1.pem")
    assert code == 2
    assert NAME not in output


def test_a_wrong_passphrase_opens_no_key(ledger: Ledger, tmp_path: Path) -> None:
    code, output = opened(ledger, tmp_path, "a1.pem", "a2.pem", "wrong")
    assert code == 1
    assert "does not open with this passphrase" in output


def test_an_altered_ledger_proves_nothing(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"d" * 24, b"f" * 24, 1))
    code, output = opened(ledger, tmp_path, "a1.pem", "a2.pem")
    assert code == 1
    assert NAME not in output


def test_a_key_is_never_overwritten_and_its_passphrase_is_no_short_one(tmp_path: Path) -> None:
    made(tmp_path / "key.pem")
    before = (tmp_path / "key.pem").read_bytes()
    assert b"ENCRYPTED" in before
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    again = CliRunner().invoke(app, ["investigator-key", str(tmp_path / "key.pem")], input="x" * 20 + "\n")
    assert again.exit_code == 1
    assert (tmp_path / "key.pem").read_bytes() == before
    short = CliRunner().invoke(app, ["investigator-key", str(tmp_path / "other.pem")], input="short\nshort\n")
    assert short.exit_code == 1
    assert not (tmp_path / "other.pem").exists()
