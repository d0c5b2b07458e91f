"""Acts of officers about each other and themselves over HTTP: who may, what comes of it, what waits for a second."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from contract.clock import to_datetime
from contract.ids import AccountId
from controller.api.access import COOKIE
from controller.domain.operation import Plan, Reason
from controller.domain.rights.roles import Role
from controller.domain.sign_in import OF_ADDRESS
from tests.unit.controller.office.api import office_api
from tests.unit.controller.office.premises import PASSWORD, Premises

MANAGE = {"name": "New Person", "staff_number": "UN-9", "sign_in_name": "new"}


@asynccontextmanager
async def client_of(premises: Premises, account: AccountId | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a session of that account, or none."""
    cookies = {} if account is None else {COOKIE: premises.office.sessions.open(account)[0]}
    transport = httpx.ASGITransport(office_api(premises.office))
    async with httpx.AsyncClient(transport=transport, base_url="http://truth.example/api/", cookies=cookies) as client:
        yield client


async def test_from_a_new_account_to_seeing_names_in_an_operation(premises: Premises) -> None:
    admin, authorizing = premises.account(Role.ADMINISTRATOR), premises.account(Role.AUTHORIZING_OFFICER)
    async with (
        client_of(premises, admin) as as_admin,
        client_of(premises, authorizing) as as_authorizing,
        client_of(premises) as as_new,
    ):
        made = (await as_admin.post("accounts", json=MANAGE)).json()
        account = made["account"]
        entered = await as_new.post("session/code", json={"code": made["code"], "password": PASSWORD})
        assert entered.status_code == 204
        cookie = entered.headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"))
        assert "Secure" not in cookie, "loopback has no TLS"
        me = (await as_new.get("session")).json()
        assert (me["name"], me["roles"], me["barred_by"]) == ("New Person", [], "role")
        assert (await as_admin.put(f"accounts/{account}/roles/commander")).status_code == 204
        assert (await as_new.get("session")).json()["barred_by"] == "no-member"
        until = (to_datetime(premises.now_ns) + timedelta(days=30)).isoformat()
        body = {"instrument": "DSS/2026/9", "until": until}
        early = await as_authorizing.put(f"accounts/{account}/authorization", json=body)
        assert (early.status_code, early.json()["code"]) == (409, "no-member")
        assert (await as_authorizing.put(f"accounts/{account}/membership", json={"member": True})).status_code == 204
        assert (await as_new.get("session")).json()["barred_by"] == "not-authorized"
        assert (await as_authorizing.put(f"accounts/{account}/authorization", json=body)).status_code == 204
        assert (await as_new.get("session")).json()["barred_by"] == "not-briefed"
        briefing = (await as_new.get("account/briefing")).json()
        assert set(briefing["paragraphs"]) == {"en", "ar"}
        assert "A/RES/61/263" in briefing["source"]
        assert (await as_new.post("account/briefing", json={"version": "another"})).json()["code"] == "other-version"
        assert (await as_new.post("account/briefing", json={"version": briefing["version"]})).status_code == 204
        assert (await as_new.get("session")).json()["barred_by"] is None
        premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, AccountId(account))
        assert "see-roll" in (await as_new.get("session")).json()["deeds"]
        [row] = [each for each in (await as_admin.get("accounts")).json() if each["account"] == account]
        assert (row["fit"], row["instrument"], row["briefing_version"]) == (True, "DSS/2026/9", briefing["version"])


async def test_each_act_about_a_person_is_for_its_roles_alone(premises: Premises) -> None:
    subject = premises.account(Role.OPERATOR)
    tries = {
        ("POST", "accounts"): {Role.ADMINISTRATOR},
        ("DELETE", f"accounts/{subject}/sessions"): {Role.ADMINISTRATOR},
        ("PUT", f"accounts/{subject}/roles/gate-officer"): {Role.ADMINISTRATOR},
        ("DELETE", f"accounts/{subject}/roles/gate-officer"): {Role.ADMINISTRATOR},
        ("PUT", f"accounts/{subject}/authorizing"): {Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER},
        ("PUT", f"accounts/{subject}/membership"): {Role.AUTHORIZING_OFFICER},
        ("PUT", f"accounts/{subject}/authorization"): {Role.AUTHORIZING_OFFICER},
        ("DELETE", f"accounts/{subject}/authorization"): {Role.AUTHORIZING_OFFICER, Role.COMMANDER},
        ("GET", "accounts"): {Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER, Role.AUDITOR, Role.COMMANDER},
        ("POST", "break-glass"): {Role.GATE_OFFICER, Role.OPERATOR, Role.COMMANDER},
    }
    for role in Role:
        async with client_of(premises, premises.account(role)) as client:
            for (method, resource), roles in tries.items():
                answer = await client.request(method, resource, json={"member": True})
                is_refused = answer.status_code == 403 and answer.json()["code"] == "role"
                assert is_refused is (role not in roles), f"{role} {method} {resource}"


