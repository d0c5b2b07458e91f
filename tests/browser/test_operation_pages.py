"""Pages of operations before a real controller: axe, phone, right to left, keyboard; names go when the right goes."""

import msgspec
import pytest
from playwright.async_api import Browser, expect

from controller.domain.muster.outcome import CurveStep, OfArea, OfGate, OfPoint, Outcome
from controller.domain.operation import OperationKind, Plan, Reason
from controller.domain.rights.roles import Role
from controller.ledger import Fact
from tests.browser.centre import Centre, check, press
from tests.integration.controller.crawl import ABSENT, INSIDE
from tests.integration.controller.officers import account_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
NAMELESS = {"en-GB": "names no longer readable", "ar": "لم تعد أسماؤهم مقروءة"}
TURNS = {
    "en-GB": ["All-clear given: people may go back", "All-clear taken back"],
    "ar": ["أُعلن زوال الخطر: يمكن للناس العودة", "سُحب إعلان زوال الخطر"],
}
THREE_UPDATES = """new Promise(done => {
    let heard = 0
    new EventSource(location.pathname + '/live').onmessage = () => { heard += 1; if (heard === 3) done() }
})"""
"""By then the page has asked for all that it asks for."""


def outcome_of_a_crowd() -> str:
    """What a roll call amounted to, as the ledger has it."""
    found = Outcome(
        206, 195, 11, 1, 2, 71, 4, 1, 2, 1, 3, {50: 167, 90: 372, 100: None},
        [CurveStep(0, 0, 206), CurveStep(167, 103, 103), CurveStep(372, 186, 20), CurveStep(538, 195, 11)],
        [OfArea("Great Hall", 180, 175, 5, 240), OfArea("Library", 26, 20, 6, None)],
        [OfPoint("Lawn", 67, 63, 0), OfPoint("Car park", 57, 0, 3)],
        [OfGate("north", 50, 354), OfGate("south", 21, 120)],
        {"exit": 71, "reader": 124}, 2,
    )  # fmt: skip
    return msgspec.json.encode(found).decode()


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 1100), ("ar", 390)])
async def test_pages_are_accessible_and_fit_a_phone(centre: Centre, browser: Browser, locale: str, width: int) -> None:
    first, second = centre.commanders
    operations = centre.controller.centre.operations
    proposal = operations.propose(OperationKind.SEARCH, None, Reason.MISSING_PERSON, first)
    page = await centre.page(browser, second, locale=locale, width=width)
    await page.goto(f"{centre.address}/operations")
    await check(page)
    operations.join(proposal.id, second)
    await page.goto(f"{centre.address}/operations/{proposal.id}")
    await expect(page.locator(".persons li")).to_have_count(2)
    await expect(page.locator(".counted dd").first).to_have_text("2")
    await page.locator("input[name=name]").fill(ABSENT)
    await page.locator("form[action$='/search'] button").click()
    await expect(page.locator(".match")).to_be_visible()
    await check(page)
    centre.controller.muster.boards.keep()
    for kind in ("all-clear", "all-clear-taken-back"):
        turn: dict[str, Fact] = {"operation": proposal.id, "by": first, "inside": 2, "named": 2, "unnamed": 0}
        centre.controller.ledger.append(kind, centre.clock.now_ns(), **turn)
    operations.close(proposal.id, first)
    figures, counted = outcome_of_a_crowd(), {"expected": 206, "accounted": 195, "missing": 11}
    now_ns = centre.clock.now_ns()
    centre.controller.ledger.append("operation-figures", now_ns, operation=proposal.id, figures=figures, **counted)
    page = await centre.page(browser, centre.authorizing, locale=locale, width=width)
    await page.goto(centre.address + "/operations/reports")
    await check(page)
    await page.goto(f"{centre.address}/operations/{proposal.id}/report")
    await expect(page.locator("#roll-call")).to_be_visible()
    await expect(page.locator("table")).to_have_count(4)
    await expect(page.locator("dt", has_text=NAMELESS[locale]).locator("+ dd")).to_have_text("2")
    await expect(page.locator("#steps + .facts dd")).to_have_text(TURNS[locale])
    await expect(page.locator(".curve polyline")).to_have_count(1)
    await check(page)


@pytest.mark.parametrize("locale", ["en-GB", "ar"])
async def test_the_header_has_oneself_and_the_language_in_one_line_and_the_sections_below(
    centre: Centre, browser: Browser, locale: str
) -> None:
    page = await centre.page(browser, centre.commanders[0], locale=locale)
    await page.goto(f"{centre.address}/operations")
    for width in (1280, 820, 390):
        await page.set_viewport_size({"width": width, "height": 900})
        own, languages, sections = [
            await page.locator(name).bounding_box() for name in (".own", ".languages", ".sections")
        ]
        assert own
        assert languages
        assert sections
        assert abs(own["y"] + own["height"] / 2 - languages["y"] - languages["height"] / 2) < own["height"] / 2
        assert sections["y"] >= max(own["y"] + own["height"], languages["y"] + languages["height"]) - 1


