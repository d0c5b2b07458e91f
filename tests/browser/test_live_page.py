"""The live page in a real browser: it lives, it says when it does not, and everybody can use it."""

import asyncio
import re

import msgspec
import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from controller.live import Live
from tests.browser import pictures
from tests.browser.conftest import Console
from tests.browser.truth import Truth
from tests.browser.windows import GENEROUS_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")
replace = msgspec.structs.replace
expect.set_options(timeout=GENEROUS_MS)

MOMENTS = [
    pictures.normal,
    pictures.silent_gate,
    pictures.unknown,
    pictures.alarm_flood,
    pictures.learning,
    pictures.nothing_yet,
    pictures.overdue,
    pictures.hostile,
]
WIDTHS = {"desk": 1440, "tablet": 820, "phone": 390, "reflow": 320}  # WCAG 1.4.10 asks for 320

# What sticks out of the window or of its panel.
TOO_WIDE = """[document.documentElement, ...document.querySelectorAll('.panel')]
    .filter(each => each.scrollWidth > each.clientWidth)
    .map(each => each.className + ' ' + each.scrollWidth + ' > ' + each.clientWidth)"""


async def shown(page: Page, truth: Truth, live: Live) -> None:
    """Show a picture and wait until the page has it."""
    truth.show(live)
    name = re.escape(live.gates[0].name)
    await expect(page.locator(".gates tbody th").first).to_have_text(re.compile(name))
    await expect(page.locator(".counters dd").last).to_have_text(str(live.events_late))


async def test_a_change_arrives_without_a_reload(page: Page, truth: Truth) -> None:
    await page.evaluate("window.sameDocument = true")
    live = pictures.normal()
    truth.show(replace(live, at=pictures.iso(-9), premises=replace(live.premises, best=143, highest=150)))
    await expect(page.locator(".premises .figure")).to_have_text("143")
    await expect(page.locator("[data-live-as-of]")).to_have_text("15:22:14")
    assert await page.evaluate("window.sameDocument")


async def test_what_did_not_change_is_not_touched(page: Page, truth: Truth) -> None:
    """A reader who selects text, or a screen reader inside a table, must not lose its place each second."""
    await expect(page.locator(".areas tbody tr")).to_have_count(4)
    await asyncio.sleep(1)  # the first update brings everything once
    await page.evaluate("document.querySelector('.areas tbody').dataset.mark = 'same'")
    live = pictures.normal()
    truth.show(replace(live, premises=replace(live.premises, best=143)))
    await expect(page.locator(".premises .figure")).to_have_text("143")
    assert await page.locator(".areas tbody").get_attribute("data-mark") == "same"


async def test_when_the_truth_hangs_the_figures_stop_looking_live(page: Page, truth: Truth) -> None:
    warning, figures = page.get_by_role("alert"), page.locator("[data-live-figures]")
    colour = "getComputedStyle(document.querySelector('.premises .figure')).color"
    fresh = await page.evaluate(colour)
    await expect(warning).to_be_empty()
    truth.dumb = True
    await expect(warning).to_have_text(re.compile(r"^No connection to the controller since \d\d:\d\d:\d\d\."))
    await expect(figures).to_have_class(re.compile("stale"))
    assert await page.evaluate(colour) != fresh
    truth.dumb = False
    await expect(warning).to_be_empty()
    await expect(figures).not_to_have_class(re.compile("stale"))


async def test_when_the_console_dies_the_page_says_so_and_comes_back_by_itself(page: Page, console: Console) -> None:
    warning = page.get_by_role("alert")
    await console.kill()
    await expect(warning).to_have_text("No connection since 15:22:05. The figures below are old.")
    await expect(page.locator("[data-live-figures]")).to_have_class(re.compile("stale"))
    await console.start()
    await expect(warning).to_be_empty()


