"""The control centre's screens before a real controller: alarms, the board, the big screen, people without badges."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, Route, expect

from contract.events import DoorForced, Duress
from contract.ids import AccessPointId, AreaId, OperationId, PortalId
from controller.domain.muster.nameless import Lost
from controller.domain.operation import Plan, Reason
from tests.browser.centre import Centre, Line, check, press
from tests.integration.controller.crawl import INSIDE

pytestmark = pytest.mark.asyncio(loop_scope="session")
ANN, BOB = sorted(INSIDE)


def force(centre: Centre, door: str) -> None:
    centre.controller.truth.alarms.of_event("north", DoorForced(centre.clock.now_ns(), PortalId(door)))


async def board(centre: Centre, browser: Browser, port: int = 0, **how: object) -> tuple[OperationId, Page]:
    """An open emergency, and its page before a commander, with everybody on it."""
    address = f"http://127.0.0.1:{port}" if port else centre.address
    operation = centre.controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, centre.commanders[0])
    page = await centre.page(browser, centre.commanders[0], **how)  # type: ignore[arg-type]
    await page.goto(f"{address}/operations/{operation.id}")
    await expect(page.locator(".persons li")).to_have_count(2)
    return operation.id, page


async def figure(page: Page, name: str, value: int) -> None:
    await expect(page.locator(f"[data-figure={name}]")).to_have_text(str(value))


async def test_an_operator_acknowledges_an_alarm_by_name_where_it_stands(centre: Centre, browser: Browser) -> None:
    page = await centre.page(browser, centre.operator, locale="ar", width=390)
    await page.goto(f"{centre.address}/operations")
    force(centre, "side-door")
    bar = page.locator(".alarm-bar")
    await expect(bar).to_contain_text("side-door")
    await check(page)
    page = await centre.page(browser, centre.operator)
    await page.goto(f"{centre.address}/alarms")
    await check(page)
    await press(page, "Acknowledge")
    await expect(page.get_by_text("Every alarm is acknowledged.")).to_be_visible()
    await expect(page.locator(".acknowledged li").first).to_contain_text("acknowledged by")
    await expect(bar).to_have_count(0)
    entry = centre.controller.ledger.last["alarm-acknowledged"]
    assert (entry.facts["by"], entry.facts["place"]) == (centre.operator, "side-door")


async def test_what_nobody_acknowledges_calls_the_commanders_on_every_page(centre: Centre, browser: Browser) -> None:
    page = await centre.page(browser, centre.commanders[1])
    await page.goto(f"{centre.address}/copies")
    force(centre, "back-door")
    sound = page.locator("[data-alarm-sound]")
    await expect(page.locator("[data-alarms] .alarm-bar")).to_have_count(0)
    centre.later(60)
    centre.controller.truth.cases.tick()
    await expect(page.locator(".alarm-bar.loud")).to_contain_text("back-door")
    await page.locator("h1").click()  # browsers play nothing before somebody has touched the page
    await expect(sound).to_have_attribute("data-alarm-sound", "calling")
    await page.get_by_role("button", name="Mute").click()
    await expect(sound).to_have_attribute("data-alarm-sound", "muted")
    centre.controller.truth.alarms.of_event("south", Duress(centre.clock.now_ns(), AccessPointId("in"), 1))
    centre.later(30)
    centre.controller.truth.cases.tick()
    await expect(sound).to_have_attribute("data-alarm-sound", "calling")
    bar = page.locator(".alarm-bar")
    for what in ("back-door", "Duress"):
        await expect(bar).to_contain_text(what)
        await bar.get_by_role("button", name="Acknowledge").click()
    await expect(bar).to_have_count(0)
    assert centre.controller.ledger.counts["alarm-louder"] >= 2


async def test_an_emergency_is_three_touches_away_from_any_page(centre: Centre, browser: Browser) -> None:
    page = await centre.page(browser, centre.commanders[0], width=390)
    await page.goto(f"{centre.address}/")
    await page.get_by_role("link", name="Emergency").click()
    await check(page)
    await page.locator("summary", has_text=re.compile("armed attack", re.IGNORECASE)).dblclick()
    await expect(page.locator("details[open]")).to_have_count(0)  # a slip opens nothing
    await page.locator("summary", has_text=re.compile("armed attack", re.IGNORECASE)).click()
    await page.get_by_role("button", name="Shelter: everybody comes in").click()
    await expect(page.get_by_role("heading", name="Emergency: shelter")).to_be_visible()


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 1280), ("ar", 390)])
async def test_the_board_is_accessible_and_fits(centre: Centre, browser: Browser, locale: str, width: int) -> None:
    _, page = await board(centre, browser, locale=locale, width=width)
    await check(page)
    await page.locator(".persons [data-act=more]").first.click()
    await expect(page.locator("[data-dialog-person]")).to_be_visible()
    await check(page)


async def test_a_muster_is_worked_through_with_the_keyboard_alone(centre: Centre, browser: Browser) -> None:
    _, page = await board(centre, browser)
    await figure(page, "missing", 2)
    await page.locator("[data-board-search]").focus()
    await page.keyboard.type(ANN[:5].lower())
    await expect(page.locator(".persons li")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.keyboard.press("a")
    await figure(page, "missing", 1)
    await expect(page.locator("[data-board-said]")).to_contain_text(ANN)
    await expect(page.locator(".persons")).to_be_focused()  # its row is gone, and the focus did not go astray
    await press(page, "Take it back")
    await figure(page, "missing", 2)
    await page.locator("[data-board-search]").fill("")
    await page.locator("[data-board-search]").press("Enter")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(".persons li").nth(1)).to_be_focused()
    await page.keyboard.press("o")
    await figure(page, "staying", 1)
    await expect(page.locator(".persons li")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.locator("[data-account] [name=means]").select_option("warden")
    await page.locator("[data-account] [name=place]").select_option("point:lawn")
    await press(page, "Account for")
    await figure(page, "missing", 0)
    await expect(page.locator("[data-board-points] li")).to_contain_text("accounted for: 1")


async def test_marks_are_taken_back_with_a_reason_and_zones_are_reported(centre: Centre, browser: Browser) -> None:
    _, page = await board(centre, browser)
    await page.locator(".persons [data-act=account]").first.click()
    await figure(page, "missing", 1)
    await page.locator("[data-board-state]").select_option("accounted")
    await page.locator(".persons [data-act=more]").click()
    await page.locator("[data-dialog-person] [data-marks] select").select_option("wrong-person")
    await page.get_by_role("button", name="Take back", exact=True).click()
    await expect(page.locator("[data-dialog-person] [data-marks]")).to_contain_text("it was another person")
    await page.locator("[data-dialog-person] [data-close]").click()
    await figure(page, "missing", 2)
    await page.get_by_role("button", name="Report swept").click()
    await page.locator("[name=amount]").fill("3")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-board-areas]")).to_contain_text("swept")
    await page.get_by_role("button", name="+ unnamed").click()
    await page.locator("[name=amount]").fill("4")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-board-points]")).to_contain_text("unnamed: 4")
    await expect(page.locator("[data-board-timeline]")).to_contain_text("A zone was searched")
    await page.get_by_role("link", name="Print a list for the wardens of hall").click()
    await expect(page.locator("[name=area-hall]")).to_be_checked()
    await page.goto(f"{centre.address}/screen?look=dark")
    await expect(page.locator(".figures .first dd")).to_have_text("2")
    await check(page)
    text = await page.content()
    assert not any(name in text for name in INSIDE)


async def test_what_an_officer_chooses_stays_while_updates_arrive(centre: Centre, browser: Browser) -> None:
    _, page = await board(centre, browser)
    await page.locator(".persons [data-act=account]").first.click()
    await figure(page, "missing", 1)
    await page.locator("[data-board-state]").select_option("accounted")
    await page.locator(".persons [data-act=more]").click()
    reason = page.locator("[data-dialog-person] [data-marks] select")
    await reason.select_option("wrong-place")
    await page.locator("[data-account] [name=place]").select_option("point:lawn")
    other = await centre.page(browser, centre.commanders[1])
    await other.goto(page.url)
    await other.locator(".persons [data-act=account]").click()
    await figure(page, "missing", 0)
    await expect(page.locator("[data-board-people] li")).to_have_count(2)
    await expect(reason).to_have_value("wrong-place")
    await expect(page.locator("[data-account] [name=place]")).to_have_value("point:lawn")


async def test_the_board_says_how_many_of_the_missing_have_no_readable_name(centre: Centre, browser: Browser) -> None:
    id_, page = await board(centre, browser)
    line = page.locator("[data-board-nameless]")
    await expect(line).to_be_hidden()
    centre.controller.muster.boards.of(id_).board.lost[Lost(AreaId("hall"), centre.clock.now_ns())] = 3
    await page.locator(".persons [data-act=account]").first.click()
    await figure(page, "missing", 4)
    await expect(line).to_have_text("of them, names no longer readable 3", use_inner_text=True)


async def test_a_board_without_a_connection_is_grey_and_loses_no_mark(centre: Centre, browser: Browser) -> None:
    line = Line(int(centre.address.rpartition(":")[2]))
    await line.mend()
    _, page = await board(centre, browser, port=line.port)
    await line.cut()
    await expect(page.locator("[data-board].stale")).to_be_visible()
    await expect(page.locator("[data-board-lost]")).to_contain_text("No connection since")
    await expect(page.locator("[data-live-figures].stale")).to_have_count(1)
    await expect(page.locator("[data-live-alert]")).to_contain_text("No connection since")
    await expect(page.locator("[data-live-alert]")).to_be_hidden()  # one bar says it
    await page.locator(".persons [data-act=account]").first.click()
    await expect(page.locator("[data-board-waiting]")).to_have_text("Marks on their way: 1")
    await line.mend()
    await figure(page, "missing", 1)
    await expect(page.locator("[data-board-waiting]")).to_be_empty()
    await expect(page.locator("[data-board].stale")).to_have_count(0)
    await line.cut()


async def test_command_is_handed_over_and_the_all_clear_is_given(centre: Centre, browser: Browser) -> None:
    _, page = await board(centre, browser)
    other = await centre.page(browser, centre.commanders[1])
    await other.goto(page.url)
    await page.locator("summary", has_text="Hand over command").click()
    await page.locator("#offer-to").select_option(centre.commanders[1])
    await page.get_by_role("button", name="Offer command").click()
    await expect(page.get_by_text("Command is offered; you lead")).to_be_visible()
    await other.get_by_role("button", name="Take command").click()
    await expect(other.get_by_text("You lead this operation.").first).to_be_visible()
    await expect(page.get_by_text("Leads:")).to_be_visible()
    await expect(page.get_by_text("Command is offered; you lead")).to_have_count(0)
    await other.locator("summary", has_text="Silence the sirens").click()
    await other.get_by_role("button", name="Silence them now").click()
    await expect(page.get_by_text("Sirens are silent")).to_be_visible()
    await other.get_by_role("button", name="Let the sirens sound again").click()
    await expect(page.get_by_text("Sirens are silent")).to_have_count(0)
    await other.locator("summary", has_text="All-clear").click()
    await other.get_by_role("button", name="Give the all-clear").click()
    await expect(page.locator(".said", has_text="people may go back")).to_be_visible()
    await other.get_by_role("button", name="Take the all-clear back").click()
    await expect(page.locator(".said", has_text="people may go back")).to_have_count(0)


async def test_what_changed_before_a_page_listens_takes_its_note_away(centre: Centre, browser: Browser) -> None:
    id_, page = await board(centre, browser)
    changed = asyncio.Event()

    async def held(route: Route) -> None:
        await changed.wait()
        await route.continue_()

    await page.route("**/live?*", held)
    await page.get_by_role("button", name="Go on for another hour").click()
    note = page.get_by_text("It goes on for another hour from now.")
    await expect(note).to_be_visible()
    centre.controller.centre.operations.all_clear(id_, centre.commanders[0])
    changed.set()
    await expect(page.locator(".said", has_text="people may go back")).to_be_visible()
    await expect(note).to_have_count(0)


async def test_people_without_badges_are_counted_in_two_touches(centre: Centre, browser: Browser) -> None:
    centre.later(30)  # the clock stands still, and pages stamp ahead of it
    truth = centre.controller.truth
    before = truth.headcounts()[0].highest
    assert before is not None
    page = await centre.page(browser, centre.operator)
    await page.goto(f"{centre.address}/")
    await page.locator(".amounts label", has_text=re.compile(r"^\s*5\s*$")).click()
    await page.get_by_role("button", name="came in").click()
    await expect(page.get_by_text("Counted: it is in the figures now.")).to_be_visible()
    assert truth.headcounts()[0].highest == before + 5
    page = await centre.page(browser, centre.authorizing)
    await page.goto(f"{centre.address}/")
    await expect(page.locator(".premises h2")).to_be_visible()
    await expect(page.locator(".counting")).to_have_count(0)  # the control centre counts, and nobody else
