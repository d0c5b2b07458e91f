"""The page of the assembly point on tablets, before a real controller: sealed roll, handed list, officer's board."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from contract.ids import ControllerId
from controller.console.main import run as run_console
from tests.browser.assembly_site import PASSPHRASE, Site, check_targets, new_page, tablet
from tests.browser.centre import check
from tests.browser.conftest import FLAGS
from tests.browser.windows import GENEROUS_MS
from tests.integration.controller.conftest import START_S, until
from tests.integration.controller.crawl import INSIDE
from tests.integration.controller.officers import signed_in

pytestmark = pytest.mark.asyncio(loop_scope="session")
PLANTED = INSIDE[1].split()[1]
HOW_MANY = """name => new Promise(done => {
    indexedDB.open('sacs-assembly').onsuccess = opened => {
        const asked = opened.target.result.transaction(name).objectStore(name).count()
        asked.onsuccess = () => { opened.target.result.close(); done(asked.result) }
    }
})"""

UNTIL_NONE = f"async name => {{ while (await ({HOW_MANY})(name)) await new Promise(done => setTimeout(done, 100)) }}"


async def open_roll(page: Page, passphrase: str) -> None:
    """Two touches and the passphrase."""
    await page.fill("#passphrase", passphrase)
    await page.locator("#open > button").click()
    await page.locator("#yes").click()


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
    await commander.close()

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
