"""Coming in: passwords, one-time codes, first officers; guesses are slowed down and told of."""

from pathlib import Path

import pytest
from argon2 import Parameters, Type, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from controller.composition.office import OfficeSettings, OriginError
from controller.domain.rights.roles import Role
from controller.domain.sign_in import (
    CODE_LIFE_S,
    OF_ADDRESS,
    OF_NAME,
    PASSWORD_AT_MOST,
    PasswordError,
    Patience,
    check_password,
)
from controller.ledger.kinds import KINDS
from controller.service.officers.accounts import AccountError
from controller.service.officers.guesses import Guesses, TooManyError
from controller.service.officers.officers import NOBODY
from controller.service.officers.passwords import COST, Passwords
from controller.service.officers.sign_in import NewOfficer, WrongError
from controller.service.site.reference import ReferenceKey
from tests.unit.controller.office.premises import CHEAP, HERE, PASSWORD, Premises

ADA = NewOfficer("Ada Lovelace", "UN-4711", "ada")
BOB = NewOfficer("Bob Stone", "UN-4712", "bob")


def test_a_hash_costs_what_rfc_9106_asks_for() -> None:
    assert (COST.type, COST.time_cost, COST.memory_cost, COST.parallelism) == (Type.ID, 3, 64 * 1024, 4)
    assert OfficeSettings().password_cost == COST


