"""The bench's page in a browser before a real bench: every act has a button, the trace lives, everybody can use it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, BrowserContext, Page, expect

from simulators.bench.acts import ACTS
from tests.browser.windows import GENEROUS_MS, Windows
from tests.e2e.bench_process import BenchProcess

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]
expect.set_options(timeout=GENEROUS_MS)
WIDTHS = {"desk": 1280, "tablet": 820, "phone": 390, "reflow": 320}
TOO_WIDE = """[document.documentElement, ...document.querySelectorAll('.panel, .device, .entries')]
    .filter(each => each.scrollWidth > each.clientWidth)
    .map(each => each.className + ' ' + each.scrollWidth + ' > ' + each.clientWidth)"""
UNLOCKED_MS = 3_000
"""How long a door of the bench's site stays released."""
WITHOUT_BUTTON = {"wait", "expect"}
"""Acts that only a scene needs."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bench(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BenchProcess]:
    bench = await asyncio.to_thread(BenchProcess, tmp_path_factory.mktemp("bench"))
    yield bench
    await asyncio.to_thread(bench.end)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def windows() -> AsyncIterator[Windows]:
    """Windows on the bench."""
    windows = Windows()
    yield windows
    await windows.end()


async def opened(context: BrowserContext, bench: BenchProcess, language: str = "en") -> Page:
    page = await context.new_page()
    page.set_default_timeout(GENEROUS_MS)
    await first_seen(page, bench, language)
    return page


async def first_seen(page: Page, bench: BenchProcess, language: str = "en") -> None:
    await page.goto(bench.page)
    assert page.url == bench.address.address, "the token does not stay in the address"
    await page.goto(f"{bench.address.address}?lang={language}")
    await expect(page.locator(".entries li").first).to_be_attached()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, bench: BenchProcess, windows: Windows) -> AsyncIterator[Page]:
    """The page in English. The test fails at an error in a script."""
    page = await windows.open(browser)
    await first_seen(page, bench)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    await page.evaluate("localStorage.clear()")
    await windows.close()
    assert errors == []


async def test_a_card_is_presented_granted_and_seen_by_everybody(page: Page) -> None:
    entry = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^entry OSDP")))
    await page.get_by_role("button", name="Clear").click()
    await entry.get_by_label("Card").select_option(label="Staff card")
    await entry.get_by_role("button", name="Present").click()
    await expect(page.locator(".decision .verdict")).to_have_text(re.compile("Granted"))
    for source, said in (
        ("act", "Present"),
        ("wire", "osdp_RAW"),
        ("gate", "Granted"),
        ("controller", "Access granted"),
    ):
        await expect(page.locator(f".entries li.{source}", has_text=said).first).to_be_visible()
    door = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^entry-door")))
    is_through = False
    while not is_through:  # on a busy machine the door may have locked again before it is seen, or the button pressed
        await entry.get_by_role("button", name="Present").click()
        with contextlib.suppress(AssertionError):
            await expect(door.locator(".chips")).to_contain_text("released", timeout=UNLOCKED_MS)
            await door.get_by_role("button", name="Walk through entry-in").click()
            await expect(door).to_contain_text(re.compile("1 person passed|nobody gets through"))
            is_through = "1 person passed" in await door.locator(".chips").inner_text()
    await expect(door.locator(".chips")).to_contain_text("1 person passed")
    await expect(page.locator(".entries li.controller", has_text="Access taken").first).to_be_visible()


async def test_a_pin_is_typed_and_the_field_is_empty_again(page: Page) -> None:
    inner = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^inner OSDP")))
    await inner.get_by_label("Card").select_option(label="Staff card")
    await inner.get_by_role("button", name="Present").click()
    await expect(page.locator(".decision .verdict")).to_have_text(re.compile("PIN wanted"))
    await inner.get_by_label("Keys").fill("1111#")
    await inner.get_by_label("Keys").press("Enter")
    await expect(page.locator(".decision")).to_contain_text("wrong PIN")
    await expect(inner.get_by_label("Keys")).to_have_value("")
    await inner.get_by_label("Keys").fill("12x")
    await inner.get_by_role("button", name="Type keys").click()
    assert await inner.get_by_label("Keys").evaluate("field => !field.validity.valid")


async def test_what_can_not_be_done_is_said_on_the_page(page: Page) -> None:
    door = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^strong-door")))
    await door.get_by_role("button", name="Hold open").click()
    await expect(door.locator("[data-bench-answer]")).to_contain_text("can not be held")
    await expect(page.locator(".entries li.act", has_text="failed: Hold open").first).to_be_visible()
    await expect(page.locator("[data-bench-said]")).to_contain_text("can not be held")


async def test_a_recording_without_a_name_asks_for_one(page: Page) -> None:
    await page.get_by_role("button", name="Stop and save").click()
    await expect(page.locator("[data-bench-answer]")).to_contain_text("file name")


async def test_a_forced_turnstile_is_seen_and_makes_the_last_decision_old(page: Page) -> None:
    entry = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^entry OSDP")))
    await entry.get_by_label("Card").select_option(label="Blocked card")
    await entry.get_by_role("button", name="Present").click()
    await expect(page.locator(".decision .verdict")).to_have_text(re.compile("Denied"))
    turnstile = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^turnstile")))
    await turnstile.get_by_role("button", name="Force").click()
    await expect(page.locator(".decision .trouble")).to_contain_text("turned without a grant")
    await expect(page.locator(".decision .old")).to_contain_text("Force")


async def test_on_a_phone_the_trace_is_folded_and_stays_so(browser: Browser, bench: BenchProcess) -> None:
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    page = await opened(context, bench)
    rows = page.get_by_role("button", name="Show rows")
    await expect(page.locator(".entries")).to_be_visible()
    await rows.click()
    await expect(page.locator(".entries")).to_be_hidden()
    await page.reload()
    await expect(rows).to_have_attribute("aria-expanded", "false")
    await expect(page.locator(".entries")).to_be_hidden()
    await context.close()


async def test_every_act_has_a_button(page: Page) -> None:
    buttons = await page.locator("[data-bench-act]").evaluate_all("all => all.map(each => each.dataset.benchAct)")
    assert set(ACTS) - WITHOUT_BUTTON == set(buttons)


async def test_faults_of_a_line_are_set_shown_and_mended(page: Page) -> None:
    line = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^bus-2 line")))
    await line.locator("summary").click()
    await line.get_by_label("Noise").select_option(label="1%")
    await line.get_by_label("Every byte alone").check()
    await line.get_by_role("button", name="Set line faults").click()
    await expect(line.locator(".chips")).to_contain_text("Noise 1%")
    await expect(line.locator(".chips")).to_contain_text("Every byte alone")
    await line.get_by_role("button", name="Mend the line").click()
    await expect(line.locator(".chips")).not_to_contain_text("Noise")


async def test_the_trace_hides_what_is_unticked_shows_polls_on_demand_and_pauses(page: Page) -> None:
    entries = page.locator(".entries")
    await expect(entries.locator("li.wire").first).to_be_visible()
    await page.get_by_role("checkbox", name="Wire").uncheck()
    await expect(entries.locator("li.wire").first).to_be_hidden()
    await page.get_by_role("checkbox", name="Wire").check()
    await expect(entries.locator("li.routine")).to_have_count(0)
    await page.get_by_label("polls").check()
    await expect(entries.locator("li.routine", has_text="osdp_POLL").first).to_be_attached()
    await page.get_by_label("polls").uncheck()
    await expect(entries.locator("li.routine")).to_have_count(0)
    pause = page.get_by_role("button", name="Pause")
    await pause.click()
    await expect(pause).to_have_attribute("aria-pressed", "true")
    await pause.click()


async def test_the_trace_is_saved(page: Page) -> None:
    await page.locator(".trace-head summary").click()
    for link, name in (("Everything in words", "bench.jsonl"), ("Frames of bus-1", "bus-1.osdpcap")):
        async with page.expect_download() as waiting:
            await page.get_by_role("link", name=link).click()
        download = await waiting.value
        assert download.suggested_filename == name
        first, *_ = (await download.path()).read_text(encoding="utf-8").splitlines()
        assert first.startswith("{")


async def test_a_state_is_saved_and_loaded(page: Page) -> None:
    name = page.get_by_label("Name of the state")
    await page.get_by_role("button", name="Save the state").click()
    assert await name.evaluate("field => field.validity.valueMissing")
    await name.fill("from-page")
    await page.get_by_role("button", name="Save the state").click()
    strong = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^strong OSDP")))
    await strong.locator("summary").click()
    await strong.get_by_role("button", name="Open housing").click()
    await expect(strong.locator(".chips")).to_contain_text("housing open")
    await page.get_by_role("button", name="Load the state").click()
    await expect(strong.locator(".chips")).not_to_contain_text("housing open")
    await name.fill("nothing")
    await page.get_by_role("button", name="Load the state").click()
    await expect(page.locator("[data-bench-answer]")).to_contain_text("there are: from-page")


async def test_the_network_is_dropped_and_restored(page: Page) -> None:
    await page.get_by_role("button", name="Drop the network").click()
    await expect(page.locator("[data-live-fragment=system]")).to_contain_text("network is down")
    await page.get_by_role("button", name="Restore the network").click()
    await expect(page.locator("[data-live-fragment=system]")).to_contain_text("network is up")


async def test_a_scene_is_played_from_the_page(page: Page) -> None:
    await page.locator("[data-bench-play] select").select_option("forced-door")
    await page.get_by_role("button", name="Play").click()
    await expect(page.locator("[data-live-fragment=scene]")).to_contain_text("forced-door: passed")


async def test_an_update_takes_neither_focus_nor_choice_away(page: Page, bench: BenchProcess) -> None:
    turn = page.locator("form.device", has=page.get_by_role("heading", name=re.compile("^turn OSDP")))
    choice = turn.get_by_label("Card")
    await choice.select_option(label="Blocked card")
    await choice.focus()
    await asyncio.to_thread(bench.ask, "api/acts", {"act": "tamper", "reader": "turn"})
    await expect(turn.locator(".chips")).to_contain_text("housing open")
    assert await page.evaluate("document.activeElement.name") == "card"
    assert await choice.input_value() == "blocked"
    await asyncio.to_thread(bench.ask, "api/acts", {"act": "tamper", "reader": "turn", "open": False})


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
async def test_axe_finds_nothing(browser: Browser, bench: BenchProcess, language: str, scheme: str) -> None:
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = await opened(context, bench, language)
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    await context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_nothing_needs_scrolling_sideways(browser: Browser, bench: BenchProcess, language: str) -> None:
    context = await browser.new_context()
    page = await opened(context, bench, language)
    await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    found = {}
    for name, width in WIDTHS.items():
        await page.set_viewport_size({"width": width, "height": 900})
        if too_wide := await page.evaluate(TOO_WIDE):
            found[name] = too_wide
    assert found == {}
    await context.close()


async def test_arabic_reads_from_right_to_left(browser: Browser, bench: BenchProcess) -> None:
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    page = await opened(context, bench, "ar")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.get_by_role("heading", level=1)).to_have_text("منضدة الفني")
    hands, trace = [await page.locator(name).bounding_box() for name in (".hands", ".trace")]
    assert hands
    assert trace
    assert hands["x"] > trace["x"]
    await context.close()


async def test_the_keyboard_suffices_to_present_a_card(page: Page) -> None:
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Skip to content"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.name") == "card"
    await page.keyboard.press("u")  # chooses the unknown card by its first letter
    await page.keyboard.press("Tab")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"
    await page.keyboard.press("Enter")
    await expect(page.locator(".decision")).to_contain_text("unknown card")


async def test_the_page_asks_nobody_but_its_own_server(browser: Browser, bench: BenchProcess) -> None:
    context = await browser.new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    await opened(context, bench)
    assert [url for url in asked if not url.startswith(bench.address.address)] == []
    await context.close()