async def test_a_commander_opens_renews_and_ends_with_the_keyboard_alone(centre: Centre, browser: Browser) -> None:
    page = await centre.page(browser, centre.commanders[0])
    await page.goto(f"{centre.address}/operations")
    await press(page, "Emergency")
    await page.wait_for_url("**/operations/emergency")
    await press(page, "atural hazard")
    await press(page, "Shelter: everybody comes in")
    await expect(page.locator(".persons li")).to_have_count(2)
    await expect(page.get_by_role("heading", name="Emergency: shelter")).to_be_visible()
    await expect(page.get_by_role("timer")).to_have_text("1 hr")  # the clock stands still here
    await press(page, "Go on for another hour")
    await expect(page.get_by_text("It goes on for another hour")).to_be_visible()
    await press(page, "End this operation")
    await press(page, "End it now")
    await expect(page.get_by_text("The operation has ended")).to_be_visible()
    assert centre.controller.ledger.last["operation-closed"].facts["by"] == centre.commanders[0]


async def test_names_leave_an_open_page_when_the_right_to_them_ends(centre: Centre, browser: Browser) -> None:
    first, second = centre.commanders
    office, operations = centre.controller.office, centre.controller.centre.operations
    operation = operations.open_emergency(Plan.EVACUATE, Reason.FIRE, first)
    page = await centre.page(browser, second)
    await page.goto(f"{centre.address}/operations/{operation.id}")
    await expect(page.locator(".persons .name")).to_have_text(sorted(INSIDE))
    office.sessions.end(second)
    await expect(page.locator(".persons li")).to_have_count(0)
    await expect(page.locator("[data-live-alert]")).to_contain_text("The session has ended")
    page = await centre.page(browser, first)
    await page.goto(f"{centre.address}/operations/{operation.id}")
    await expect(page.locator(".persons li")).to_have_count(2)
    operations.close(operation.id, first)
    await expect(page.locator(".persons li")).to_have_count(0)
    await expect(page.get_by_role("link", name="Report of this operation")).to_be_visible()
    await expect(page.locator(".zones tbody tr").first).to_be_visible()
    await expect(page.locator(".page button:visible, .page select:visible")).to_have_count(0)


async def test_an_answer_leaves_an_open_page_when_the_right_to_it_ends(centre: Centre, browser: Browser) -> None:
    first, second = centre.commanders
    operations = centre.controller.centre.operations
    operation = operations.join(operations.propose(OperationKind.SEARCH, None, Reason.MISSING_PERSON, first).id, second)
    for end in (lambda: centre.controller.office.sessions.end(first), lambda: operations.close(operation.id, first)):
        page = await centre.page(browser, first)
        await page.goto(f"{centre.address}/operations/{operation.id}")
        await page.locator("input[name=name]").fill(INSIDE[0])
        await page.locator("form[action$='/search'] button").click()
        await expect(page.locator(".persons li")).to_have_count(2)
        await expect(page.locator(".match .name")).to_contain_text(INSIDE[0])
        end()
        await expect(page.locator(".match")).to_have_count(0)


async def test_a_page_that_can_not_lose_names_has_none(centre: Centre, browser: Browser) -> None:
    operation = centre.controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, centre.commanders[0])
    page = await centre.page(browser, centre.commanders[0])
    await page.goto(f"{centre.address}/operations/{operation.id}?plain")
    await expect(page.get_by_role("timer")).to_be_visible()
    await check(page)
    text = await page.content()
    assert not any(name in text for name in INSIDE)


async def test_a_proposal_comes_up_on_an_open_page_and_is_joined_there(centre: Centre, browser: Browser) -> None:
    first, second = centre.commanders
    page = await centre.page(browser, second)
    await page.goto(f"{centre.address}/operations")
    await expect(page.get_by_text("No operation is open")).to_be_visible()
    centre.controller.centre.operations.propose(OperationKind.DRILL, Plan.SHELTER, Reason.PLANNED_DRILL, first)
    await page.get_by_role("button", name="Join and open it").click()
    await expect(page.get_by_role("heading", name="Drill: shelter")).to_be_visible()


@pytest.mark.parametrize("role", [Role.COMMANDER, Role.AUTHORIZING_OFFICER])
async def test_opening_a_page_is_no_attempt_to_see_what_one_may_not(
    centre: Centre, browser: Browser, role: Role
) -> None:
    operation = centre.controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, centre.commanders[0])
    page = await centre.page(browser, account_of(centre.controller.office, role))
    await page.goto(f"{centre.address}/operations/{operation.id}")
    await expect(page.get_by_role("timer")).to_be_visible()
    if role is Role.COMMANDER:
        await expect(page.get_by_text("Only members of the security department see this.")).to_be_visible()
    await page.evaluate(THREE_UPDATES)
    assert "access-refused" not in centre.controller.ledger.counts
    text = await page.content()
    assert not any(name in text for name in INSIDE)


async def test_the_authorizing_office_notes_what_it_has_read(centre: Centre, browser: Browser) -> None:
    centre.controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, centre.commanders[0])
    centre.end_all()
    page = await centre.page(browser, centre.authorizing)
    await page.goto(f"{centre.address}/operations/reports")
    before = len(centre.controller.centre.reports.notices())
    assert before
    await page.get_by_role("button", name="Read (entry").first.click()
    await expect(page.get_by_text("Noted as read.")).to_be_visible()
    assert len(centre.controller.centre.reports.notices()) == before - 1
    text = await page.content()
    assert not any(name in text for name in INSIDE)
