"""The gate officer's screen in a browser: keyboard, both languages, a phone's width, axe; and a server that dies."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, Route, expect

from contract.events import DenialReason
from contract.screen import Face
from edge.domain.acting import Admit, CountUnnamed
from edge.screen.wire import Ordered, Sounds, Trouble
from edge.technician import Outcome, SignalState
from tests.browser.windows import GENEROUS_MS
from tests.integration.edge.screen_stage import ADA, ADA_CARD, BOB_CARD, MIRA, PASSWORD, ScreenStage, jpeg

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=GENEROUS_MS)
PHONE = {"width": 390, "height": 844}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScreenStage]:
    async with ScreenStage(tmp_path_factory.mktemp("screen")) as stage:
        stage.faces[ADA_CARD] = Face(ADA.name, ADA.category, jpeg())
        stage.order(MIRA)
        yield stage


async def sign_in(page: Page) -> None:
    """With the keyboard alone."""
    await page.locator("#name").focus()
    await page.keyboard.type("mira")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-stream]")).to_be_visible()


async def check(page: Page, moment: str) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, f"{moment}: {results.generate_report()}"
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{moment}: wider than the screen by {wider} pixels"


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
async def test_every_moment_is_accessible_at_a_phones_width(
    browser: Browser, stage: ScreenStage, language: str, scheme: str
) -> None:
    context = await browser.new_context(viewport=PHONE, color_scheme="dark" if scheme == "dark" else "light")  # type: ignore[arg-type]
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"http://127.0.0.1:{stage.port}/?lang={language}")
    await expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == "ar" else "ltr")
    await check(page, "sign-in")
    await sign_in(page)
    await expect(page.locator(".idle")).to_be_visible()
    await check(page, "nobody")
    stage.present(ADA_CARD)
    await expect(page.locator(".person.good .name")).to_have_text(ADA.name)
    assert await page.locator(".face img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 240
    await check(page, "admitted")
    stage.tell(Trouble("north-door", "forced"))
    stage.present(BOB_CARD, Outcome.DENIED, DenialReason.PASS_BLOCKED)
    await expect(page.locator(".person.severe")).to_be_visible()
    await expect(page.locator(".trouble")).to_be_visible()
    await check(page, "refused, in trouble")
    stage.tell(Trouble("north-door", None))
    await page.locator(".leave button").click()
    await expect(page.locator("#name")).to_be_visible()
    await context.close()
    assert errors == []


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_an_officer_acts_with_the_keyboard_alone_at_a_phones_width(
    browser: Browser, stage: ScreenStage, language: str
) -> None:
    context = await browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{stage.port}/?lang={language}")
    await sign_in(page)
    stage.asked.clear()
    stage.tell(Ordered(exits_free=True, entries_denied=False))
    stage.tell(Sounds("Horn", SignalState.SOUNDS))
    read = stage.present(ADA_CARD, Outcome.DENIED, DenialReason.PASS_EXPIRED)
    await page.locator("#admit-pass-forgotten").focus()
    await page.locator("details summary").click()
    await check(page, "everything an officer can do")
    await page.locator("#admit-pass-forgotten").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator(".acted")).to_be_visible()
    await page.locator("input[name=amount][value='3']").focus()
    await page.keyboard.press("Space")
    await page.locator("[data-what=unnamed][data-point=out]").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("input[name=amount][value='1']")).to_be_checked()
    await expect(page.locator("[data-said]")).not_to_be_empty()
    stage.present(BOB_CARD, is_vehicle=True)
    await expect(page.locator("[data-said]")).to_be_empty()
    await page.locator("#beside-many").fill("100")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("#beside-many")).to_be_focused()
    await page.locator("#beside-many").fill("7")
    await check(page, "who sits in a vehicle")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".acted")).to_contain_text("7")
    await page.locator("#silence").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-said]")).not_to_be_empty()
    acts = [each.act for each in stage.asked]
    assert [type(act).__name__ for act in acts] == ["Admit", "CountUnnamed", "CountOccupants", "Silence"]
    assert isinstance(acts[0], Admit)
    assert isinstance(acts[1], CountUnnamed)
    assert (acts[0].read, acts[1].amount, acts[1].point) == (read, 3, "out")
    assert len({act.act_id for act in acts}) == 4
    stage.tell(Sounds("Horn", SignalState.SILENT))
    stage.tell(Ordered(exits_free=False, entries_denied=False))
    await context.close()


async def test_a_gate_that_does_not_answer_is_asked_again_under_the_same_id(
    browser: Browser, stage: ScreenStage
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{stage.port}/")
    await sign_in(page)
    stage.asked.clear()
    tried: list[str | None] = []

    async def lost(route: Route) -> None:
        tried.append(route.request.post_data)
        await (route.abort() if len(tried) == 1 else route.continue_())

    await page.route("**/act", lost)
    await page.locator("[data-what=unnamed][data-point=in]").click()
    await expect(page.locator("[data-said]")).to_contain_text("Counted: 1 without a card.")
    assert len(tried) == 2
    assert tried[0] == tried[1]
    assert len(stage.asked) == 1
    await context.close()


async def test_a_page_whose_server_dies_shows_nobody_and_says_so(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with ScreenStage(tmp_path_factory.mktemp("screen")) as stage:
        stage.order(MIRA)
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"http://127.0.0.1:{stage.port}/")
        await sign_in(page)
        stage.present(ADA_CARD)
        await expect(page.locator(".name")).to_have_text(ADA.name)
        stage.process.kill()
        await expect(page.locator(".name")).to_have_count(0)
        await expect(page.locator("[data-lost]")).to_contain_text("hears nothing")
        await context.close()
