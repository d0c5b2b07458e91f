"""Pages of reconfirmation, hand-over and copies, before a real controller: axe, phone, Arabic, keyboard, files."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from contract.ids import AccountId, OperationId
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly
from controller.domain.disclosure import DisclosureReason, Form, Recipient
from controller.domain.operation import Plan, Reason
from controller.domain.rights.roles import Role
from controller.domain.standing_order import Addressee, Way
from controller.service.disclosing.copies import Asked
from tests.browser.served import served_live
from tests.browser.windows import Windows
from tests.integration.controller.conftest import DEATH_S, Premises, at_ns
from tests.integration.controller.crawl import INSIDE, Scene
from tests.integration.controller.officers import account_of, fit_account, signed_in
from tests.unit.controller.disclosing.night import certificate, rsa_key

pytestmark = pytest.mark.asyncio(loop_scope="session")
CHIEF = AccountId("c" * 24)


@dataclass
class Night:
    """A controller in a long emergency, with two people about to expire, and its console."""

    controller: Assembly
    address: str
    operation: OperationId
    windows: Windows = field(default_factory=Windows)

    @asynccontextmanager
    async def page(
        self, browser: Browser, role: Role, *, locale: str = "en-GB", width: int = 1100
    ) -> AsyncIterator[Page]:
        office = self.controller.office
        account = account_of(office, role) if role is Role.AUTHORIZING_OFFICER else fit_account(office, role)
        cookie = signed_in(office, account)["Cookie"]
        yield await self.windows.open(browser, cookie=cookie, address=self.address, locale=locale, width=width)
        await self.windows.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def night(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Night]:
    folder: Path = tmp_path_factory.mktemp("night")
    premises = Premises(folder, BrokerKind.NATS)
    async with premises.running() as controller:
        scene = Scene(controller, premises)
        await scene.furnish()
        _, photo = cv2.imencode(".jpg", np.full((320, 240, 3), 150, np.uint8))
        for name in INSIDE:
            assert controller.gate_screens.photos.put(scene.holders[name], photo.tobytes())
        premises.clock.advance_to(at_ns(DEATH_S - 20))
        operation = controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, CHIEF).id
        asked = Asked(Form.PRINT, Recipient.FIRE_SERVICE, DisclosureReason.RESCUE, (), "Engine 3")
        await controller.crisis.copies.give(CHIEF, operation, asked)
        to = Addressee("crisis-team", Recipient.CRISIS_TEAM, Way.FOLDER, "", certificate(rsa_key()))
        controller.crisis.standing_order.put(CHIEF, to)
        async with served_live(controller, folder / "truth") as address:
            night = Night(controller, address, operation)
            yield night
            await night.windows.end()


async def check(page: Page) -> None:
    """No violation of WCAG, and nothing wider than the screen."""
    for summary in await page.locator("summary").all():
        await summary.click()
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await page.evaluate(wide)


async def press(page: Page, text: str) -> None:
    """Go to a button with the keyboard alone, and press it."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if text in str(await page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.innerText")):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {text!r}")


@pytest.mark.parametrize(("locale", "width"), [("en-GB", 1100), ("ar", 390)])
async def test_pages_are_accessible_and_fit_a_phone(night: Night, browser: Browser, locale: str, width: int) -> None:
    async with night.page(browser, Role.COMMANDER, locale=locale, width=width) as page:
        for path in ("/reconfirm", "/hand-over", "/copies", f"/operations/{night.operation}/copies"):
            await page.goto(night.address + path)
            await check(page)
        await page.goto(night.address + "/reconfirm")
        await page.locator("form[action='/reconfirm/card'] button").click()
        await expect(page.locator(".card img")).to_be_visible()
        assert await page.locator(".card img").evaluate("image => image.naturalWidth") == 240
        await check(page)
        await page.locator("form[action$='/not-seen'] button").click()
    async with night.page(browser, Role.AUTHORIZING_OFFICER, locale=locale, width=width) as page:
        await page.goto(night.address + "/hand-over")
        await expect(page.locator("textarea")).to_be_attached()
        await check(page)


async def test_names_about_to_be_lost_stand_on_the_page_of_their_operation(night: Night, browser: Browser) -> None:
    order = night.controller.crisis.standing_order
    async with night.page(browser, Role.COMMANDER, width=390) as page:
        await page.goto(f"{night.address}/operations/{night.operation}")
        told = page.get_by_role("alert").locator(".before-end").first
        await expect(told).to_contain_text("not accounted for")
        await expect(told).not_to_contain_text("will be lost")
        addressee = order.addressee("crisis-team")
        order.remove(CHIEF, "crisis-team")
        try:
            await expect(told).to_contain_text("Names of the missing will be lost")
            assert (await Axe().run(page)).violations_count == 0
        finally:
            order.put(CHIEF, addressee)
        await told.get_by_role("link", name="Hand-over").click()
        await page.wait_for_url("**/hand-over")


async def test_a_person_is_reconfirmed_with_the_keyboard_alone(night: Night, browser: Browser) -> None:
    async with night.page(browser, Role.OPERATOR) as page:
        await page.goto(night.address + "/reconfirm")
        before = night.controller.ledger.counts["reconfirmed"]
        await press(page, "BUTTON Show me one person")
        name = await page.locator(".card h2").inner_text()
        assert name in INSIDE
        await press(page, "BUTTON Yes, I see this person")
        await expect(page.get_by_text("a new cycle has begun")).to_be_visible()
        assert night.controller.ledger.counts["reconfirmed"] == before + 1
        assert name not in await page.content()


async def test_an_open_card_is_gone_when_the_right_to_it_is(night: Night, browser: Browser) -> None:
    async with night.page(browser, Role.OPERATOR) as page:
        await page.goto(night.address + "/reconfirm")
        await page.locator("form[action='/reconfirm/card'] button").click()
        name = await page.locator(".card h2").inner_text()
        assert name in INSIDE
        for account in night.controller.office.sessions.accounts():
            night.controller.office.sessions.end(account)
        await expect(page.get_by_text("This card is no longer yours.")).to_be_visible()
        assert name not in await page.content()


async def test_a_copy_is_given_as_a_download_and_comes_back(night: Night, browser: Browser) -> None:
    async with night.page(browser, Role.COMMANDER) as page:
        await page.goto(f"{night.address}/operations/{night.operation}/copies")
        await page.get_by_label("For whom").select_option("police")
        await page.get_by_label("Why").select_option("rescue")
        async with page.expect_download() as coming:
            await page.get_by_role("button", name="Give this copy").click()
        download = await coming.value
        assert download.suggested_filename.startswith("print-")
        assert (await asyncio.to_thread(Path(await download.path()).read_bytes)).startswith(b"%PDF")
        await page.reload()
        await press(page, "BUTTON It came back")
        await expect(page.get_by_text("; returned.")).to_be_visible()


async def test_a_refusal_is_said_in_words(night: Night, browser: Browser) -> None:
    async with night.page(browser, Role.COMMANDER) as page:
        await page.goto(f"{night.address}/operations/{night.operation}/copies")
        await page.locator("select[name=form]").select_option("file")
        await page.get_by_label("For whom").select_option("police")
        await page.get_by_label("Why").select_option("rescue")
        await page.get_by_role("button", name="Give this copy").click()
        await expect(page.get_by_role("alert").filter(has_text="X.509")).to_be_visible()
