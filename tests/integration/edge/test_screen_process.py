"""The screen process: it shows whoever is there, to whom a controller names, and lets go of everybody else."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import pytest_asyncio

from contract.events import DenialReason
from contract.messages import SCREEN_REFUSED
from contract.screen import Face
from edge.domain.acting import ActResult, Admit, CountOccupants
from edge.screen.app import SIGN_IN
from edge.screen.wire import Ordered, Sounds, Trouble
from edge.technician import Outcome, SignalState
from tests.integration.edge.screen_stage import ADA, ADA_CARD, BOB, BOB_CARD, JOHN, MIRA, ScreenStage, jpeg

LIMIT_S = 60.0


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScreenStage]:
    async with ScreenStage(tmp_path_factory.mktemp("screen")) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def stage(running: ScreenStage) -> ScreenStage:
    """A screen before which nobody is signed in."""
    running.ahead_ns, running.is_ticking = 0, True
    running.order()
    running.client.cookies.clear()
    return running


class Page:
    """An open page: what its stream said last."""

    def __init__(self) -> None:
        self.html = ""
        self.closed = asyncio.Event()
        self.ever: list[str] = []
        self._said = asyncio.Event()

    def take(self, update: dict[str, Any]) -> None:
        self.html = update["html"] if update["html"] is not None else self.html
        self.ever.append(self.html)
        if update["closed"]:
            self.closed.set()
        self._said.set()

    async def until(self, *words: str, absent: tuple[str, ...] = ()) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not (all(word in self.html for word in words) and not any(word in self.html for word in absent)):
                self._said.clear()
                await self._said.wait()

    async def until_closed(self) -> None:
        async with asyncio.timeout(LIMIT_S):
            await self.closed.wait()


@asynccontextmanager
async def opened(stage: ScreenStage) -> AsyncIterator[Page]:
    page = Page()

    async def follow() -> None:
        async with stage.client.stream("GET", "/now?lang=en") as stream:
            assert stream.status_code == 200
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    page.take(json.loads(line.removeprefix("data: ")))

    following = asyncio.create_task(follow())
    try:
        await page.until("</")
        yield page
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def signed_in(stage: ScreenStage) -> httpx.Response:
    """Sign in as soon as the order has arrived: nobody can tell before."""
    answer = await stage.sign_in()
    for _ in range(100):
        if answer.status_code == 303:
            break
        await asyncio.sleep(0.2)
        answer = await stage.sign_in()
    assert answer.status_code == 303
    return answer


async def test_an_officer_sees_who_is_there_until_the_next_one_and_nothing_before(stage: ScreenStage) -> None:
    picture = jpeg()
    stage.faces[ADA_CARD] = Face(ADA.name, ADA.category, picture)
    stage.order(MIRA)
    stage.present(BOB_CARD)
    assert (await stage.client.get("/now")).status_code == 403
    assert "Sign in" in (await stage.client.get("/")).text
    answer = await signed_in(stage)
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert "SameSite=strict" in answer.headers["set-cookie"]
    async with opened(stage) as page:
        assert BOB.name not in "".join(page.ever), "he was read before anybody looked"
        stage.present(ADA_CARD)
        await page.until(ADA.name, "delegate", "Admitted", "North, way in", "/picture/")
        address = page.html.split('src="')[1].split('"')[0]
        shown = await stage.client.get(address)
        assert (shown.content, shown.headers["cache-control"]) == (picture, "no-store")
        stage.present(BOB_CARD, Outcome.DENIED, DenialReason.PASS_BLOCKED)
        await page.until(BOB.name, "Refused: pass blocked", "no photo", absent=(ADA.name,))
        assert (await stage.client.get(address)).status_code == 404, "gone with the next read"
        stage.present("h10301:1:1", Outcome.DENIED, DenialReason.UNKNOWN_CREDENTIAL)
        await page.until("unknown card", absent=(ADA.name, BOB.name))
        stage.tell(Trouble("north-door", "forced"))
        await page.until("north-door", "opened without a grant")
        stage.tell(Trouble("north-door", None))
        await page.until(absent=("north-door",))
    assert stage.counted[SIGN_IN] == 1
    assert stage.watched == [(MIRA, True)]


def act(what: str, **more: object) -> bytes:
    return json.dumps({"what": what, "act_id": secrets.token_hex(12), **more}).encode()


async def test_an_officer_acts_in_his_own_name_and_hears_what_became_of_it(stage: ScreenStage) -> None:
    stage.order(MIRA)
    admit = act("admit", point="in", because="pass-forgotten")
    assert (await stage.client.post("/act", content=admit)).status_code == 403, "nobody is signed in"
    await signed_in(stage)
    foreign = {"origin": "http://evil.example"}
    assert (await stage.client.post("/act", content=admit, headers=foreign)).status_code == 403
    for bad in (b"", b"{}", act("admit", point="in", because="he smiled"), act("unnamed", point="in", amount=0),
                act("occupants", read=1, amount=100), act("burn")):  # fmt: skip
        assert (await stage.client.post("/act", content=bad)).status_code == 400
    assert stage.asked == []
    async with opened(stage) as page:
        read = stage.present(ADA_CARD, Outcome.DENIED, DenialReason.PASS_EXPIRED)
        await page.until(ADA.name, "Let this person through", "Medical emergency")
        answer = await stage.client.post("/act", content=act("admit", point="in", because="medical", read=read))
        assert answer.json() == {
            "said": "Let through: the door was released once, and one person is counted.", "done": True,
        }  # fmt: skip
        await page.until("You let this person through: Medical emergency", absent=("Let this person through,",))
        stage.present(ADA_CARD, Outcome.DENIED, DenialReason.PASS_BLOCKED, "pass-blocked")
        await page.until("call the control centre", absent=("Let this person through",))
        read = stage.present(ADA_CARD, is_vehicle=True)
        await page.until("How many sit beside the driver?")
        stage.result = ActResult.COUNTED_ALREADY
        answer = await stage.client.post("/act", content=act("occupants", read=read, amount=3))
        assert answer.json()["done"] is False
        stage.result = ActResult.DONE
        await stage.client.post("/act", content=act("occupants", read=read, amount=3))
        await page.until("Beside the driver: 3")
    asked = [(each.account, each.act) for each in stage.asked]
    assert {account for account, _ in asked} == {MIRA}
    assert [type(each) for _, each in asked] == [Admit, CountOccupants, CountOccupants]


async def test_orders_and_sirens_stand_on_the_page(stage: ScreenStage) -> None:
    stage.order(MIRA)
    await signed_in(stage)
    async with opened(stage) as page:
        stage.tell(Ordered(exits_free=True, entries_denied=True))
        await page.until("Everybody leaves", "Lockdown", "arm")
        stage.tell(Sounds("Horn", SignalState.SOUNDS))
        await page.until("Sounds now", "Horn", "Silence")
        stage.tell(Sounds("Horn", SignalState.FAILED))
        await page.until("shall sound and does not", absent=("Sounds now",))
        stage.tell(Sounds("Horn", SignalState.SILENT))
        stage.tell(Ordered(exits_free=False, entries_denied=False))
        await page.until("Nobody at the gate", absent=("Horn", "Lockdown", "Everybody leaves"))


async def test_a_withdrawal_closes_the_page_and_its_session(stage: ScreenStage) -> None:
    stage.order(MIRA, JOHN)
    await signed_in(stage)
    async with opened(stage) as page:
        stage.present(ADA_CARD)
        await page.until(ADA.name)
        stage.order(JOHN)
        await page.until_closed()
        assert page.html == ""
    assert stage.watched[-2:] == [(MIRA, True), (MIRA, False)]
    assert (await stage.client.get("/now")).status_code == 403
    assert (await stage.sign_in()).status_code == 403


async def test_when_the_lease_is_over_nobody_is_shown_and_nobody_signs_in(stage: ScreenStage) -> None:
    stage.order(MIRA)
    await signed_in(stage)
    async with opened(stage) as page:
        stage.present(ADA_CARD)
        await page.until(ADA.name)
        stage.ahead_ns = 13 * 3600 * 10**9
        await page.until_closed()
    assert "12 hours" in (await stage.client.get("/")).text
    assert (await stage.sign_in()).status_code == 403


async def test_a_gate_that_falls_silent_takes_the_face_along(stage: ScreenStage) -> None:
    stage.order(MIRA)
    await signed_in(stage)
    async with opened(stage) as page:
        stage.present(ADA_CARD)
        await page.until(ADA.name)
        stage.is_ticking = False
        await page.until("does not answer", absent=(ADA.name,))


async def test_foreign_pages_and_names_are_refused(stage: ScreenStage) -> None:
    assert (await stage.client.get("/", headers={"host": "evil.example"})).status_code == 421
    answer = await stage.client.post("/sign-in", headers={"origin": "http://evil.example"}, data={"name": "mira"})
    assert answer.status_code == 403
    assert (await stage.client.get("/sign-in?lang=ar")).status_code == 303
    page = await stage.client.get("/?lang=ar")
    assert 'dir="rtl"' in page.text


async def test_guesses_are_slowed_down_and_counted_and_it_ends_with_its_gate(stage: ScreenStage) -> None:
    stage.order(MIRA)
    await signed_in(stage)
    await stage.client.post("/sign-out")
    assert (await stage.client.get("/now")).status_code == 403
    for name, password in (("mira", "wrong"), ("nobody", "wrong"), ("mira", ""), ("x" * 9000, "x")):
        answer = await stage.sign_in(name, password)
        assert answer.status_code == 403
    waited = await stage.sign_in()
    assert (waited.status_code, "Too many tries" in waited.text) == (403, True)
    assert stage.counted[SCREEN_REFUSED] >= 5
    assert stage.process.stdin is not None
    stage.process.stdin.close()
    async with asyncio.timeout(LIMIT_S):
        assert await stage.process.wait() == 0
