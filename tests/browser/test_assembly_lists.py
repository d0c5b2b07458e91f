"""What a tablet at the assembly point tells and offers: lists that come and change, and a commander's key."""

import re

import msgspec
import pytest
from playwright.async_api import Browser, expect

from contract.ids import AreaId
from contract.site import Area
from controller.service.muster.marking import Act, What
from tests.browser.assembly_site import Site, tablet
from tests.browser.centre import check
from tests.integration.controller.conftest import until

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_tablet_tells_what_is_open_offers_all_its_places_and_takes_a_take_back(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = site.controller.tablets
    two = msgspec.structs.replace(office.site, area=(*office.site.area, Area(AreaId("yard"))))
    monkeypatch.setitem(vars(office), "site", two)
    monkeypatch.setattr(office.handed, "_areas", [each.id for each in two.area])
    page = await tablet(browser, width=390)
    await site.enrol(browser, page, "warden-3")
    await expect(page.locator("#open-title")).to_contain_text("For when no controller answers")
    operation, controller = site.emergency(), site.controller
    hand = controller.tablets.handed.hand
    first = await hand(site.commander, operation.id, "warden-3", "hall")
    await expect(page.locator("#what")).to_have_text("Emergency: evacuate")
    await expect(page.locator("#plan")).to_have_text("Evacuate: everybody leaves")
    await expect(page.locator("#copies")).to_have_text(f"Number of the copy: {first.number}")
    assert await page.locator("#swept-area option").all_inner_texts() == ["hall"]
    await page.select_option("#here", "area/hall")
    second = await hand(site.commander, operation.id, "warden-3", "yard")
    await expect(page.locator("#copies")).to_have_text(f"Number of the copy: {first.number}, {second.number}")
    for select in ("#whose", "#here", "#swept-area"):
        await expect(page.locator(f"{select} option").filter(has_text="yard")).to_have_count(1)
    await expect(page.locator("#here")).to_have_value("area/hall")  # what was chosen stays
    await page.select_option("#here", "point/lawn")

    names = await page.locator("#persons bdi").all_inner_texts()
    await page.locator("#persons button").first.click()
    await expect(page.locator("#persons button").first).to_have_attribute("aria-pressed", "true")
    await until(lambda: site.accounted() == 1, "the mark is on the board")
    assert await page.locator("#persons bdi").all_inner_texts() == names, "nobody moved"
    await page.locator("#sort").click()
    await expect(page.locator("#persons bdi")).to_have_text(names[::-1])

    [board] = controller.muster.boards.open_now()
    [mark] = [each.statements[-1] for each in board.board.lines.values() if each.how]
    now_ns = site.clock.now_ns()
    back = Act(act_id="b" * 24, at_ns=now_ns, what=What.WITHDRAWN, mark=mark.act_id, because="wrong-person")
    await controller.muster.marking.take(operation.id, site.commander, [back])
    await expect(page.locator("#persons button[aria-pressed=false]")).to_have_count(2)
    await expect(page.locator("#marks li")).to_have_count(0)
    await page.context.close()


async def test_who_has_a_key_is_proposed_no_other_passphrase(site: Site, browser: Browser) -> None:
    await site.set_key(browser)
    page = await site.page(browser, site.commander)
    await page.goto(f"{site.address}/tablets")
    drawn = page.locator("#roll-key [data-drawn]")
    await expect(drawn).to_have_text("")
    await page.locator("#change-key summary").click()
    await expect(drawn).to_have_text(re.compile("....-....-....-...."))
    await check(page)
