"""Passkeys: user verified, of this site, answered once and in time, counters checked, several to an account."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contract.ids import AccountId
from controller.composition.office import OfficeSettings
from controller.domain.rights.roles import Role
from controller.domain.sign_in import OF_NAME
from controller.service.officers.guesses import TooManyError
from controller.service.officers.passkeys import PasskeyError, Passkeys
from controller.service.officers.sign_in import WrongError
from tests.unit.controller.office.authenticator import Authenticator
from tests.unit.controller.office.premises import CHEAP, HERE, ORIGIN, Premises


@pytest.fixture
def account(premises: Premises) -> AccountId:
    return premises.account(Role.OPERATOR)


@pytest.fixture
def passkeys(premises: Premises) -> Passkeys:
    return premises.office.passkeys


def added(passkeys: Passkeys, account: AccountId, label: str = "tablet", **bent: Any) -> Authenticator:  # noqa: ANN401  fields of several types
    made = replace(Authenticator(), **bent)
    passkeys.register(account, made.create(passkeys.registration_options(account, "ada")), label, made.origin)
    return made


def signed_in(passkeys: Passkeys, made: Authenticator) -> AccountId:
    return passkeys.signed_in(made.get(passkeys.sign_in_options()), made.origin)


def test_a_passkey_signs_its_owner_in_and_names_nobody_before(
    premises: Premises, passkeys: Passkeys, account: AccountId
) -> None:
    asked = json.loads(passkeys.registration_options(account, "ada"))
    chosen = asked["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    made = added(passkeys, account)
    options = json.loads(passkeys.sign_in_options())
    assert options.get("allowCredentials", []) == []
    assert options["userVerification"] == "required"
    assert signed_in(passkeys, made) == account
    assert premises.centre.ledger.kinds()[-1] == "passkey-added"
    again = premises.start().passkeys
    assert signed_in(again, made) == account


def test_an_account_has_several_and_loses_one_by_one(passkeys: Passkeys, account: AccountId) -> None:
    one, two = added(passkeys, account), added(passkeys, account, "key", credential=b"d" * 16)
    kept = passkeys.of(account)
    assert [each.label for each in kept] == ["tablet", "key"]
    assert len(json.loads(passkeys.registration_options(account, "ada"))["excludeCredentials"]) == 2
    assert not passkeys.remove(AccountId("f" * 24), kept[0].id), "not his"
    assert not passkeys.remove(account, "no such \u1234")
    assert passkeys.remove(account, kept[0].id)
    with pytest.raises(PasskeyError, match="not known"):
        signed_in(passkeys, one)
    assert signed_in(passkeys, two) == account


async def test_who_had_an_account_before_its_owner_keeps_no_passkey_to_it(
    premises: Premises, passkeys: Passkeys, account: AccountId
) -> None:
    sign_in = premises.office.sign_in
    await sign_in.with_code(sign_in.code_for(account), "plum orchard tram violet", HERE)
    kept_back = added(passkeys, account)
    await sign_in.with_code(sign_in.code_for(account), "the words of its owner", HERE)
    with pytest.raises(PasskeyError):
        signed_in(passkeys, kept_back)
    assert premises.centre.ledger.kinds()[-2:] == ["passkey-removed", "session-opened"]


def test_a_copy_is_found_by_its_counter_and_told_of(premises: Premises, passkeys: Passkeys, account: AccountId) -> None:
    made = added(passkeys, account)
    copy = replace(made)
    assert signed_in(passkeys, made) == account
    with pytest.raises(PasskeyError, match="copy"):
        signed_in(passkeys, copy)
    assert premises.centre.ledger.last["passkey-copied"].facts == {"account": account}
    assert premises.centre.alarm_kinds() == ["passkey-copied"]
    assert signed_in(passkeys, made) == account


def test_one_that_counts_nothing_is_taken_until_it_has_counted(passkeys: Passkeys, account: AccountId) -> None:
    synced = added(passkeys, account, counts=False)
    assert signed_in(passkeys, synced) == signed_in(passkeys, synced) == account
    synced.used, synced.counts = 5, True
    assert signed_in(passkeys, synced) == account
    synced.used, synced.counts = 0, False
    with pytest.raises(PasskeyError, match="copy"):
        signed_in(passkeys, synced)


@pytest.mark.parametrize(
    "bent", [{"verifies": False}, {"rp_id": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}]
)
def test_what_does_not_verify_its_user_or_is_of_another_site_is_refused(
    passkeys: Passkeys, account: AccountId, bent: dict[str, Any]
) -> None:
    with pytest.raises(PasskeyError):
        added(passkeys, account, **bent)
    made = added(passkeys, account)
    with pytest.raises(PasskeyError):
        signed_in(passkeys, replace(made, **bent))
    answer = replace(made, origin="http://localhost:9").get(passkeys.sign_in_options())
    with pytest.raises(PasskeyError):
        passkeys.signed_in(answer, ORIGIN)  # what the page's request says must be what the authenticator was told


def test_another_key_does_not_pass_for_a_registered_one(passkeys: Passkeys, account: AccountId) -> None:
    added(passkeys, account)
    with pytest.raises(PasskeyError):
        signed_in(passkeys, Authenticator())


def test_a_challenge_is_answered_once_in_time_and_for_its_own_purpose(
    premises: Premises, passkeys: Passkeys, account: AccountId
) -> None:
    made = added(passkeys, account)
    options = passkeys.sign_in_options()
    assert passkeys.signed_in(made.get(options), ORIGIN) == account
    with pytest.raises(PasskeyError, match="again"):
        passkeys.signed_in(made.get(options), ORIGIN)
    late = passkeys.sign_in_options()
    premises.wait(301)
    with pytest.raises(PasskeyError, match="too long"):
        passkeys.signed_in(made.get(late), ORIGIN)
    with pytest.raises(PasskeyError):
        passkeys.signed_in(made.get(passkeys.registration_options(account, "ada")), ORIGIN)
    other = premises.account()
    foreign = Authenticator(credential=b"e" * 16)
    answer = foreign.create(passkeys.registration_options(account, "ada"))
    with pytest.raises(PasskeyError):
        passkeys.register(other, answer, "tablet", ORIGIN)


def test_a_passkey_is_registered_once(passkeys: Passkeys, premises: Premises, account: AccountId) -> None:
    made = added(passkeys, account)
    with pytest.raises(PasskeyError, match="already"):
        added(passkeys, premises.account(), key=made.key)
    for label in ("", " ", "x" * 61, "a\nb"):
        with pytest.raises(PasskeyError, match="name"):
            added(passkeys, account, label)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": 1}', '{"id":"YQ","rawId":"YQ","response":{}}'])
def test_nonsense_is_refused_in_words(passkeys: Passkeys, account: AccountId, answer: str) -> None:
    with pytest.raises(PasskeyError):
        passkeys.signed_in(answer, ORIGIN)
    with pytest.raises(PasskeyError):
        passkeys.register(account, answer, "tablet", ORIGIN)


def test_a_site_with_a_name_has_passkeys_of_that_name(premises: Premises) -> None:
    office = premises.start(OfficeSettings("https://sacs.example.org", password_cost=CHEAP))
    account = premises.account()
    made = added(office.passkeys, account, rp_id="sacs.example.org", origin="https://sacs.example.org")
    assert signed_in(office.passkeys, made) == account
    with pytest.raises(PasskeyError, match=r"sacs\.example\.org"):
        added(office.passkeys, account)


def test_a_passkey_of_the_shared_name_holds_at_each_controller(premises: Premises) -> None:
    settings = OfficeSettings("https://one.sacs.example.org", "sacs.example.org", password_cost=CHEAP)
    office = premises.start(settings)
    account = premises.account()
    made = added(office.passkeys, account, rp_id="sacs.example.org", origin="https://one.sacs.example.org")
    made.origin = "https://two.sacs.example.org"
    assert signed_in(office.passkeys, made) == account
    made.origin = "https://twosacs.example.org"
    with pytest.raises(PasskeyError, match=r"sacs\.example\.org"):
        signed_in(office.passkeys, made)


async def test_strangers_guesses_at_a_name_lock_no_passkey_out(
    premises: Premises, passkeys: Passkeys, account: AccountId
) -> None:
    made = added(passkeys, account)
    for _ in range(OF_NAME.free):
        with pytest.raises(WrongError):
            await premises.office.sign_in.with_password("officer-1", "wrong words entirely", HERE)
    with pytest.raises(TooManyError):
        await premises.office.sign_in.with_password("officer-1", "wrong words entirely", HERE)
    assert premises.office.sign_in.enter(signed_in(passkeys, made), "passkey").session.account == account