async def test_acts_that_need_two_wait_for_the_second_and_no_longer_than_ten_minutes(premises: Premises) -> None:
    admin, authorizing = premises.account(Role.ADMINISTRATOR), premises.account(Role.AUTHORIZING_OFFICER)
    subject = premises.account()
    async with client_of(premises, admin) as as_admin, client_of(premises, authorizing) as as_authorizing:
        resource = f"accounts/{subject}/authorizing"
        assert [(await as_admin.put(resource)).status_code for _ in range(2)] == [202, 202], "he can not join himself"
        [waiting] = (await as_authorizing.get("accounts/waiting")).json()
        assert (waiting["act"], waiting["subject"], waiting["by"]) == ("naming", subject, admin)
        premises.wait(601)
        assert (await as_authorizing.get("accounts/waiting")).json() == []
        assert (await as_authorizing.put(resource)).status_code == 202
        assert (await as_admin.put(resource)).status_code == 204
        assert (await as_admin.get("accounts/waiting")).json() == []
        given = premises.centre.ledger.last["role-given"].facts
        assert (given["by"], given["second"], given["role"]) == (authorizing, admin, "authorizing-officer")
        code = f"accounts/{subject}/code"
        assert (await as_admin.post(code)).status_code == 202, "he authorizes: one alone could put on his rights"
        answer = await as_authorizing.post(code)
        assert (answer.status_code, answer.json()["account"]) == (201, subject)
        assert (await as_admin.post(f"accounts/{premises.account()}/code")).status_code == 201


@pytest.mark.parametrize("act", ["membership", "authorization"])
async def test_a_code_that_was_drawn_before_an_account_had_rights_opens_it_no_more(
    premises: Premises, act: str
) -> None:
    admin, authorizing = premises.account(Role.ADMINISTRATOR), premises.account(Role.AUTHORIZING_OFFICER)
    subject, _ = await premises.with_password(Role.OPERATOR)
    if act == "authorization":
        premises.office.officers.set_member(subject, authorizing, member=True)
    until = (to_datetime(premises.now_ns) + timedelta(days=30)).isoformat()
    body = {"membership": {"member": True}, "authorization": {"instrument": "DSS/2026/9", "until": until}}[act]
    kept = premises.office.sign_in.code_for(subject)
    async with client_of(premises, authorizing) as as_authorizing, client_of(premises) as as_thief:
        assert (await as_authorizing.put(f"accounts/{subject}/{act}", json=body)).status_code == 204
        tried = await as_thief.post("session/code", json={"code": kept, "password": PASSWORD})
        assert (tried.status_code, tried.json()["code"]) == (403, "wrong")
    async with client_of(premises, admin) as as_admin:
        assert (await as_admin.post(f"accounts/{subject}/code")).status_code == 202, "now it needs two"


async def test_strangers_guesses_from_an_address_lock_no_passkey_out(premises: Premises) -> None:
    async with client_of(premises) as anybody:
        statuses = []
        for number in range(OF_ADDRESS.free + 1):
            body = {"sign_in_name": f"nobody-{number}", "password": PASSWORD}
            statuses.append((await anybody.post("session", json=body)).status_code)
        assert statuses == [403] * OF_ADDRESS.free + [429]
        assert (await anybody.post("session/passkey", json={})).json()["code"] == "passkey"


