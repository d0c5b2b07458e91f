"""The auditor's pages before a real controller: axe, a phone's width, right to left, keyboard, and no name anywhere."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from contract.ids import AccountId
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role
from tests.browser.served import served_live
from tests.browser.windows import Windows
from tests.integration.controller.conftest import Premises
from tests.integration.controller.officers import as_one

pytestmark = pytest.mark.asyncio(loop_scope="session")
WHO_LOOKED = AccountId("f" * 24)
"""No account: whoever looked had no right to."""


@dataclass
class Audited:
    """A controller with a breach on record, and its console."""

    controller: Assembly
    address: str
    windows: Windows = field(default_factory=Windows)

    async def page(self, browser: Browser, role: Role, *, locale: str = "en-GB", width: int = 1100) -> Page:
        cookie = as_one(self.controller.office, role)["Cookie"]
        return await self.windows.open(browser, cookie=cookie, address=self.address, locale=locale, width=width)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def audited_one(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Audited]:
    folder: Path = tmp_path_factory.mktemp("audited")
    async with Premises(folder, BrokerKind.NATS).running() as controller:
        controller.office.trail.seen(WHO_LOOKED, Deed.SEE_ROLL, None, 5)
        watch = controller.oversight.watch
        for check in watch._checks:
            await watch.look_once(check)
        async with served_live(controller, folder / "truth") as address:
            audited = Audited(controller, address)
            yield audited
            await audited.windows.end()


@pytest_asyncio.fixture(loop_scope="session")
async def audited(audited_one: Audited) -> AsyncIterator[Audited]:
    yield audited_one
    await audited_one.windows.close()


@pytest.mark.parametrize("path", ["/law", "/trail"])
@pytest.mark.parametrize(("locale", "width"), [("en-GB", 1100), ("ar", 390)])
async def test_no_violation_of_wcag_and_nothing_wider_than_a_phone(
    audited: Audited, browser: Browser, path: str, locale: str, width: int
) -> None:
    page = await audited.page(browser, Role.AUDITOR, locale=locale, width=width)
    await page.goto(audited.address + path)
    for summary in await page.locator("summary").all():
        await summary.click()
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert await page.locator("html").get_attribute("dir") == ("rtl" if locale == "ar" else "ltr")


async def test_an_auditor_takes_note_of_a_breach_with_the_keyboard_alone(audited: Audited, browser: Browser) -> None:
    page = await audited.page(browser, Role.AUDITOR)
    await page.goto(audited.address + "/law")
    await expect(page.locator("#rule-L2 + p")).to_have_text("broken")
    button = page.get_by_role("button", name="Take note of entry")
    for _ in range(40):
        await page.keyboard.press("Tab")
        if await button.evaluate("button => button === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_have_text("It is on record that you have taken note.")
    await expect(button).to_have_count(0)
    await page.goto(audited.address + "/trail?entry_class=breach")
    await expect(page.locator(".entry")).to_have_count(1)
    await expect(page.locator(".entry")).to_contain_text("Movement data was seen without authorization or briefing")
    await page.goto(audited.address + "/trail?kind=session-opened")
    who = page.locator(".entry dd a").first
    await expect(who).to_have_attribute("href", re.compile("^/persons/[0-9a-f]{24}$"))
    await expect(who).to_have_text(re.compile("^Officer"))


async def test_an_authorizing_officer_sets_the_investigators_and_sees_no_trail(
    audited: Audited, browser: Browser
) -> None:
    page = await audited.page(browser, Role.AUTHORIZING_OFFICER)
    await page.goto(audited.address + "/law")
    await page.get_by_label("First investigator's public key").fill("ab" * 32)
    await page.get_by_label("Second investigator's public key").fill("AB" * 32)
    await page.get_by_role("button", name="Set both keys").click()
    await expect(page.get_by_role("alert")).to_contain_text("not two different public keys")
    await page.get_by_label("First investigator's public key").fill("09" + "00" * 31)
    await page.get_by_label("Second investigator's public key").fill("ab" * 32)
    await page.get_by_role("button", name="Set both keys").click()
    await expect(page.get_by_role("status")).to_contain_text("Searches are sealed to these two keys")
    answer = await page.goto(audited.address + "/trail")
    assert answer is not None
    assert answer.status == 403
