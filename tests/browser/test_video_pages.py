"""Live pictures and recordings in a real browser, before a real controller and a gate that serves real sealed films."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from contract.ids import OperationId
from controller.domain.operation import Plan, Reason
from tests.browser.centre import Centre, check, press
from tests.integration.controller.conftest import at_ns
from tests.integration.controller.filmed_gate import DOOR, STREET
from tests.unit.controller.video.film import film

LIMIT_S = 60.0
pytestmark = pytest.mark.asyncio(loop_scope="session")
FILMED_S = (100, 104, 130)
"""When segments of four seconds begin, seconds after the start: the second follows the first, then there is a gap."""
BRIGHTNESS = """canvas => canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[0]"""
POSITION = """() => {
    const player = document.querySelector("[data-player]")
    const video = document.querySelector("video")
    if (!video || video.readyState < 2 || video.seeking) return 0
    return Number(player.dataset.zero) / 1000 + video.currentTime
}"""
APART = """() => {
    const [one, other] = document.querySelectorAll("video")
    return Math.abs(one.currentTime - other.currentTime)
}"""
SEEK = """(ms) => { const bar = document.querySelector("[data-seek]"); bar.value = ms;
    bar.dispatchEvent(new Event("input", { bubbles: true })) }"""


@pytest.fixture(scope="module")
def filmed(centre_of_a_file: Centre) -> Iterator[None]:
    """The gate was filmed, and is served."""
    centre_of_a_file.later(200)
    for camera in (DOOR, STREET):
        for start_s in FILMED_S:
            centre_of_a_file.gate.record(camera, at_ns(start_s), film(4), 4)
    with centre_of_a_file.gate.served():
        yield


def open_one(centre: Centre) -> OperationId:
    """Open an emergency."""
    return centre.controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, centre.commanders[0]).id


async def look(page: Page, centre: Centre, operation: OperationId, *, beside: bool) -> None:
    """Begin a viewing of the minute in which the film was made, by the form."""
    await page.goto(f"{centre.address}/operations/{operation}/video")
    await page.locator("select[name=camera]").first.select_option("north/door")
    if beside:
        await page.locator("select[name=second]").select_option("north/street")
    await page.locator("input[name=begin]").first.fill("2027-01-15T08:01:30")
    await page.locator("select[name=minutes]").first.select_option("1")
    await page.locator("select[name=reason]").first.select_option("unseen")
    await page.locator("form button.first").first.click()
    await expect(page.locator("video").first).to_be_visible()


async def comes(page: Page, script: str, accepted: Callable[[float], bool]) -> None:
    """Wait until a script answers what is wanted: Playwright's own waiting evaluates text, which our pages forbid."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            if accepted(float(await page.evaluate(script))):
                return
            await asyncio.sleep(0.05)


async def shown(page: Page, second: float, within_s: float = 1.0) -> None:
    """Wait until the first camera's picture of that second after the start is shown, or of one soon after it."""
    begin = at_ns(second) / 10**9
    await comes(page, POSITION, lambda at: begin - 0.05 <= at < begin + within_s)


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 1100), ("ar", 390)])
async def test_live_pictures_are_drawn_and_pages_fit_a_phone(
    centre: Centre, browser: Browser, filmed: None, locale: str, width: int
) -> None:
    page = await centre.page(browser, centre.operator, locale=locale, width=width)
    await page.goto(f"{centre.address}/cameras")
    await comes(page, f"() => ({BRIGHTNESS})(document.querySelector('canvas'))", lambda level: level > 150)
    await check(page)
    operation = open_one(centre)
    await look(page, centre, operation, beside=True)
    await shown(page, FILMED_S[0])
    await check(page)


