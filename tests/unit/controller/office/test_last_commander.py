"""The two last commanders, one withdrawn here and one at another controller: one stays, with an entry and an alarm."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import to_datetime
from contract.ids import AccountId, ControllerId
from controller.domain.rights.judge import is_fit
from controller.domain.rights.roles import Role
from controller.ledger import Entry
from controller.ledger.entry import encode_line
from controller.ledger.told import SHARED, TOLD
from tests.unit.controller.office.premises import Premises

OTHER = ControllerId("other")
NOTE = "withdrawal-without-effect"


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    return Premises(tmp_path)


def told_withdrawal(premises: Premises, account: AccountId) -> str:
    """Another controller withdraws somebody, and is heard of here a second later; returns when it did."""
    at = to_datetime(premises.now_ns).isoformat()
    facts: dict[str, str | int | float | bool] = {"account": account, "by": "b" * 24, "second": ""}
    line = encode_line(Entry(1, at, "", "authorization-withdrawn", facts), OTHER, Ed25519PrivateKey.generate())
    premises.wait(1)
    premises.centre.ledger.append(
        TOLD, premises.now_ns, controller=OTHER, number=1, entered="authorization-withdrawn", line=line.decode()
    )
    return at


def fit(premises: Premises) -> set[AccountId]:
    officers = premises.office.officers
    return {each.account for each in officers.register.officers() if is_fit(each, officers.situation())}


def test_whoever_was_withdrawn_last_of_both_stays_and_it_is_entered_and_alarmed_once(premises: Premises) -> None:
    here, there = premises.fit(Role.COMMANDER), premises.fit(Role.COMMANDER)
    premises.wait(10)
    assert premises.office.officers.withdraw(here, premises.account(Role.AUTHORIZING_OFFICER))
    premises.office.officers.note_void()
    premises.wait(10)
    at = told_withdrawal(premises, there)
    assert fit(premises) == {there}
    ledger = premises.centre.ledger
    ledger.fails = True
    with pytest.raises(OSError, match="full"):
        premises.office.officers.note_void()
    ledger.fails = False
    premises.office.officers.note_void()
    premises.office.officers.note_void()
    premises.start().officers.note_void()
    assert [each.facts for each in ledger.all if each.kind == NOTE] == [
        {"account": there, "controller": OTHER, "withdrawn": at}
    ]
    assert premises.centre.alarm_kinds().count("last-commander-kept") == 1
    assert fit(premises) == {there}
    assert NOTE not in SHARED, "each controller finds it by itself"


def test_after_another_one_was_authorized_the_same_is_withdrawn_for_good(premises: Premises) -> None:
    here, there = premises.fit(Role.COMMANDER), premises.fit(Role.COMMANDER)
    premises.wait(10)
    assert premises.office.officers.withdraw(here, premises.account(Role.AUTHORIZING_OFFICER))
    premises.wait(10)
    told_withdrawal(premises, there)
    third = premises.fit(Role.COMMANDER)
    premises.wait(10)
    assert premises.office.officers.withdraw(there, premises.account(Role.AUTHORIZING_OFFICER))
    assert fit(premises) == {third}
    premises.office.officers.note_void()
    assert fit(premises) == {third}
