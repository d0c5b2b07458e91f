"""Whom a search asked for is on record, and only two investigators together can read it."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import ManualClock
from contract.ids import AccountId, OperationId
from contract.sealing import WrapRefusedError, open_sealed_to
from controller.domain.sealed_ask import (
    LONGEST_BYTES,
    AskTooLongError,
    BadInvestigatorKeysError,
    InvestigatorKeys,
    _info,
    open_ask,
    seal_ask,
)
from controller.ledger import Ledger
from controller.service.proof.sealed_asks import ASKED, KEYS_SET, NoInvestigatorsError, SealedAsks
from tests.unit.controller.sources import MAIN, at_ns, signer_of

FIRST, SECOND, THIRD = (X25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2, 3))
KEYS = InvestigatorKeys(FIRST.public_key().public_bytes_raw(), SECOND.public_key().public_bytes_raw())
SEARCH, OTHER = OperationId("a" * 24), OperationId("b" * 24)
OFFICER = AccountId("c" * 24)
NAME = "Zoe Quartermaine"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.jsonl", MAIN, signer_of("controller"))


@pytest.fixture
def asks(ledger: Ledger) -> SealedAsks:
    made = SealedAsks(ManualClock(at_ns(1_800_000_000)), ledger)
    ledger.tell_past()
    return made


def test_both_keys_open_an_ask() -> None:
    assert open_ask(FIRST, SECOND, SEARCH, OFFICER, seal_ask(KEYS, SEARCH, OFFICER, NAME)) == NAME


@pytest.mark.parametrize(("first", "second"), [(FIRST, THIRD), (THIRD, SECOND), (SECOND, FIRST), (FIRST, FIRST)])
def test_one_key_alone_opens_nothing(first: X25519PrivateKey, second: X25519PrivateKey) -> None:
    with pytest.raises(WrapRefusedError):
        open_ask(first, second, SEARCH, OFFICER, seal_ask(KEYS, SEARCH, OFFICER, NAME))


def test_the_second_key_alone_gives_nothing_but_a_sealed_layer() -> None:
    outer = open_sealed_to(SECOND, _info(b"second", SEARCH, OFFICER), seal_ask(KEYS, SEARCH, OFFICER, NAME))
    assert NAME.encode() not in outer


def test_an_ask_belongs_to_its_operation_and_officer() -> None:
    sealed = seal_ask(KEYS, SEARCH, OFFICER, NAME)
    for operation, by in ((OTHER, OFFICER), (SEARCH, AccountId("d" * 24))):
        with pytest.raises(WrapRefusedError):
            open_ask(FIRST, SECOND, operation, by, sealed)


def test_an_ask_tells_neither_its_length_nor_that_it_was_asked_before() -> None:
    asked = [seal_ask(KEYS, SEARCH, OFFICER, text) for text in ("Li", NAME, NAME)]
    assert len({len(sealed) for sealed in asked}) == 1
    assert len(set(asked)) == 3


def test_too_long_an_ask_is_refused() -> None:
    with pytest.raises(AskTooLongError):
        seal_ask(KEYS, SEARCH, OFFICER, "x" * (LONGEST_BYTES + 1))


@pytest.mark.parametrize(
    "keys", [(KEYS.first, KEYS.first), (KEYS.first, bytes(32)), (KEYS.first, b"short"), (bytes(32), KEYS.second)]
)
def test_keys_that_protect_nothing_are_refused(asks: SealedAsks, ledger: Ledger, keys: tuple[bytes, bytes]) -> None:
    with pytest.raises(BadInvestigatorKeysError):
        asks.set_keys(InvestigatorKeys(*keys), OFFICER)
    assert not ledger.counts[KEYS_SET]


def test_without_keys_nothing_can_be_asked(asks: SealedAsks, ledger: Ledger) -> None:
    with pytest.raises(NoInvestigatorsError):
        asks.ask(SEARCH, OFFICER, NAME)
    assert not ledger.counts[ASKED]


def test_an_ask_is_in_the_ledger_and_its_name_is_not(asks: SealedAsks, tmp_path: Path) -> None:
    asks.set_keys(KEYS, OFFICER)
    entry = asks.ask(SEARCH, OFFICER, NAME)
    assert NAME.encode() not in (tmp_path / "ledger.jsonl").read_bytes()
    sealed = base64.b64decode(str(entry.facts["sealed"]))
    assert open_ask(FIRST, SECOND, SEARCH, OFFICER, sealed) == NAME


def test_the_keys_that_hold_are_those_set_last_also_after_a_restart(asks: SealedAsks, tmp_path: Path) -> None:
    asks.set_keys(InvestigatorKeys(KEYS.second, KEYS.first), OFFICER)
    asks.set_keys(KEYS, OFFICER)
    again = Ledger(tmp_path / "ledger.jsonl", MAIN, signer_of("controller"))
    restarted = SealedAsks(ManualClock(0), again)
    again.tell_past()
    assert restarted.keys() == KEYS
