"""A whole controller whose vault lies under a token: it moves there, does without it, and does not start without it."""

import dataclasses
from pathlib import Path

import pytest

from contract.periods import Kind
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Settings, assemble
from controller.composition.ceremony import enrol
from controller.identity import IdentityError
from controller.vault import TokenGoneError
from tests.integration.controller.conftest import DEATH_S, MAIN, SITE, Premises, at_ns
from tests.unit.controller.disk import bytes_below
from tests.unit.controller.soft_token import soft_token


async def test_a_controller_moves_its_vault_under_a_token_and_starts_only_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soft = soft_token(tmp_path / "soft", monkeypatch)
    premises = Premises(tmp_path, BrokerKind.NATS)
    plain = Settings(SITE, MAIN, tmp_path / "state", tmp_path / "vault", BrokerKind.NATS)
    under = dataclasses.replace(plain, token=soft.settings)
    first = SITE.retention.period_at(Kind.MOVEMENT, premises.clock.now_ns())
    enrol(tmp_path / "root", plain)
    async with assemble(plain, premises.clock, lambda _: None) as assembly:
        periods = assembly.truth.vault.periods()
        private = assembly.truth.vault._keys[first]
    async with assemble(under, premises.clock, lambda _: None) as assembly:
        truth = assembly.truth
        assert truth.vault.protection.kind == "token"
        assert truth.vault.periods() == periods
        assert private not in bytes_below(tmp_path / "vault")
        soft.unplug()
        premises.clock.advance_to(at_ns(DEATH_S))
        await truth.sweep.run()
        assert first not in truth.vault.periods()
        assert "vault-token-gone" in {line.kind for line in truth.alarms.lines()}
        assert assembly.ledger.last["key-destroyed"].facts["vault"] == "vault-token-gone"
    with pytest.raises(TokenGoneError, match="is it plugged in"):
        async with assemble(under, premises.clock, lambda _: None):
            pass
    soft.plug_in()
    with pytest.raises(IdentityError, match="--vault-token"):
        async with assemble(plain, premises.clock, lambda _: None):
            pass
    async with assemble(under, premises.clock, lambda _: None) as assembly:
        assert first not in assembly.truth.vault.periods(), "what was owed is done before anybody is served"
        assert assembly.truth.vault.fault is None
