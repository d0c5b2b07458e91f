"""A second controller is enrolled at work, learns, counts the same and shares all; either goes on without the other."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_act_id
from contract.periods import Kind
from sacs.officers.caller import Caller, RefusedCallError
from tests.e2e.two_controllers import (
    CARDS,
    FIRST,
    NORTH,
    OUT,
    SECOND,
    SITE,
    SOUTH,
    Running,
    TwoControllers,
    register,
    until,
    until_true,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[TwoControllers]:
    async with AsyncExitStack() as stack:
        yield TwoControllers(tmp_path, stack)


async def ask(officer: Caller, method: str, resource: str, body: object = None) -> Any:  # noqa: ANN401  JSON
    answer = await asyncio.to_thread(officer.call, method, resource, body)
    return json.loads(answer) if answer else None


async def open_at(officer: Caller) -> list[tuple[str, str]]:
    """Which operations are open where that officer asks, and since when."""
    return [(each["id"], each["opened_at"]) for each in (await ask(officer, "GET", "api/operations"))["open"]]


async def accounted(officer: Caller, operation: str) -> int:
    board = await ask(officer, "GET", f"api/operations/{operation}/board")
    return int(board["figures"]["accounted"])


def seen(holder: str) -> dict[str, str]:
    """A warden has seen somebody outside, just now."""
    at = datetime.now(UTC).isoformat()
    return {"act_id": new_act_id(), "at": at, "what": "accounted-for", "holder": holder, "means": "warden",
            "area": "outside"}  # fmt: skip


async def mark(officer: Caller, operation: str, act: dict[str, str]) -> str:
    """Send one act; return what became of it, or nothing if nobody answered."""
    try:
        answer = await ask(officer, "POST", f"api/operations/{operation}/marks", {"acts": [act]})
    except OSError:
        return ""
    [result] = answer["results"]
    return str(result["reason"] or result["result"])


async def both(site: TwoControllers) -> tuple[Running, Running]:
    """A second controller that was enrolled at work, and has learned what was sealed before it came."""
    site.enrol(FIRST)
    first = await site.start(FIRST)
    assert site.ceremony is not None
    await asyncio.to_thread(site.ceremony.all_others)
    await register(first, site.folder)
    await site.start_gates()
    north = site.gates[NORTH]
    site.pass_by(*CARDS[:3])
    await first.counts(3)

    site.enrol(SECOND, FIRST)  # the root signs, a technician brings the list to both
    await first.alarms("controller-enrolled", SECOND)
    second = await site.start(SECOND)
    await second.has_learned()
    assert await second.count() == (3, 3, 3)
    await second.alarms("controllers-changed", NORTH)
    period = SITE.retention.period_at(Kind.MOVEMENT, north.time.now_ns())
    assert set(north.keys.publics(period)) == {FIRST, SECOND}, "gates seal to both from now on"
    site.pass_by(CARDS[3])
    await first.counts(4)
    await second.counts(4)
    return first, second


async def withdraw_at_the_one_that_is_left(site: TwoControllers, second: Running, commander: Caller) -> None:
    """Rights are given where the reference data is kept, and taken anywhere."""
    authorizing = Caller(second.address, "authorizing-1", site.officer("authorizing-1").password)
    accounts = await ask(authorizing, "GET", "api/accounts")
    operator = next(each["account"] for each in accounts if each["sign_in_name"] == "operator")
    for officer in (authorizing, commander):
        await ask(officer, "DELETE", f"api/accounts/{operator}/authorization")
    with pytest.raises(RefusedCallError, match="keeps the reference data"):
        await ask(authorizing, "PUT", f"api/accounts/{operator}/membership", {"member": True})


async def ends_at_both(here: Caller, there: Caller, operation: str) -> None:
    """What ends at one ends at the other: the operation, and a session."""
    await ask(there, "POST", f"api/operations/{operation}/closing")

    async def is_over_here() -> bool:
        return await open_at(here) == []

    await until_true(is_over_here, "the operation is over at both")
    await ask(there, "DELETE", "api/session")

    async def is_signed_out() -> bool:
        try:
            await ask(here, "GET", "api/session")
        except RefusedCallError:
            return True
        return False

    await until_true(is_signed_out, "whoever signs out at one is signed out at both")


async def test_two_controllers_are_one_and_either_goes_on_without_the_other(site: TwoControllers) -> None:
    first, second = await both(site)
    here = site.officer("commander-1")
    there = second.as_if_switched(here)
    opened = await ask(here, "POST", "api/operations", {"kind": "emergency", "plan": "evacuate", "reason": "fire"})
    operation, opened_at = opened["operation"]["id"], opened["operation"]["opened_at"]

    async def is_open_there() -> bool:
        return await open_at(there) == [(operation, opened_at)]

    await until_true(is_open_there, "the same operation at the second one, for whoever is signed in at the first")
    persons = (await ask(here, "GET", f"api/operations/{operation}/board/persons"))["persons"]
    acts = [seen(person["id"]) for person in persons]
    assert [await mark(officer, operation, act) for officer, act in zip((here, there), acts, strict=False)] == [
        "taken",
        "taken",
    ]
    await first.kill()
    assert await mark(here, operation, acts[2]) == "", "nobody answers, and the device keeps it"
    again = [await mark(there, operation, act) for act in acts]
    assert set(again[:2]) <= {"taken", "repeated"}
    assert again[2:] == ["taken", "taken"]
    assert await accounted(there, operation) == 4
    site.pass_by(CARDS[0], point=OUT)
    await second.alarms("controller-away", FIRST)
    await withdraw_at_the_one_that_is_left(site, second, there)

    site.wipe(FIRST)
    first = await site.start(FIRST)
    await first.has_learned()
    back = first.as_if_switched(there)

    async def agree() -> bool:
        is_same_board = await accounted(back, operation) == await accounted(there, operation) == 4
        return is_same_board and await first.count() == await second.count()

    await until_true(agree, "the one that lost its store has its own marks back, and counts the same")
    await until(lambda: all(gate.uplink.delivered for gate in site.gates.values()), "gates know that it has all")
    operator = Caller(first.address, "operator", site.officer("operator").password)
    with pytest.raises(RefusedCallError, match="no authorization"):
        await ask(operator, "GET", f"api/operations/{operation}/board/persons")
    await ends_at_both(back, there, operation)

    for card in site.listed.controllers:
        assert await site.answer_to(SOUTH, card, "/peer/reference-key") == 403, "a gate is no controller"
    site.revoke(SOUTH, FIRST)  # at one; the other one is told by it
    north = site.gates[NORTH]
    await until(lambda: not site.gates[SOUTH].uplink.is_connected, "a revoked box is let in nowhere")
    await until(lambda: north.uplink.is_connected and north.controllers.listed.number == 3, "the other gate is")
    for card in site.listed.controllers:
        assert await site.answer_to(SOUTH, card, "/gate/policy/1") == 403