async def test_two_cameras_play_in_step_and_a_gap_is_said(centre: Centre, browser: Browser, filmed: None) -> None:
    page = await centre.page(browser, centre.commanders[0])
    await look(page, centre, open_one(centre), beside=True)
    await shown(page, FILMED_S[0])  # where the recording begins, not where the span does
    await press(page, "Play")
    await shown(page, FILMED_S[0] + 1.5, 30)
    await comes(page, APART, lambda apart_s: apart_s < 0.3)
    await shown(page, FILMED_S[2], 30)  # over the seam and over the gap, by itself
    await press(page, "Pause")
    for second in (131.0, 102.2, 105.5):
        await page.evaluate(SEEK, at_ns(second) // 10**6)
        await shown(page, second)
    await page.evaluate(SEEK, at_ns(120) // 10**6)
    await expect(page.locator("[data-track-says]").first).to_contain_text("Nothing was recorded at this moment")
    await page.locator("[data-seek]").focus()
    await page.keyboard.press("ArrowRight")
    await shown(page, 130.0)


async def test_spans_that_meet_are_one_bar_and_a_gap_is_seen(centre: Centre, browser: Browser, filmed: None) -> None:
    page = await centre.page(browser, centre.operator)
    await look(page, centre, open_one(centre), beside=False)
    await expect(page.locator("[data-strip] span")).to_have_count(2)  # of three films two follow each other
    drawn = await page.locator("[data-strip]").evaluate("strip => getComputedStyle(strip).backgroundImage")
    severe = await page.evaluate("() => getComputedStyle(document.documentElement).getPropertyValue('--severe')")
    red = ", ".join(str(int(severe.strip()[at : at + 2], 16)) for at in (1, 3, 5))
    assert f"rgb({red})" in drawn


async def test_a_form_that_is_refused_keeps_what_was_entered(centre: Centre, browser: Browser, filmed: None) -> None:
    page = await centre.page(browser, centre.operator)
    await page.goto(f"{centre.address}/operations/{open_one(centre)}/video")
    form = page.locator("form").filter(has=page.locator("select[name=second]"))
    entered = {"camera": "north/street", "second": "north/door", "minutes": "30", "reason": "unseen"}
    for name, value in entered.items():
        await form.locator(f"select[name={name}]").select_option(value)
    await form.locator("input[name=begin]").fill("2037-01-15T08:01:30")
    await press(page, "Show the recording")
    await expect(page.get_by_text("Choose a time that has passed.")).to_be_visible()
    for name, value in entered.items():
        await expect(form.locator(f"select[name={name}]")).to_have_value(value)
    await expect(form.locator("input[name=begin]")).to_have_value("2037-01-15T08:01:30")


async def test_nothing_stays_on_the_page_when_the_operation_ends(
    centre: Centre, browser: Browser, filmed: None
) -> None:
    page = await centre.page(browser, centre.operator)
    operation = open_one(centre)
    await look(page, centre, operation, beside=False)
    await shown(page, FILMED_S[0])
    centre.end_all()
    await expect(page.locator("[data-player-over]")).to_contain_text("nothing of it is left")
    await expect(page.locator("video")).to_have_count(0)
    await page.goto(f"{centre.address}/operations/{operation}/video")
    await expect(page.locator("form[action$='/video']")).to_have_count(0)


async def test_a_gate_that_is_away_is_said_where_its_picture_would_be(
    centre: Centre, browser: Browser, filmed: None
) -> None:
    page = await centre.page(browser, centre.operator)
    operation = open_one(centre)
    address, centre.gate.address = centre.gate.address, "127.0.0.1:9"
    centre.gate.is_heard()
    await look(page, centre, operation, beside=False)
    await expect(page.locator("[data-track-says]")).to_contain_text("The gate does not answer")
    centre.gate.address = address
    centre.gate.is_heard()
    await shown(page, FILMED_S[0])


async def test_a_live_picture_is_wiped_when_its_gate_falls_silent_and_when_nobody_looks(
    centre: Centre, browser: Browser, filmed: None
) -> None:
    page = await centre.page(browser, centre.operator)
    await page.goto(f"{centre.address}/cameras")
    level = f"() => ({BRIGHTNESS})(document.querySelector('canvas'))"
    await comes(page, level, lambda bright: bright > 150)
    hide = """(hidden) => { Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden })
        document.dispatchEvent(new Event("visibilitychange")) }"""
    await page.evaluate(hide, True)
    assert float(await page.evaluate(level)) == 0
    await page.evaluate(hide, False)
    await comes(page, level, lambda bright: bright > 150)
    address, centre.gate.address = centre.gate.address, "127.0.0.1:9"
    centre.gate.is_heard()
    await expect(page.locator("[data-picture-state]").first).to_contain_text("No picture since", timeout=LIMIT_S * 1000)
    assert float(await page.evaluate(level)) == 0
    centre.gate.address = address
    centre.gate.is_heard()