async def test_who_asked_and_may_no_longer_stands_in_nobodys_way(premises: Premises) -> None:
    subject, gone = premises.fit(Role.OPERATOR), premises.fit(Role.COMMANDER)
    first, second = premises.fit(Role.COMMANDER), premises.account(Role.AUTHORIZING_OFFICER)
    officers = premises.office.officers
    operation = premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, first)
    assert not officers.withdraw(subject, gone)
    premises.centre.operations.close(operation.id, first)
    officers.take_role(gone, Role.COMMANDER, premises.account(Role.ADMINISTRATOR))
    premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, first)
    assert not officers.withdraw(subject, first)
    assert officers.withdraw(subject, second)


async def test_break_glass_gives_two_members_access_until_the_operation_ends(premises: Premises) -> None:
    first, second = premises.account(Role.OPERATOR), premises.account(Role.OPERATOR)
    authorizing = premises.account(Role.AUTHORIZING_OFFICER)
    for account in (first, second):
        premises.office.officers.set_member(account, authorizing, member=True)
    body = {"version": premises.office.briefing.version}
    async with client_of(premises, first) as as_first, client_of(premises, second) as as_second:
        assert (await as_first.post("break-glass", json=body)).json()["code"] == "no-operation"
        operation = premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, AccountId("c"))
        assert (await as_first.post("break-glass", json={"version": "x"})).json()["code"] == "other-version"
        assert (await as_first.post("break-glass", json=body)).status_code == 202
        assert "see-roll" not in (await as_first.get("session")).json()["deeds"]
        assert (await as_second.post("break-glass", json=body)).status_code == 204
        for client in (as_first, as_second):
            assert "see-roll" in (await client.get("session")).json()["deeds"]
        assert "break-glass" in premises.centre.alarm_kinds()
        facts = premises.centre.ledger.last["break-glass"].facts
        assert (facts["first"], facts["second"], facts["operations"]) == (first, second, operation.id)
        premises.start()  # a restart in between changes nothing
        premises.centre.operations.close(operation.id, AccountId("c"))
        premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, AccountId("c"))
    async with client_of(premises, first) as as_first:
        assert "see-roll" not in (await as_first.get("session")).json()["deeds"]


async def test_ones_sessions_are_listed_and_ended(premises: Premises) -> None:
    account = premises.account(Role.OPERATOR)
    async with client_of(premises, account) as here, client_of(premises, account) as there:
        sessions = (await here.get("account/sessions")).json()
        assert sorted(each["this"] for each in sessions) == [False, True]
        [other] = [each["id"] for each in sessions if not each["this"]]
        assert (await here.delete(f"account/sessions/{other}")).status_code == 204
        assert (await here.delete(f"account/sessions/{other}")).status_code == 404
        assert (await there.get("session")).status_code == 401
        assert (await here.delete("session")).status_code == 204
        assert (await here.get("session")).status_code == 401
    assert premises.centre.ledger.last["session-ended"].facts == {"account": account, "by": account, "sessions": 1}


async def test_wrong_tries_are_answered_in_words_with_a_code(premises: Premises) -> None:
    async with client_of(premises) as client:
        wrong = await client.post("session", json={"sign_in_name": "ada", "password": PASSWORD})
        assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong")
        for _ in range(4):
            await client.post("session", json={"sign_in_name": "ada", "password": PASSWORD})
        late = await client.post("session", json={"sign_in_name": "ada", "password": PASSWORD})
        assert (late.status_code, late.json()["code"], late.headers["retry-after"]) == (429, "too-many", "1")
        for resource, body in (("session", {}), ("session/passkey", {"id": 1}), ("first-officers", {"role": "king"})):
            assert 400 <= (await client.post(resource, json=body)).status_code < 500


@pytest.mark.parametrize("way", ["role", "close", "membership"])
async def test_in_an_operation_nobody_ends_an_officers_access_alone(premises: Premises, way: str) -> None:
    commander = premises.fit(Role.COMMANDER)
    premises.fit(Role.COMMANDER)
    by = premises.account(Role.AUTHORIZING_OFFICER if way == "membership" else Role.ADMINISTRATOR)
    premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    async with client_of(premises, by) as client:
        answer = await {
            "role": lambda: client.delete(f"accounts/{commander}/roles/commander"),
            "close": lambda: client.delete(f"accounts/{commander}"),
            "membership": lambda: client.put(f"accounts/{commander}/membership", json={"member": False}),
        }[way]()
    assert (answer.status_code, answer.json()["code"]) == (409, "in-operation")