@pytest.mark.parametrize(
    "password",
    [
        "elevenchars", "a" * 40, "abababababab", "password1234", "Passw0rd", "123456789012", "qwertyuiop12",
        "abcdefghijklm", "lovelace lovelace", "ada lovelace un-4711", "unitednations", "letmeinletmein",
        "x" * (PASSWORD_AT_MOST + 1),
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_no_password(password: str) -> None:
    with pytest.raises(PasswordError) as caught:
        check_password(password, ("Ada Lovelace", "UN-4711", "ada"))
    assert password not in str(caught.value)


@pytest.mark.parametrize("password", [PASSWORD, "Tqz7rv0kxw2m", "четыре разных слова", "مفتاح البوابة القديم"])
def test_a_good_password_needs_no_special_signs(password: str) -> None:
    check_password(password, ("Ada Lovelace",))


async def test_a_password_is_the_same_however_a_keyboard_composes_it() -> None:
    passwords = Passwords(CHEAP)
    hashed = await passwords.hashed("cafe\N{COMBINING ACUTE ACCENT} tram violet")
    assert await passwords.fits(hashed, "caf\N{LATIN SMALL LETTER E WITH ACUTE} tram violet")


@given(st.integers(0, 200), st.integers(0, 10**18))
def test_waiting_never_shrinks_and_has_an_end(failures: int, last_ns: int) -> None:
    for patience in (OF_NAME, OF_ADDRESS):
        wait_ns = patience.waits_until_ns(failures, last_ns) - last_ns
        assert wait_ns <= patience.waits_until_ns(failures + 1, last_ns) - last_ns <= patience.longest_s * 10**9
        assert (wait_ns == 0) is (failures < patience.free)
    assert Patience(1, 60, 2).waits_until_ns(3, 0) == 4 * 10**9


async def test_with_the_right_password_somebody_comes_in(premises: Premises) -> None:
    account, name = await premises.with_password(Role.OPERATOR)
    entered = await premises.office.sign_in.with_password(name.upper(), PASSWORD, HERE)
    assert entered.session.account == account
    assert premises.office.sessions.find(entered.cookie) == entered.session
    assert premises.centre.ledger.kinds()[-1] == "session-opened"
    assert entered.cookie not in repr(entered)


async def test_wrong_name_and_wrong_password_are_told_apart_by_nobody(premises: Premises) -> None:
    _, name = await premises.with_password()
    for tried, password in ((name, "wrong words entirely"), ("nobody", PASSWORD), (name, ""), ("\ud800", "\udfff")):
        with pytest.raises(WrongError) as caught:
            await premises.office.sign_in.with_password(tried, password, HERE)
        assert str(caught.value) == str(WrongError())


async def test_nothing_of_a_person_or_password_lies_in_clear(premises: Premises) -> None:
    office = premises.office
    [code] = [office.sign_in.first_codes()[Role.ADMINISTRATOR]]
    entered = await office.sign_in.first_account(Role.ADMINISTRATOR, code, ADA, PASSWORD, HERE)
    unused = office.sign_in.code_for(entered.session.account)
    premises.engine.dispose()
    stored = b"".join(path.read_bytes() for path in premises.path.parent.iterdir())
    secrets = (PASSWORD, "Lovelace", "UN-4711", "argon2", "$m=", code, unused, entered.cookie, HERE)
    assert not [text for text in secrets if text.encode() in stored]
    said = repr([ADA, entered, office.accounts.people()]) + str(premises.centre.ledger.all)
    assert not [text for text in ("Lovelace", "4711", "'ada'", PASSWORD, code) if text in said]


async def test_guesses_at_one_name_wait_longer_and_longer_also_after_a_restart(premises: Premises) -> None:
    _, name = await premises.with_password()
    for _ in range(OF_NAME.free):
        with pytest.raises(WrongError):
            await premises.office.sign_in.with_password(name, "wrong words entirely", HERE)
    with pytest.raises(TooManyError) as caught:
        await premises.office.sign_in.with_password(name, PASSWORD, HERE)
    assert caught.value.wait_s == 1
    premises.start()
    with pytest.raises(TooManyError):
        await premises.office.sign_in.with_password(name, PASSWORD, HERE)
    premises.wait(1)
    with pytest.raises(WrongError):
        await premises.office.sign_in.with_password(name, "wrong words entirely", HERE)
    with pytest.raises(TooManyError) as caught:
        await premises.office.sign_in.with_password(name, PASSWORD, HERE)
    assert caught.value.wait_s == 2
    premises.wait(2)
    await premises.office.sign_in.with_password(name, PASSWORD, HERE)
    with pytest.raises(WrongError):  # forgotten: the next failure is a first one
        await premises.office.sign_in.with_password(name, "wrong words entirely", HERE)


async def test_many_guesses_are_an_alarm_and_an_entry_without_a_name(premises: Premises) -> None:
    for _ in range(OF_NAME.alarm):
        with pytest.raises(WrongError):
            await premises.office.sign_in.with_password("ada", "wrong words entirely", HERE)
        premises.wait(OF_NAME.longest_s)
    assert premises.centre.alarm_kinds() == ["sign-in-attack"]
    assert premises.centre.ledger.last["sign-in-attack"].facts == {"guessed": "name", "attempts": OF_NAME.alarm}


async def test_one_address_that_tries_many_names_waits_and_another_does_not(premises: Premises) -> None:
    _, name = await premises.with_password()
    for number in range(OF_ADDRESS.free):
        with pytest.raises(WrongError):
            await premises.office.sign_in.with_password(f"guess-{number}", PASSWORD, "2001:db8:0:1::1")
    with pytest.raises(TooManyError):
        await premises.office.sign_in.with_password(name, PASSWORD, "2001:db8:0:1:ffff::2")
    await premises.office.sign_in.with_password(name, PASSWORD, "2001:db8:0:2::1")


async def test_failures_at_the_same_time_gain_nothing(premises: Premises) -> None:
    office, centre = premises.office, premises.centre
    guesses = Guesses(premises.engine, ReferenceKey(bytes(32)), centre.clock, office.trail, centre.alarms)
    source = guesses.of_name("ada")
    for _ in range(OF_NAME.free):
        guesses.try_name(source)  # none of them has an answer yet
    with pytest.raises(TooManyError):
        guesses.try_name(source)


async def test_a_code_sets_a_password_once_and_not_for_ever(premises: Premises) -> None:
    sign_in, account = premises.office.sign_in, premises.account()
    old, code = sign_in.code_for(account), sign_in.code_for(account)
    with pytest.raises(WrongError):
        await sign_in.with_code(old, PASSWORD, HERE)
    with pytest.raises(PasswordError):
        await sign_in.with_code(code, "short", HERE)
    await sign_in.with_code(f" {code} ", PASSWORD, HERE)
    with pytest.raises(WrongError):
        await sign_in.with_code(code, PASSWORD, HERE)
    late = sign_in.code_for(account)
    premises.wait(CODE_LIFE_S)
    with pytest.raises(WrongError):
        await sign_in.with_code(late, PASSWORD, HERE)


async def test_the_first_two_officers_are_made_once_and_are_two_persons(premises: Premises) -> None:
    sign_in = premises.office.sign_in
    stale = sign_in.first_codes()
    codes = sign_in.first_codes()
    administrator, authorizing = Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER
    for role, code in ((administrator, stale[administrator]), (administrator, codes[authorizing]),
                       (Role.COMMANDER, codes[administrator]), (administrator, "")):  # fmt: skip
        with pytest.raises(WrongError):
            await sign_in.first_account(role, code, ADA, PASSWORD, HERE)
    await sign_in.first_account(administrator, codes[administrator], ADA, PASSWORD, HERE)
    with pytest.raises(WrongError):
        await sign_in.first_account(administrator, codes[administrator], BOB, PASSWORD, HERE)
    same = NewOfficer("Somebody else", " un-4711", "other")
    with pytest.raises(AccountError) as caught:
        await sign_in.first_account(authorizing, codes[authorizing], same, PASSWORD, HERE)
    assert "4711" not in str(caught.value)
    await sign_in.first_account(authorizing, codes[authorizing], BOB, PASSWORD, HERE)
    assert sign_in.missing() == []
    assert sign_in.first_codes() == {}


async def test_whoever_damages_the_ledger_does_not_become_the_first_officer(premises: Premises) -> None:
    sign_in = premises.office.sign_in
    codes = sign_in.first_codes()
    await sign_in.first_account(Role.ADMINISTRATOR, codes[Role.ADMINISTRATOR], ADA, PASSWORD, HERE)
    premises.centre.ledger.all.clear()
    premises.centre.ledger.counts.clear()
    sign_in = premises.start().sign_in
    assert sign_in.missing() == []
    assert sign_in.first_codes() == {}
    with pytest.raises(WrongError):
        await sign_in.first_account(Role.AUTHORIZING_OFFICER, codes[Role.AUTHORIZING_OFFICER], BOB, PASSWORD, HERE)


@pytest.mark.parametrize("kind", ["ledger-altered", "ledger-cut"])
def test_a_ledger_that_was_damaged_has_no_first_officers(premises: Premises, kind: str) -> None:
    assert premises.office.sign_in.missing()
    facts = KINDS[kind].facts
    premises.centre.ledger.append(kind, premises.now_ns, **dict.fromkeys(facts, 1))
    assert premises.office.sign_in.first_codes() == {}


async def test_a_stronger_hash_is_made_when_the_cost_was_raised(premises: Premises) -> None:
    account, name = await premises.with_password()
    dearer = Parameters(Type.ID, 19, 16, 32, 2, 16, 1)
    office = premises.start(OfficeSettings(password_cost=dearer))
    await office.sign_in.with_password(name, PASSWORD, HERE)
    hashed = office.accounts.password(account)
    assert hashed
    assert extract_parameters(hashed) == dearer
    await office.sign_in.with_password(name, PASSWORD, HERE)


async def test_a_new_password_ends_other_sessions(premises: Premises) -> None:
    _, name = await premises.with_password()
    sign_in, sessions = premises.office.sign_in, premises.office.sessions
    one, other = [await sign_in.with_password(name, PASSWORD, HERE) for _ in range(2)]
    with pytest.raises(WrongError):
        await sign_in.change_password(one.session, "wrong words entirely", "walnut ferry stamp")
    await sign_in.change_password(one.session, PASSWORD, "walnut ferry stamp")
    assert sessions.find(one.cookie)
    assert sessions.find(other.cookie) is None
    with pytest.raises(WrongError):
        await sign_in.with_password(name, PASSWORD, HERE)


async def test_a_closed_account_lets_nobody_in_and_leaves_no_name(premises: Premises) -> None:
    admin = premises.account(Role.ADMINISTRATOR)
    account, name = await premises.with_password()
    entered = await premises.office.sign_in.with_password(name, PASSWORD, HERE)
    premises.office.sign_in.close(account, admin)
    assert premises.office.sessions.find(entered.cookie) is None
    assert premises.office.accounts.person(account) is None
    with pytest.raises(WrongError):
        await premises.office.sign_in.with_password(name, PASSWORD, HERE)
    premises.office.sign_in.make(NewOfficer("Officer 2", "staff-2", "officer-2"), admin)  # may come back


def test_an_account_that_never_got_on_record_stands_in_nobodys_way(premises: Premises) -> None:
    """The disk was full between the row and the entry."""
    premises.centre.ledger.fails = True
    with pytest.raises(OSError, match="full"):
        premises.office.sign_in.make(ADA, NOBODY)
    premises.centre.ledger.fails = False
    [orphan] = premises.office.accounts.people()
    with pytest.raises(WrongError):
        premises.office.sign_in.enter(orphan.account, "password")
    made = premises.office.sign_in.make(ADA, NOBODY)
    assert [each.account for each in premises.office.accounts.people()] == [made]


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\nb"])
def test_names_that_are_none_are_refused(premises: Premises, name: str) -> None:
    with pytest.raises(AccountError):
        premises.office.sign_in.make(NewOfficer(name, "1", "one"), NOBODY)


def test_a_console_that_faces_a_network_needs_tls(tmp_path: Path) -> None:
    for settings, host in ((OfficeSettings(), "192.0.2.1"), (OfficeSettings("http://sacs.example.org"), "127.0.0.1"),
                           (OfficeSettings("https://x/y"), "127.0.0.1"), (OfficeSettings("sacs"), "::1")):  # fmt: skip
        with pytest.raises(ValueError, match="https://"):
            settings.check(host)
    OfficeSettings().check("127.0.0.1")
    OfficeSettings("https://sacs.example.org").check("192.0.2.1")
    OfficeSettings("https://one.sacs.example.org", "sacs.example.org").check("192.0.2.1")
    for name in ("example.com", "one.sacs.example.org", "org"):
        with pytest.raises(OriginError):
            OfficeSettings("https://one.sacs.example.org", name).check("192.0.2.1")
    assert OfficeSettings("https://sacs.example.org:8443").name == "sacs.example.org"
