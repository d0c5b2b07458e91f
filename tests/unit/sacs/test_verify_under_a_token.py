"""`sacs verify-deletion` on a vault under a token: it tries its keys, changes nothing, and says what is missing."""

import asyncio
from pathlib import Path
from unittest.mock import AsyncMock

import pytest
from typer.testing import CliRunner, Result

from contract.clock import SystemClock
from contract.ids import EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from controller.identity import load_identity
from controller.service.proof.canaries import Canaries
from controller.service.site.reference import ReferenceKey
from controller.vault import open_token
from controller.vault.token_vault import TokenVault
from sacs.main import app
from tests.unit.controller.soft_token import PIN, SoftToken, soft_token
from tests.unit.controller.sources import GATE_SIGNER, MAIN

SITE = """
[[area]]
id = "hall"
[[access_point]]
id = "door"
from = "outside"
to = "hall"
"""


@pytest.fixture
def soft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftToken:
    return soft_token(tmp_path / "soft", monkeypatch)


def verify(folder: Path, *more: object) -> Result:
    words = ["--state", folder / "state", "--vault", folder / "vault", "--site", folder / "site.toml", *more]
    return CliRunner().invoke(app, ["verify-deletion", *map(str, words)])


def test_the_keys_of_a_vault_under_a_token_are_tried(tmp_path: Path, soft: SoftToken) -> None:
    token = open_token(soft.settings)
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "pin").write_text(PIN)
    (tmp_path / "pin").chmod(0o600)
    vault = TokenVault(tmp_path / "vault", MAIN, token)
    vault.ensure(Retention(), SystemClock().now_ns())
    identity = load_identity(tmp_path / "state", tmp_path / "vault", token)
    canaries = Canaries(tmp_path / "vault" / "canaries.sealed", ReferenceKey(identity.reference_key))
    asyncio.run(canaries.plant_note(AsyncMock()))
    period = next(each for each in vault.periods() if each.kind is Kind.MOVEMENT)
    (tmp_path / "state" / "records.db").write_bytes(wraps(vault, period))
    before = {path: path.read_bytes() for path in (tmp_path / "vault").iterdir()}
    options = ("--vault-token", soft.settings.module, "--vault-pin-file", tmp_path / "pin")
    result = verify(tmp_path, *options)
    assert result.exit_code == 0, result.output
    assert "1 sealed keys found; the vault opens 1" in result.output
    assert f"{len(canaries.texts):,} canaries" in result.output
    assert {path: path.read_bytes() for path in (tmp_path / "vault").iterdir()} == before
    (tmp_path / "state" / "leak").write_text(canaries.texts[0])
    assert verify(tmp_path, *options).exit_code == 2
    without = verify(tmp_path)
    assert (without.exit_code, "--vault-token" in without.output) == (1, True)


def wraps(vault: TokenVault, period: Period) -> bytes:
    key = ContentKey.draw(KeyName(EdgeId("north"), Epoch(bytes(16)), period))
    return key.wrap({MAIN: vault.public_key(period)}, GATE_SIGNER)
