"""Signing in, own account and persons in a browser, before real accounts: by keyboard, with a passkey, on a phone."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
import uvicorn
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from fastapi import FastAPI
from playwright.async_api import Browser, Page, expect

from contract.site import parse_site
from controller.api.access import Access
from controller.api.board import Board
from controller.api.live import console_router
from controller.api.reference import reference_router
from controller.api.vehicles import answer_refused_vehicles, vehicles_router
from controller.console.main import run
from controller.domain.operation import Plan, Reason
from controller.domain.rights.roles import Role
from controller.files import short_path
from controller.guest_server import GuestServer
from controller.service.site.reference import Reference, ReferenceKey
from controller.service.site.vehicles import Vehicles
from tests.browser import pictures
from tests.browser.test_live_page import TOO_WIDE
from tests.browser.windows import GENEROUS_MS
from tests.conftest import EFFORT, Effort
from tests.unit.controller.office.api import office_api
from tests.unit.controller.office.premises import PASSWORD, Premises

pytestmark = pytest.mark.asyncio(loop_scope="session")


DRIVE = """
area = [{id = "yard"}]
access_point = [{id = "in", from = "outside", to = "yard"}]
"""


@dataclass
class Desk:
    """A console before an office. `address` is by name: browsers give passkeys to names alone."""

    premises: Premises
    address: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    premises = Premises(folder)
    app = office_api(premises.office)
    include_vehicles(app, premises)
    app.include_router(console_router(Board(pictures.normal)))
    with short_path(folder / "truth") as socket:
        server = GuestServer(uvicorn.Config(app, uds=socket, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        ended = asyncio.Event()
        console = asyncio.create_task(run(folder / "truth", "127.0.0.1", 0, port.set_result, ended))
        yield Desk(premises, f"http://localhost:{await port}")
        ended.set()
        await console
        server.should_exit = server.force_exit = True
        await serving
    premises.engine.dispose()


def include_vehicles(app: FastAPI, premises: Premises) -> None:
    """Offer the reference data of a site with one way in."""
    office, key = premises.office, ReferenceKey(bytes(32))
    reference, access = Reference(premises.engine, key), Access(office.sessions, office.officers, office.trail)
    reference.load_site(parse_site(DRIVE))
    app.include_router(reference_router(reference, access))
    app.include_router(vehicles_router(Vehicles(premises.engine, key, reference), access))
    answer_refused_vehicles(app)


async def opened(browser: Browser, width: int = 1280) -> Page:
    context = await browser.new_context(locale="en-GB", viewport={"width": width, "height": 900})
    page = await context.new_page()
    page.set_default_timeout(GENEROUS_MS)
    return page


OUT_OF_SIGHT = """[...document.querySelectorAll('th, td')].filter(cell => {
  const box = cell.getBoundingClientRect();
  return box.left < 0 || box.right > innerWidth;
}).map(cell => cell.innerText)"""
"""Cells of tables that one has to move sideways to read."""


async def fill(page: Page, **fields: str) -> None:
    for name, text in fields.items():
        await page.fill(f"input[name={name}]", text)


async def check(page: Page, path: str) -> None:
    """Look at a page as everybody does: by axe, on a desk and a phone, from right to left; in full, in English too."""
    for language in ("en", "ar") if EFFORT is Effort.FULL else ("ar",):
        await page.goto(f"{path}?lang={language}")
        assert await page.get_attribute("html", "dir") == {"en": "ltr", "ar": "rtl"}[language]
        for width in (1280, 390):
            await page.set_viewport_size({"width": width, "height": 900})
            assert await page.evaluate(TOO_WIDE) == [], f"{path} {language} {width}"
        found = (await Axe().run(page)).response["violations"]
        assert found == [], f"{path} {language}: {[each['id'] for each in found]}"
    await page.goto(f"{path}?lang=en")


@pytest.mark.timeout(180)
async def test_a_new_site_gets_its_officers_and_they_each_other(browser: Browser, desk: Desk) -> None:
    office, base = desk.premises.office, desk.address
    codes = office.sign_in.first_codes()
    admin, authorizing, new = [await opened(browser) for _ in range(3)]
    await check(admin, f"{base}/sign-in")
    for page, role, name in (
        (admin, Role.ADMINISTRATOR, "Ada"),
        (authorizing, Role.AUTHORIZING_OFFICER, "Bela"),
    ):
        await page.goto(f"{base}/first-officer?role={role}")
        await fill(page, code=codes[role], name=name, staff_number=name, sign_in_name=name, password=PASSWORD)
        await page.click("button.first")
        await expect(page.locator("h1")).to_have_text("Own account")
    await admin.goto(f"{base}/persons")
    await fill(admin, name="Carla Lead", staff_number="3", sign_in_name="carla")
    await admin.click("button.first")
    code = await admin.inner_text(".code")
    assert code not in admin.url
    person = base + str(await admin.get_by_role("link", name="Go on").get_attribute("href"))
    await admin.reload()  # draws no other code
    await expect(admin.locator(".code")).to_have_count(0)
    await admin.goto(person)
    await admin.select_option("select[name=role]", "commander")
    await admin.get_by_role("button", name="Give this role").click()
    await expect(admin.get_by_role("status")).to_have_text("Done.")

    await check(new, f"{base}/sign-in/code")
    await fill(new, code=code, password=PASSWORD)
    await new.click("button.first")
    await expect(new.locator("h1")).to_have_text("Own account")
    await new.get_by_role("link", name="to be read").click()
    await check(new, f"{base}/account/briefing")
    await new.get_by_role("button", name="I have read").click()
    await expect(new.get_by_role("status")).to_have_text("You have acknowledged the briefing.")

    await authorizing.goto(person)
    await authorizing.get_by_role("button", name="Is a member").click()
    await fill(authorizing, instrument="for Carla")
    await authorizing.get_by_role("button", name="Record the authorization").click()
    await expect(authorizing.get_by_role("alert")).to_have_text(re.compile("symbol of the signed act"))
    await fill(authorizing, instrument="DSS/2026/7")
    await authorizing.get_by_role("button", name="Record the authorization").click()
    await expect(authorizing.locator(".facts")).to_contain_text("DSS/2026/7")
    await check(authorizing, person)
    await authorizing.get_by_role("button", name="Withdraw").click()
    await expect(authorizing.get_by_role("alert")).to_have_text(re.compile("last commander"))

    await admin.goto(person)
    await admin.get_by_role("button", name="Give a code").click()
    await expect(admin.get_by_role("status")).to_have_text(re.compile("second officer has to join"))
    await authorizing.goto(f"{base}/persons")
    await expect(authorizing.locator("[aria-labelledby=waiting]")).to_contain_text("asked for by Ada")
    await check(authorizing, f"{base}/persons")  # with its list of what waits
    assert await authorizing.locator("td").count() >= 3
    assert await authorizing.evaluate(OUT_OF_SIGHT) == [], "who may see names stands out of sight on a phone"
    for page in (admin, authorizing, new):
        await page.context.close()


async def test_with_a_passkey_nothing_is_typed_and_without_one_the_keyboard_suffices(
    browser: Browser, desk: Desk
) -> None:
    _, name = await desk.premises.with_password(Role.OPERATOR)
    page = await opened(browser)
    await page.goto(f"{desk.address}/persons")
    assert page.url == f"{desk.address}/sign-in?next=/persons"
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.locator("input[name=sign_in_name]").focus()
    await page.keyboard.type(name)
    await page.keyboard.press("Tab")
    await page.keyboard.type("wrong words entirely")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").first).to_have_text(re.compile("This is not right"))
    await fill(page, sign_in_name=name, password=PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk.address}/")
    await page.goto(f"{desk.address}/account")

    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    await fill(page, label="My tablet")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Remove the passkey My tablet")).to_be_visible()
    await check(page, f"{desk.address}/account")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("status")).to_have_text("You have signed out.")
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url(f"{desk.address}/")

    unverified = {"authenticatorId": made["authenticatorId"], "isUserVerified": False}
    await devtools.send("WebAuthn.setUserVerified", unverified)
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_role("alert").first).to_have_text(re.compile("The passkey was refused"))
    await page.context.close()


async def test_an_address_of_numbers_offers_the_name_at_which_passkeys_work(browser: Browser, desk: Desk) -> None:
    page = await opened(browser)
    await page.goto(desk.address.replace("localhost", "127.0.0.1") + "/sign-in")
    await expect(page.locator("[data-passkey-link]")).to_have_attribute("href", f"{desk.address}/sign-in")
    await expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
    await page.context.close()


async def test_two_members_break_the_glass(browser: Browser, desk: Desk) -> None:
    premises = desk.premises
    authorizing = premises.account(Role.AUTHORIZING_OFFICER)
    pages = []
    for _ in range(2):
        account, name = await premises.with_password(Role.OPERATOR)
        premises.office.officers.set_member(account, authorizing, member=True)
        page = await opened(browser, 390)
        await page.goto(f"{desk.address}/sign-in")
        await fill(page, sign_in_name=name, password=PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"{desk.address}/")
        await page.goto(f"{desk.address}/account")
        await page.get_by_role("link", name="Break-glass").click()
        pages.append(page)
    await check(pages[0], f"{desk.address}/break-glass")
    operation = premises.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, account)
    for page, said in zip(pages, ("second officer has to join", "You have access"), strict=True):
        await page.get_by_role("button", name="I accept").click()
        await expect(page.get_by_role("status")).to_have_text(re.compile(said))
    premises.centre.operations.close(operation.id, account)
    for page in pages:
        await page.context.close()


async def test_a_pass_officer_enters_a_delivery_and_blocks_a_vehicle(browser: Browser, desk: Desk) -> None:
    _, name = await desk.premises.with_password(Role.PASS_OFFICER)
    page = await opened(browser)
    await page.goto(f"{desk.address}/sign-in?next=/vehicles")
    await fill(page, sign_in_name=name, password=PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{desk.address}/vehicles")
    await fill(page, plate="KVZ 7719-Q")
    await page.get_by_role("button", name="Enter it").click()
    await expect(page.get_by_role("status")).to_have_text("Entered. Gates know it within seconds.")
    await page.select_option("select[name=what]", "delivery")
    await fill(page, plate="LOAD 1")
    await page.get_by_role("button", name="Enter it").click()
    await expect(page.get_by_role("alert")).to_have_text("A delivery is expected until some time: enter the end.")
    await page.select_option("select[name=what]", "delivery")
    await fill(page, **{"plate": "LOAD 1", "from": "2030-03-02T08:00", "until": "2030-03-02T10:30"})
    await page.get_by_role("button", name="Enter it").click()
    await expect(page.locator("section[aria-labelledby=deliveries] tbody")).to_contain_text("LOAD1")
    await page.get_by_role("button", name="Block KVZ7719Q").click()
    await expect(page.locator("section[aria-labelledby=vehicles] tbody")).to_contain_text("blocked")
    await check(page, f"{desk.address}/vehicles")
    await page.get_by_role("button", name="Remove LOAD1").click()
    await expect(page.locator("section[aria-labelledby=deliveries]")).to_contain_text("No delivery is expected.")
    await page.context.close()
