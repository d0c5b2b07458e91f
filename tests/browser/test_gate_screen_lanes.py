"""Lanes of vehicles on the gate officer's screen, in a browser: touches, keyboard, a phone, both languages, axe."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from contract.events import Expected, TurnedAway
from contract.ids import AccessPointId, LaneId
from contract.screen import Face
from edge.domain.acting import CountUnnamed, EnterOccupants, EnterPlate, PassVehicle, TurnAway
from edge.domain.vehicles.shown import Boom, Clearance, LaneShown, Needs, Phase
from edge.screen.wire import Crossed
from tests.browser.windows import GENEROUS_MS
from tests.integration.edge.screen_stage import ADA, ADA_CARD, MIRA, PASSWORD, ScreenStage, jpeg

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=GENEROUS_MS)
PHONE = {"width": 390, "height": 844}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ScreenStage]:
    async with ScreenStage(tmp_path_factory.mktemp("screen")) as stage:
        stage.faces[ADA_CARD] = Face(ADA.name, ADA.category, jpeg())
        stage.order(MIRA)
        yield stage


@asynccontextmanager
async def screen(browser: Browser, stage: ScreenStage, language: str = "en") -> AsyncIterator[Page]:
    """A page whose officer is signed in, before two empty lanes."""
    stage.asked.clear()
    stand(stage, "in", phase=Phase.EMPTY)
    stand(stage, "out", phase=Phase.EMPTY)
    context = await browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(f"http://127.0.0.1:{stage.port}/?lang={language}")
    await page.locator("#name").fill("mira")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".lane")).to_have_count(2)
    yield page
    await context.close()
    assert errors == []


def stand(stage: ScreenStage, way: str, **how: object) -> None:
    """Tell how the lane `way` stands."""
    lane = LaneShown(LaneId(f"lane-{way}"), f"Garage, {way}", AccessPointId(way), way == "out", Phase.STANDS)
    stage.tell(msgspec.structs.replace(lane, **{"boom": Boom.DOWN, "clearance": Clearance.CLEAR} | how))


def usual(stage: ScreenStage, visit: int, **how: object) -> None:
    """A vehicle stands in the lane in, and only its occupants are missing."""
    standard = {
        "visit": visit, "needs": (Needs.OCCUPANTS,), "plate": "W1234X", "confidence_percent": 97,
        "expected": Expected.PERMITTED, "jpeg": jpeg(), "driver": ADA_CARD,
    }  # fmt: skip
    stand(stage, "in", **(standard | how))


async def check(page: Page, moment: str) -> None:
    results = await Axe().run(page)
    assert results.violations_count == 0, f"{moment}: {results.generate_report()}"
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{moment}: wider than the screen by {wider} pixels"


async def test_the_usual_vehicle_is_one_touch_and_then_gone(browser: Browser, stage: ScreenStage) -> None:
    async with screen(browser, stage) as page:
        usual(stage, 1)
        await expect(page.locator(".vehicle .plate")).to_have_text("W1234X")
        await expect(page.locator(".driver .name")).to_have_text(ADA.name)
        for picture in ("img.scene", "img.photo"):
            assert await page.locator(picture).evaluate("image => image.decode().then(() => image.naturalWidth)") == 240
        await page.locator("#lane-in-1-count-2").click()
        await expect(page.locator("#lane-lane-in [data-answer]")).to_have_text("Counted beside the driver: 2.")
        (asked,) = [each.act for each in stage.asked]
        assert isinstance(asked, EnterOccupants)
        assert (asked.lane, asked.visit, asked.amount, asked.trailer) == ("lane-in", 1, 2, False)
        usual(stage, 1, phase=Phase.OPENED, needs=(), occupants=2, beside=2, boom=Boom.UP)
        await expect(page.locator(".lane.good .headline")).to_have_text("May pass")
        stand(stage, "in", phase=Phase.EMPTY)
        await expect(page.locator(".vehicle")).to_have_count(0)
        await expect(page.locator("#lane-lane-in [data-answer]")).to_be_empty()
        assert "W1234X" not in await page.content()
        assert ADA.name not in await page.content()


@pytest.mark.parametrize("language", ["en", "ar"])
async def test_an_unknown_plate_is_typed_and_decided_with_the_keyboard_while_the_other_lane_goes_on(
    browser: Browser, stage: ScreenStage, language: str
) -> None:
    async with screen(browser, stage, language) as page:
        needs = (Needs.OFFICER, Needs.OCCUPANTS)
        unknown = {"needs": needs, "why": TurnedAway.PLATE, "expected": Expected.UNKNOWN, "near": ("W1Z34X",)}
        usual(stage, 2, **unknown)
        stage.tell(Crossed(AccessPointId("in"), 3, 2))
        field = page.locator("#lane-in-2-typed")
        await field.focus()
        await field.fill("w-1z34 y")
        await page.evaluate("() => { const until = Date.now() + 3500; while (Date.now() < until); }")  # a busy machine
        stand(stage, "out", visit=8, came_with=3, beside=1, is_overdue=True, needs=(Needs.PLATE, Needs.DRIVER))
        await expect(page.locator("#lane-out-8-typed")).to_be_visible()
        await expect(page.locator(".now .warned")).to_be_visible()
        await check(page, "a decision, a hint, other occupants")
        await expect(field).to_have_value("w-1z34 y")
        await expect(field).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#lane-lane-in [data-answer]")).not_to_be_empty()
        usual(stage, 2, **unknown | {"needs": needs[:1], "occupants": 0, "beside": 0})
        await page.locator("#lane-in-2-away-plate").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#lane-lane-in [data-answer]")).not_to_be_empty()
        await page.locator("#lane-in-2-pass-vehicle-checked").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#lane-lane-in [data-answer]")).to_contain_text("0")
        plate, away, word = [each.act for each in stage.asked]
        assert isinstance(plate, EnterPlate)
        assert isinstance(away, TurnAway)
        assert isinstance(word, PassVehicle)
        assert (plate.plate, away.because, word.amount, word.visit) == ("w-1z34 y", TurnedAway.PLATE, 0, 2)


async def test_whoever_leaves_with_others_is_asked_how_many_stay(browser: Browser, stage: ScreenStage) -> None:
    async with screen(browser, stage) as page:
        stand(stage, "out", visit=9, came_with=3, needs=(Needs.OCCUPANTS,))
        await page.locator("#lane-out-9-trailer").check()
        await page.locator("#lane-out-9-count-1").click()
        await expect(page.locator("#lane-out-9-differs")).to_contain_text(
            "came in with 3 beside the driver and leaves with 1"
        )
        assert stage.asked == []
        stand(stage, "out", visit=9, came_with=3, needs=(Needs.OCCUPANTS,), boom=Boom.UNKNOWN)
        await expect(page.locator("#lane-lane-out dl")).to_contain_text("Not known whether it is open")
        await check(page, "the question")
        await page.locator("#lane-out-9-remain").fill("3")
        await page.locator("#lane-out-9-leave").click()
        assert stage.asked == [], "more than did not come back"
        await page.locator("#lane-out-9-remain").fill("1")
        await page.keyboard.press("Enter")
        await expect(page.locator("#lane-lane-out [data-answer]")).to_contain_text("Counted: 1 without a card.")
        occupants, gone = [each.act for each in stage.asked]
        assert isinstance(occupants, EnterOccupants)
        assert isinstance(gone, CountUnnamed)
        assert (occupants.amount, occupants.trailer) == (1, True)
        assert (gone.point, gone.amount) == ("out", 1)
        stand(stage, "out", phase=Phase.OPENED, visit=9, came_with=3, occupants=1, beside=1)
        await expect(page.locator(".lane .trouble")).to_contain_text("leaves with 1")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1024, "height": 768}], ids=["phone", "tablet"])
@pytest.mark.parametrize("language", ["en", "ar"])
async def test_the_buttons_of_the_usual_case_are_seen_at_once_and_stay_where_they_are(
    browser: Browser, stage: ScreenStage, language: str, viewport: dict[str, int]
) -> None:
    async with screen(browser, stage, language) as page:
        await page.set_viewport_size(viewport)  # type: ignore[arg-type]
        needs = (Needs.PLATE, Needs.DRIVER, Needs.OCCUPANTS)
        usual(stage, 11, needs=needs, plate="", jpeg=b"", driver="", confidence_percent=0, expected=Expected.UNREAD)
        last = page.locator("#lane-in-11-count-4")
        before = await last.bounding_box()
        assert before is not None
        assert before["y"] + before["height"] <= viewport["height"]
        usual(stage, 11)
        await expect(page.locator(".driver .name")).to_have_text(ADA.name)
        assert await last.bounding_box() == before


async def test_a_plate_is_taken_by_one_touch_and_what_was_said_of_it_goes_with_the_next_thing(
    browser: Browser, stage: ScreenStage
) -> None:
    async with screen(browser, stage) as page:
        doubtful = {"needs": (Needs.OFFICER,), "why": TurnedAway.PLATE, "confidence_percent": 40, "near": ("W1Z34X",)}
        usual(stage, 12, **doubtful)
        for button in ("near-1", "confirm"):
            await page.locator(f"#lane-in-12-{button}").click()
            await expect(page.locator("#lane-lane-in [data-answer]")).to_have_text("The plate was taken.")
        assert [each.act.plate for each in stage.asked if isinstance(each.act, EnterPlate)] == ["W1Z34X", "W1234X"]
        await expect(page.locator("#lane-lane-out [data-answer]")).to_be_empty()
        await page.evaluate("() => { const until = Date.now() + 2000; while (Date.now() < until); }")
        usual(stage, 12, is_typed=True, confidence_percent=100)
        await expect(page.locator("#lane-lane-in .sure")).to_have_text("typed or confirmed")
        await expect(page.locator("#lane-lane-in [data-answer]")).to_be_empty()
