"""Two controllers as one: officers, an operation and its marks are at both, and one of them may burn down."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_act_id
from sacs.officers.caller import Caller, RefusedCallError
from tests.e2e.two_controllers import CARDS, FIRST, SECOND, Running, TwoControllers, register, until_true

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PRESENT = CARDS[:6]


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


async def figures(officer: Caller, operation: str) -> dict[str, int]:
    found: dict[str, int] = (await ask(officer, "GET", f"api/operations/{operation}/board"))["figures"]
    return found


def seen(holder: str) -> dict[str, str]:
    """A warden has seen somebody, just now."""
    at = datetime.now(UTC).isoformat()
    return {
        "act_id": new_act_id(),
        "at": at,
        "what": "accounted-for",
        "holder": holder,
        "means": "warden",
        "area": "outside",
    }


async def mark(officer: Caller, operation: str, act: dict[str, str]) -> str:
    """Send one act; return what became of it, or nothing if nobody answered."""
    try:
        answer = await ask(officer, "POST", f"api/operations/{operation}/marks", {"acts": [act]})
    except OSError:
        return ""
    [result] = answer["results"]
    return str(result["reason"] or result["result"])


async def both(site: TwoControllers) -> tuple[Running, Running]:
    """Both controllers, which know the same, with people inside."""
    site.enrol(FIRST)
    first = await site.start(FIRST)
    await register(first, site.folder)
    await site.start_gates()
    site.pass_by(*PRESENT)
    assert site.ceremony is not None
    await asyncio.to_thread(site.ceremony.all_others)
    site.enrol(SECOND, FIRST)
    second = await site.start(SECOND)
    await second.has_learned()
    await second.counts(len(PRESENT))
    return first, second


async def test_a_controller_that_burns_down_takes_no_mark_with_it(site: TwoControllers) -> None:
    first, second = await both(site)
    here = site.officer("commander-1")
    there = second.as_if_switched(here)

    opened = await ask(here, "POST", "api/operations", {"kind": "emergency", "plan": "evacuate", "reason": "fire"})
    operation = opened["operation"]["id"]

    async def is_open_there() -> bool:
        return await open_at(there) == [(operation, opened["operation"]["opened_at"])]

    await until_true(is_open_there, "the same operation at the second one, to whoever is signed in at the first")
    page = await ask(here, "GET", f"api/operations/{operation}/board/persons")
    people = [person["id"] for person in page["persons"]]
    assert len(people) == len(PRESENT)

    kept = [seen(holder) for holder in people]
    results = [await mark((here, there)[number % 2], operation, act) for number, act in enumerate(kept[:3])]
    assert results == ["taken"] * 3
    await first.kill()
    lost = [await mark(here, operation, act) for act in kept[3:]]
    assert lost == [""] * 3
    again = [await mark(there, operation, act) for act in kept]
    assert again[3:] == ["taken"] * 3
    assert set(again) <= {"taken", "repeated"}
    assert (await figures(there, operation))["accounted"] == len(PRESENT)

    authorizing = Caller(second.address, "authorizing-1", site.officer("authorizing-1").password)
    accounts = await ask(authorizing, "GET", "api/accounts")
    operator = next(each["account"] for each in accounts if each["sign_in_name"] == "operator")
    for officer in (authorizing, there):
        await ask(officer, "DELETE", f"api/accounts/{operator}/authorization")
    with pytest.raises(RefusedCallError, match="keeps the reference data"):
        await ask(authorizing, "PUT", f"api/accounts/{operator}/membership", {"member": True})

    site.wipe(FIRST)
    first = await site.start(FIRST)
    await first.has_learned()
    back = first.as_if_switched(there)

    async def agrees() -> bool:
        return await figures(back, operation) == await figures(there, operation)

    await until_true(agrees, "both boards agree, and the first has its own marks again")
    assert (await figures(back, operation))["accounted"] == len(PRESENT)
    stranger = Caller(first.address, "operator", site.officer("operator").password)
    with pytest.raises(RefusedCallError, match="no authorization"):
        await ask(stranger, "GET", f"api/operations/{operation}/board/persons")

    await ask(there, "POST", f"api/operations/{operation}/closing")

    async def is_over_here() -> bool:
        return await open_at(back) == []

    await until_true(is_over_here, "it is over at both")
    await ask(there, "DELETE", "api/session")

    async def is_signed_out() -> bool:
        try:
            await ask(back, "GET", "api/session")
        except RefusedCallError:
            return True
        return False

    await until_true(is_signed_out, "whoever signs out at one is signed out at both")
