"""The page of the assembly point on tablets, before a real controller: sealed roll, handed list, officer's board."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from contract.clock import ManualClock
from contract.events import AccessGranted, encode_event
from contract.ids import AccessPointId, AccountId, ControllerId, PassId, new_epoch
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind
from contract.sealing import ContentKey, KeyName
from controller.api.board import Board
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly
from controller.console.main import run as run_console
from controller.domain.operation import Operation, Plan, Reason
from controller.domain.rights.roles import Role
from controller.main import _api_server
from controller.service.records.ingest import Delivery
from tests.browser.conftest import FLAGS, GENEROUS_MS
from tests.integration.controller.conftest import MAIN, NORTH, NS, SITE, START_S, Premises, at_ns, until
from tests.integration.controller.crawl import INSIDE, Scene
from tests.integration.controller.officers import account_of, fit_account, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="session")
PASSPHRASE = "correct horse battery"
PLANTED = INSIDE[1].split()[1]
HOW_MANY = """name => new Promise(done => {
    indexedDB.open('sacs-assembly').onsuccess = opened => {
        const asked = opened.target.result.transaction(name).objectStore(name).count()
        asked.onsuccess = () => { opened.target.result.close(); done(asked.result) }
    }
})"""

UNTIL_NONE = f"async name => {{ while (await ({HOW_MANY})(name)) await new Promise(done => setTimeout(done, 100)) }}"


@dataclass
class Site:
    """A controller with two people inside, and its console."""

    controller: Assembly
    address: str
    premises: Premises
    socket: Path
    board: Board
    commander: AccountId
    administrator: AccountId

    @property
    def clock(self) -> ManualClock:
        """What the controller takes for the time."""
        return self.premises.clock

    async def page(self, browser: Browser, account: AccountId, *, locale: str = "en-GB", width: int = 820) -> Page:
        """A page of somebody who is signed in."""
        context = await browser.new_context(locale=locale, viewport={"width": width, "height": 900})
        name, _, value = signed_in(self.controller.office, account)["Cookie"].partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": self.address}])
        return await new_page(context)

    async def set_key(self, browser: Browser) -> None:
        """Set the commander's key for sealed rolls, on his page."""
        page = await self.page(browser, self.commander)
        await page.goto(f"{self.address}/tablets")
        await check(page)
        await page.fill("#roll-key [name=passphrase]", PASSPHRASE)
        await page.fill("#roll-key [name=again]", PASSPHRASE)
        await page.click("#roll-key button")
        await page.wait_for_url("**/tablets?said=roll-key-set")
        await page.context.close()

    async def enrol(self, browser: Browser, page: Page, name: str, address: str = "") -> None:
        """Enrol the device of a page, as an administrator and whoever has it in hand do."""
        office = await self.page(browser, self.administrator)
        await office.goto(f"{self.address}/tablets")
        await office.fill("input[name=id]:not([type=hidden])", name)
        await office.locator("form[action='/tablets'] button").click()
        await check(office)
        code = await office.locator(".secret").inner_text()
        await office.context.close()
        await page.goto(f"{address or self.address}/assembly#code={code}")
        await page.locator("#enrol-form button").click()
        await expect(page.locator("#tablet")).to_have_text(name)

    def emergency(self) -> Operation:
        """Open one."""
        return self.controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, self.commander)

    async def begin_anew(self) -> None:
        """Whatever is open ends, and both are inside: whom an officer saw outside came in again."""
        operations = self.controller.centre.operations
        for each in operations.open_now(self.clock.now_ns()):
            operations.close(each.id, self.commander)
        self.clock.advance_to(self.clock.now_ns() + 60 * NS)  # a device's clock went on meanwhile
        now_ns = self.clock.now_ns()
        period = SITE.retention.period_at(Kind.MOVEMENT, now_ns)
        key = ContentKey.draw(KeyName(NORTH, new_epoch(), period))
        wraps = key.wrap({MAIN: self.controller.truth.vault.public_key(period)}, self.premises.enrolment().signer())
        holders = [self.controller.reference.named(name)[0].id for name in INSIDE]
        events = [AccessGranted(now_ns, AccessPointId("in"), each, PassId("1" * 24), "") for each in holders]
        sealed = [(number, key.seal(number, encode_event(event))) for number, event in enumerate(events, 1)]
        await self.controller.truth.take([Delivery(NORTH, encode(SealedBatch(VERSION, wraps, sealed)))])
        self.clock.advance_to(now_ns + 10 * NS)

    def accounted(self) -> int:
        """How many are accounted for on the board."""
        [board] = self.controller.muster.boards.open_now()
        return board.figures().accounted


async def new_page(context: BrowserContext) -> Page:
    page = await context.new_page()
    page.set_default_timeout(GENEROUS_MS)
    expect.set_options(timeout=GENEROUS_MS)
    return page


async def tablet(browser: Browser, *, locale: str = "en-GB", width: int = 820) -> Page:
    """A page on a device of its own."""
    return await new_page(await browser.new_context(locale=locale, viewport={"width": width, "height": 900}))