async def test_without_javascript_the_page_reads_whole_and_renews_itself(browser: Browser, console: Console) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    page.set_default_timeout(GENEROUS_MS)
    await page.goto(console.address)
    await expect(page.locator(".premises .figure")).to_have_text("142")  # a first 503 renews itself as well
    await expect(page.locator("ol.keys .dying")).to_have_text(re.compile("dies in"))
    await context.close()


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
async def test_axe_finds_nothing_in_any_moment(
    browser: Browser, console: Console, truth: Truth, language: str, scheme: str
) -> None:
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = await context.new_page()
    page.set_default_timeout(GENEROUS_MS)
    await page.goto(f"{console.address}/?lang={language}")
    for moment in MOMENTS:
        await shown(page, truth, moment())
        results = await Axe().run(page)
        assert results.violations_count == 0, f"{moment.__name__}: {results.generate_report()}"
    truth.dumb = True
    await expect(page.locator("[data-live-figures]")).to_have_class(re.compile("stale"))
    results = await Axe().run(page)
    assert results.violations_count == 0, f"stale: {results.generate_report()}"
    await context.close()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_nothing_needs_scrolling_sideways(
    browser: Browser, console: Console, truth: Truth, language: str
) -> None:
    page = await browser.new_page()
    page.set_default_timeout(GENEROUS_MS)
    await page.goto(f"{console.address}/?lang={language}")
    found = {}
    for moment in MOMENTS:
        await shown(page, truth, moment())
        for name, width in WIDTHS.items():
            await page.set_viewport_size({"width": width, "height": 900})
            if too_wide := await page.evaluate(TOO_WIDE):
                found[moment.__name__, name] = too_wide
    assert found == {}
    await page.close()


async def test_arabic_reads_from_right_to_left_and_stays_chosen(page: Page, console: Console) -> None:
    await page.get_by_role("link", name="العربية").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await expect(page.get_by_role("heading", level=2).first).to_have_text("في المقر")
    await page.set_viewport_size({"width": 1440, "height": 900})
    premises, alarms = [await page.locator(name).bounding_box() for name in (".premises", ".alarms")]
    assert premises
    assert alarms
    assert premises["x"] > alarms["x"]
    await page.goto(console.address)
    await expect(page.locator("html")).to_have_attribute("lang", "ar")


async def test_updates_come_in_the_language_of_the_page(page: Page, truth: Truth) -> None:
    await page.get_by_role("link", name="العربية").click()
    await expect(page.locator("html")).to_have_attribute("dir", "rtl")
    await shown(page, truth, pictures.silent_gate())
    await expect(page.locator(".notices")).to_contain_text("بوابة واحدة صامتة")


async def test_the_keyboard_reaches_all_there_is_to_reach(page: Page, truth: Truth) -> None:
    sections = await page.locator(".sections a").all_text_contents()
    assert sections[0] == "Headcount"
    reached = []
    for _ in range(len(sections) + 6):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.textContent"))
        outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none"
    assert reached == ["Skip to content", "Big screen", "Ada Officer", "Sign out", "English", "العربية", *sections]
    # An update does not take the focus away.
    await shown(page, truth, replace(pictures.normal(), events_late=9))
    assert await page.evaluate("document.activeElement.textContent") == sections[-1]
    for _ in range(len(sections) + 5):
        await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"


async def test_a_screen_reader_is_told_the_headcount_at_most_once_a_minute(
    browser: Browser, console: Console, truth: Truth
) -> None:
    page = await browser.new_page(locale="en-GB")
    page.set_default_timeout(GENEROUS_MS)
    await page.clock.install()
    await page.goto(console.address)
    spoken = page.locator("[data-live-spoken]")
    live = pictures.normal()
    for best in (143, 144):
        truth.show(replace(live, premises=replace(live.premises, best=best)))
        await expect(page.locator(".premises .figure")).to_have_text(str(best))
    await expect(spoken).to_be_empty()
    await page.clock.run_for(61_000)
    await expect(spoken).to_have_text(re.compile("^On the premises: 144, between 138 and 149"))
    # Neither figures nor lists speak by themselves.
    assert await page.locator(".panel [aria-live], .panel [role=status], .panel [role=log]").count() == 0
    await page.close()


async def test_hostile_names_stay_text(page: Page, truth: Truth) -> None:
    await shown(page, truth, pictures.hostile())
    await expect(page.locator(".areas tbody th bdi")).to_have_text(pictures.hostile().site)
    assert await page.title() == "Live headcount · Riverside Campus"
    assert await page.locator("main script, main img").count() == 0
    await page.reload()
    assert "<script>" in await page.title()
    assert await page.locator("img").count() == 0


async def test_the_page_asks_nobody_but_its_own_server(browser: Browser, console: Console) -> None:
    page = await browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_default_timeout(GENEROUS_MS)
    await page.goto(console.address)
    await expect(page.locator(".premises .figure")).to_have_text("142")
    assert asked
    assert [url for url in asked if not url.startswith(console.address)] == []
    await page.close()


async def test_the_policy_forbids_what_is_written_into_the_page(page: Page) -> None:
    await page.evaluate(
        """() => {
            const script = document.createElement('script');
            script.textContent = 'window.bad = 1';
            document.body.append(script);
        }"""
    )
    assert await page.evaluate("window.bad") is None
