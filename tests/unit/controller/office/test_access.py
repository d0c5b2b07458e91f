"""Who may, at the request and for as long as it streams: what is taken from somebody closes his pages (L2)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import pytest

from contract.clock import to_datetime
from contract.ids import AccountId
from controller.api.access import Access, Acting, NotAllowedError, NotSignedInError
from controller.domain.operation import Plan, Reason
from controller.domain.rights.deeds import Deed
from controller.domain.rights.judge import Refusal
from controller.domain.rights.roles import Role
from controller.domain.sign_in import IDLE_S
from tests.unit.controller.office.premises import Premises

LIMIT_S = 30


def access_of(premises: Premises) -> Access:
    office = premises.office
    return Access(office.sessions, office.officers, office.trail)


async def acting_as(premises: Premises, account: AccountId, deed: Deed) -> tuple[Access, Acting, str]:
    access = access_of(premises)
    cookie, _ = premises.office.sessions.open(account)
    return access, await access.to(deed)(cookie), cookie


async def names() -> AsyncIterator[int]:
    """Something new all the time."""
    number = 0
    while True:
        yield number
        number += 1
        await asyncio.sleep(0.01)


async def silence() -> AsyncIterator[int]:
    """A stream that brings nothing."""
    await asyncio.Event().wait()
    yield 0


async def test_without_a_session_or_account_nobody_passes(premises: Premises) -> None:
    access, account = access_of(premises), premises.account(Role.OPERATOR)
    for cookie in (None, "", "wrong"):
        with pytest.raises(NotSignedInError):
            await access.to(Deed.SEE_COUNTS)(cookie)
    cookie, _ = premises.office.sessions.open(account)
    premises.office.officers.close(account, premises.account(Role.ADMINISTRATOR))
    with pytest.raises(NotSignedInError):
        await access.to(Deed.SEE_COUNTS)(cookie)


async def test_what_a_role_is_not_for_is_refused_and_a_try_at_movements_is_put_on_record(premises: Premises) -> None:
    access, technician = access_of(premises), premises.account(Role.TECHNICIAN)
    cookie, _ = premises.office.sessions.open(technician)
    with pytest.raises(NotAllowedError) as caught:
        await access.to(Deed.MANAGE_ACCOUNTS)(cookie)
    assert caught.value.why is Refusal.ROLE
    assert "access-refused" not in premises.centre.ledger.kinds()
    with pytest.raises(NotAllowedError):
        await access.to(Deed.SEE_ROLL)(cookie)
    assert premises.centre.ledger.last["access-refused"].facts["by"] == technician
    assert "access-refused" in premises.centre.alarm_kinds()


async def test_looks_are_put_on_record_without_a_holder(premises: Premises) -> None:
    commander = premises.fit(Role.COMMANDER)
    operation = premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    access, acting, _ = await acting_as(premises, commander, Deed.SEE_ROLL)
    access.saw(acting, Deed.SEE_ROLL, operation.id, 17)
    looks = premises.centre.ledger.kinds().count("movement-seen")
    assert premises.centre.ledger.last["movement-seen"].facts == {
        "by": commander, "deed": "see-roll", "operation": operation.id, "persons": 17,
    }  # fmt: skip
    premises.centre.operations.close(operation.id, commander)
    with pytest.raises(NotAllowedError):  # the answer took its time
        access.saw(acting, Deed.SEE_ROLL, operation.id, 17)
    premises.office.sessions.end(commander)
    with pytest.raises(NotSignedInError):
        access.saw(acting, Deed.SEE_ROLL, operation.id, 17)
    assert premises.centre.ledger.kinds().count("movement-seen") == looks


@pytest.mark.parametrize(("after_s", "same_session", "deed", "is_breach"), [
    (29, True, Deed.SEE_ROLL, False),
    (31, True, Deed.SEE_ROLL, True),
    (1, False, Deed.SEE_ROLL, True),
    (1, True, Deed.DISCLOSE, True),
])  # fmt: skip
async def test_a_page_that_asks_again_just_after_a_withdrawal_is_no_breach(
    premises: Premises, after_s: int, same_session: bool, deed: Deed, is_breach: bool
) -> None:
    commander = premises.fit(Role.COMMANDER)
    premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    access, acting, cookie = await acting_as(premises, commander, Deed.SEE_ROLL)
    async with asyncio.timeout(LIMIT_S):
        stream = access.while_allowed(acting, Deed.SEE_ROLL, names())
        await anext(stream)
        premises.wait(600)  # he follows it for ten minutes: what counts is when he could last
        await anext(stream)
        by_two(premises, commander)
        assert await anext(stream, None) is None
    premises.wait(after_s)
    if not same_session:
        cookie, _ = premises.office.sessions.open(commander)
    with pytest.raises(NotAllowedError) as caught:
        await access.to(deed)(cookie)
    assert caught.value.why is Refusal.NOT_AUTHORIZED
    assert ("access-refused" in premises.centre.ledger.kinds()) is is_breach
    assert ("access-refused" in premises.centre.alarm_kinds()) is is_breach
    assert ("access-untimely" in premises.centre.ledger.kinds()) is not is_breach


@pytest.mark.parametrize("deed", [Deed.SEE_COUNTS, Deed.SEE_OPERATIONS])
async def test_pages_of_counts_that_ask_by_themselves_keep_no_session_alive(premises: Premises, deed: Deed) -> None:
    access, acting, cookie = await acting_as(premises, premises.account(Role.OPERATOR), Deed.SEE_COUNTS)
    premises.wait(IDLE_S - 1)
    await access.to(deed)(cookie)
    premises.wait(1)
    with pytest.raises(NotSignedInError):
        await access.to(Deed.SEE_COUNTS)(cookie)
    _, acting, cookie = await acting_as(premises, acting.account, Deed.SEE_OWN_ACCOUNT)
    premises.wait(IDLE_S - 1)
    await access.to(Deed.SEE_OWN_ACCOUNT)(cookie)
    premises.wait(1)
    await access.to(Deed.SEE_COUNTS)(cookie)


def by_two(premises: Premises, account: AccountId) -> None:
    officers = premises.office.officers
    authorizing = premises.account(Role.AUTHORIZING_OFFICER)
    premises.fit(Role.COMMANDER)
    assert not officers.withdraw(account, authorizing)
    assert officers.withdraw(account, premises.account(Role.AUTHORIZING_OFFICER))


def closed(premises: Premises, _: AccountId) -> None:
    for operation in premises.centre.open():
        premises.centre.operations.take_command(operation, AccountId("c"))
        premises.centre.operations.close(operation, AccountId("c"))


ENDS: dict[str, Callable[[Premises, AccountId], object]] = {
    "withdrawal": by_two,
    "signing out": lambda premises, account: premises.office.sessions.end(account),
    "end of the operation": closed,
    "nobody renewed it": lambda premises, _: premises.wait(3600),
}


@pytest.mark.parametrize("stream", [names, silence])
@pytest.mark.parametrize("end", ENDS)
async def test_an_open_stream_of_names_ends_when_the_right_does(
    premises: Premises, end: str, stream: Callable[[], AsyncIterator[int]]
) -> None:
    commander = premises.fit(Role.COMMANDER)
    premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    access, acting, _ = await acting_as(premises, commander, Deed.SEE_ROLL)
    seen: list[int] = []
    over = asyncio.Event()

    async def look() -> None:
        async for item in access.while_allowed(acting, Deed.SEE_ROLL, stream()):
            assert not over.is_set(), "shown after the right had ended"
            seen.append(item)

    async with asyncio.timeout(LIMIT_S):
        looking = asyncio.create_task(look())
        while len(seen) < 3 and stream is names:  # noqa: ASYNC110  a reader of its own
            await asyncio.sleep(0.01)
        assert not looking.done()
        ENDS[end](premises, commander)
        over.set()
        await looking


async def test_who_follows_names_is_not_idle_and_who_follows_counts_is(premises: Premises) -> None:
    commander = premises.fit(Role.COMMANDER)
    premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    for deed, lasts in ((Deed.SEE_ROLL, True), (Deed.SEE_COUNTS, False)):
        access, acting, _ = await acting_as(premises, commander, deed)
        async with asyncio.timeout(LIMIT_S):
            stream = access.while_allowed(acting, deed, names())
            await anext(stream)
            premises.wait(IDLE_S - 1)
            await anext(stream)
            premises.wait(2)
            assert (await anext(stream, None) is not None) is lasts
            await stream.aclose()  # type: ignore[attr-defined]


async def test_a_stream_that_ends_or_fails_by_itself_does_so_for_the_reader(premises: Premises) -> None:
    access, acting, _ = await acting_as(premises, premises.account(Role.OPERATOR), Deed.SEE_COUNTS)

    async def broken() -> AsyncIterator[int]:
        yield 1
        raise ValueError("broken")

    async def short() -> AsyncIterator[int]:
        yield 1

    assert [item async for item in access.while_allowed(acting, Deed.SEE_COUNTS, short())] == [1]
    with pytest.raises(ValueError, match="broken"):
        _ = [item async for item in access.while_allowed(acting, Deed.SEE_COUNTS, broken())]


async def test_an_authorization_that_ends_in_an_operation_ends_with_it(premises: Premises) -> None:
    commander, authorizing = premises.fit(Role.COMMANDER), premises.account(Role.AUTHORIZING_OFFICER)
    soon = to_datetime(premises.now_ns) + timedelta(minutes=1)
    premises.office.officers.authorize(commander, "A/2", soon, authorizing)
    premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, commander)
    access, acting, _ = await acting_as(premises, commander, Deed.SEE_ROLL)
    premises.wait(600)
    assert access.still_may(acting, Deed.SEE_ROLL)
    closed(premises, commander)
    assert not access.still_may(acting, Deed.RECONFIRM)