async def check(page: Page) -> None:
    """No violation of WCAG, and nothing wider than the screen."""
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await page.evaluate(wide)


async def check_targets(page: Page) -> None:
    """Everything that is touched has 44 px or more."""
    small = await page.eval_on_selector_all(
        "main button, main select, main input",
        "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)",
    )
    assert small == []


async def open_roll(page: Page, passphrase: str) -> None:
    """Two touches and the passphrase."""
    await page.fill("#passphrase", passphrase)
    await page.locator("#open > button").click()
    await page.locator("#yes").click()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def started(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder: Path = tmp_path_factory.mktemp("assembly")
    premises = Premises(folder, BrokerKind.NATS)
    async with premises.running() as controller:
        await Scene(controller, premises).furnish()
        premises.clock.advance_to(at_ns(30))
        board = Board(controller.live)
        server = _api_server(board, controller, str(folder / "truth"))
        serving = asyncio.create_task(server.serve())
        await until((folder / "truth").exists)
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        ended = asyncio.Event()
        console = asyncio.create_task(run_console(folder / "truth", "127.0.0.1", 0, port.set_result, ended))
        office = controller.office
        commander, administrator = fit_account(office, Role.COMMANDER), account_of(office, Role.ADMINISTRATOR)
        yield Site(
            controller, f"http://127.0.0.1:{await port}", premises, folder / "truth", board, commander, administrator
        )
        ended.set()
        await console
        server.should_exit = True
        await serving


@pytest_asyncio.fixture(loop_scope="session")
async def site(started: Site) -> Site:
    """With nothing open, and two people inside."""
    await started.begin_anew()
    return started


async def test_a_handed_list_works_offline_merges_and_goes_with_its_operation(site: Site, browser: Browser) -> None:
    page = await tablet(browser, width=390)
    await site.enrol(browser, page, "warden-1")
    operation = site.emergency()
    commander = await site.page(browser, site.commander)
    await commander.goto(f"{site.address}/tablets")
    await check(commander)
    await commander.select_option("[name=place]", "hall")
    await commander.select_option("[name=tablet]", "warden-1")
    await commander.locator("form[action='/tablets/hand'] button").click()
    await expect(commander.locator(".said[role=status]")).to_be_visible()
    await commander.context.close()

    await expect(page.locator("#persons li")).to_have_count(2)
    await check(page)
    await check_targets(page)
    await page.locator("#persons button").first.click()
    await until(lambda: site.accounted() == 1, "the mark is on the board")
    await expect(page.locator("#sync")).to_have_text("All marks are sent.")

    await page.context.set_offline(True)
    await page.locator("#persons button[aria-pressed=false]").click()
    await page.locator("#plus").click()
    await page.locator("#unnamed-form .first").click()
    await expect(page.locator("#sync")).to_contain_text("Marks not sent yet: 2. No connection since")
    await page.reload()  # the list opens again by the key of the tablet, without anybody
    await expect(page.locator("#persons button[aria-pressed=true]")).to_have_count(2)
    await page.locator("#marks button").first.click()
    await page.locator("#back-form .first").click()
    await expect(page.locator("#sync")).to_contain_text("Marks not sent yet: 3.")
    assert site.accounted() == 1

    await page.context.set_offline(False)
    await expect(page.locator("#sync")).to_have_text("All marks are sent.")
    await until(lambda: site.accounted() == 2, "what was marked without network is on the board")
    [board] = site.controller.muster.boards.open_now()
    assert board.figures().unnamed_seen == 0

    site.controller.centre.operations.close(operation.id, site.commander)
    await expect(page.locator("#said")).to_contain_text("The operation is over")
    await expect(page.locator("#persons li")).to_have_count(0)
    shown = await page.locator("body").evaluate("body => body.textContent")
    assert not any(name in shown for name in INSIDE), "what was marked names people as well"
    await until(lambda: not site.controller.tablets.handed.held_by("warden-1"), "the copy is destroyed")
    assert await page.evaluate(HOW_MANY, "acts") == 0

    site.controller.tablets.tablets.revoke("warden-1", site.administrator)
    await expect(page.locator("#said")).to_contain_text("revoked")
    assert [await page.evaluate(HOW_MANY, name) for name in ("periods", "parts")] == [0, 0]
    await page.context.close()


@asynccontextmanager
async def another_console(site: Site) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """One more console: its address, and what ends it."""
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    ended = asyncio.Event()
    console = asyncio.create_task(run_console(site.socket, "127.0.0.1", 0, port.set_result, ended))
    yield f"http://127.0.0.1:{await port}", ended
    ended.set()
    await console


async def test_marks_go_to_the_other_controller_when_that_of_the_page_is_gone(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with another_console(site) as (first, gone), another_console(site) as (second, _):
        both = {ControllerId("first"): first, ControllerId("second"): second}
        monkeypatch.setattr(site.controller.twins.consoles, "others", lambda: both)
        site.board.change()
        page = await tablet(browser)
        async with asyncio.timeout(60):
            while True:
                answer = await page.goto(f"{first}/assembly")
                if answer and second in answer.headers["content-security-policy"]:
                    break
        await site.enrol(browser, page, "warden-2", first)
        operation = site.emergency()
        await site.controller.tablets.handed.hand(site.commander, operation.id, "warden-2", "hall")
        await expect(page.locator("#persons li")).to_have_count(2)
        gone.set()
        await page.locator("#persons button").first.click()
        await until(lambda: site.accounted() == 1, "the mark is on the board")
        await expect(page.locator("#sync")).to_have_text("All marks are sent.")
        await page.context.close()


async def test_an_officer_marks_on_the_common_board_by_keyboard_in_arabic(site: Site, browser: Browser) -> None:
    site.emergency()
    page = await site.page(browser, site.commander, locale="ar", width=390)
    await page.goto(f"{site.address}/assembly")
    await expect(page.locator("#persons li")).to_have_count(2)
    assert await page.locator("html").get_attribute("dir") == "rtl"
    await check(page)
    await check_targets(page)
    await page.locator("#search").focus()
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("Boolean(document.activeElement.dataset.holder)"):
            break
    await page.keyboard.press("Enter")
    await until(lambda: site.accounted() == 1, "the mark is on the board")
    name, _, value = signed_in(site.controller.office, site.commander)["Cookie"].partition("=")
    await page.context.clear_cookies(name=name)
    await expect(page.locator("#persons li")).to_have_count(0)
    await page.context.add_cookies([{"name": name, "value": value, "url": site.address}])
    await expect(page.locator("#persons button[aria-pressed=true]")).to_have_count(1)
    await page.context.close()


async def test_the_sealed_roll_opens_offline_merges_later_and_no_name_comes_to_lie_on_the_tablet(
    site: Site, browser: Browser, chromium: Path, tmp_path: Path
) -> None:
    await site.set_key(browser)
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile", executable_path=chromium, args=FLAGS, locale="en-GB", timeout=GENEROUS_MS
        )
        page = await new_page(context)
        await site.enrol(browser, page, "north-1")
        await expect(page.locator("#roll-age")).to_contain_text("Sealed roll of")
        await check(page)
        await context.set_offline(True)
        await page.reload()
        await open_roll(page, "wrong horse battery")
        await expect(page.locator("#said")).to_contain_text("does not open")
        await expect(page.locator("#persons li")).to_have_count(0)
        await open_roll(page, PASSPHRASE)
        await expect(page.locator("#persons bdi").first).to_contain_text(PLANTED)
        await check(page)
        await page.locator("#persons button").first.click()
        await expect(page.locator("#persons button[aria-pressed=true]")).to_have_count(1)  # from then on it is kept
        await page.reload()
        await expect(page.locator("#again")).to_be_visible()
        await expect(page.locator("#persons li")).to_have_count(0)
        await open_roll(page, PASSPHRASE)
        await expect(page.locator("#persons button[aria-pressed=true]")).to_have_count(1)

        await context.set_offline(False)
        await expect(page.locator("#sync")).to_have_text("All marks are sent.")
        await until(lambda: site.accounted() == 1, "what was marked without network is on the board")
        [operation] = site.controller.centre.operations.open_now(site.clock.now_ns())
        entry = site.controller.ledger.last["sealed-roll-opened"]
        assert (entry.facts["operation"], entry.facts["by"]) == (operation.id, site.commander)

        await context.set_offline(True)
        await page.evaluate(
            """highest => new Promise(done => {
                indexedDB.open('sacs-assembly').onsuccess = opened => {
                    const store = opened.target.result.transaction('keep', 'readwrite').objectStore('keep')
                    store.put(highest, 'highest').onsuccess = () => { opened.target.result.close(); done() }
                }
            })""",
            (START_S + 3600) * 1000,
        )
        await page.reload()  # an hour later: every key of this site is past its limit
        await expect(page.locator("#again")).to_be_visible()
        assert [await page.evaluate(HOW_MANY, name) for name in ("periods", "parts")] == [0, 0]
        await open_roll(page, PASSPHRASE)
        await expect(page.locator("#persons li")).to_have_count(0)

        assert await page.evaluate(HOW_MANY, "acts") == 1
        clock = f"import('{site.address}/static/console/assembly/clock.js')"
        await page.evaluate(f"{clock}.then(clock => clock.heard({(START_S + 90000) * 1000}))")
        async with asyncio.timeout(60):  # a day later no mark is left, sent or not
            await page.evaluate(UNTIL_NONE, "acts")
        await context.close()
    spellings = [name.encode(code) for name in INSIDE for code in ("utf-8", "utf-16-le")]
    found = [
        path
        for path in (tmp_path / "profile").rglob("*")
        if path.is_file() and any(text in path.read_bytes() for text in spellings)
    ]
    assert found == []
