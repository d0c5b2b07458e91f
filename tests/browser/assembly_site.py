"""A site for tests of the assembly point: a controller with two people inside, its console, and devices.

Belongs here: what such tests share. Does not belong here: tests.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, expect

from contract.clock import ManualClock
from contract.events import AccessGranted, encode_event
from contract.ids import AccessPointId, AccountId, PassId, new_epoch
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind
from contract.sealing import ContentKey, KeyName
from controller.api.board import Board
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly
from controller.domain.operation import Operation, Plan, Reason
from controller.domain.rights.roles import Role
from controller.service.records.ingest import Delivery
from tests.browser.centre import check
from tests.browser.served import served
from tests.browser.windows import GENEROUS_MS, Windows
from tests.integration.controller.conftest import MAIN, NORTH, NS, SITE, Premises, at_ns
from tests.integration.controller.crawl import INSIDE, Scene
from tests.integration.controller.officers import account_of, fit_account, signed_in

PASSPHRASE = "correct horse battery"


@dataclass
class Site:
    """A controller with two people inside, and its console."""

    controller: Assembly
    address: str
    premises: Premises
    socket: Path
    board: Board
    commander: AccountId
    administrator: AccountId
    windows: Windows = field(default_factory=Windows)

    @property
    def clock(self) -> ManualClock:
        """What the controller takes for the time."""
        return self.premises.clock

    async def page(self, browser: Browser, account: AccountId, *, locale: str = "en-GB", width: int = 820) -> Page:
        """A page of somebody who is signed in."""
        expect.set_options(timeout=GENEROUS_MS)
        cookie = signed_in(self.controller.office, account)["Cookie"]
        return await self.windows.open(browser, cookie=cookie, address=self.address, locale=locale, width=width)

    async def set_key(self, browser: Browser) -> None:
        """Set the commander's key for sealed rolls, on his page."""
        page = await self.page(browser, self.commander)
        await page.goto(f"{self.address}/tablets")
        await check(page)
        await page.fill("#roll-key [name=passphrase]", PASSPHRASE)
        await page.fill("#roll-key [name=again]", PASSPHRASE)
        await page.click("#roll-key button")
        await page.wait_for_url("**/tablets?said=roll-key-set")
        await page.close()

    async def enrol(self, browser: Browser, page: Page, name: str, address: str = "") -> None:
        """Enrol the device of a page, as an administrator and whoever has it in hand do."""
        office = await self.page(browser, self.administrator)
        await office.goto(f"{self.address}/tablets")
        await office.fill("input[name=id]:not([type=hidden])", name)
        await office.locator("form[action='/tablets'] button").click()
        await check(office)
        code = await office.locator(".secret").inner_text()
        await office.reload()  # draws no other code
        await expect(office.locator("#all")).to_be_visible()
        await expect(office.locator(".secret")).to_have_count(0)
        await office.close()
        await page.goto(f"{address or self.address}/assembly#code={code}")
        await page.locator("#enrol-form button").click()
        await expect(page.locator("#tablet")).to_have_text(name)

    def emergency(self) -> Operation:
        """Open one."""
        return self.controller.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, self.commander)

    async def begin_anew(self) -> None:
        """Whatever is open ends, and both are inside: whom an officer saw outside came in again."""
        operations = self.controller.centre.operations
        for each in operations.open_now(self.clock.now_ns()):
            operations.close(each.id, self.commander)
        self.clock.advance_to(self.clock.now_ns() + 60 * NS)  # a device's clock went on meanwhile
        now_ns = self.clock.now_ns()
        period = SITE.retention.period_at(Kind.MOVEMENT, now_ns)
        key = ContentKey.draw(KeyName(NORTH, new_epoch(), period))
        wraps = key.wrap({MAIN: self.controller.truth.vault.public_key(period)}, self.premises.enrolment().signer())
        holders = [self.controller.reference.named(name)[0].id for name in INSIDE]
        events = [AccessGranted(now_ns, AccessPointId("in"), each, PassId("1" * 24), "") for each in holders]
        sealed = [(number, key.seal(number, encode_event(event))) for number, event in enumerate(events, 1)]
        await self.controller.truth.take([Delivery(NORTH, encode(SealedBatch(VERSION, wraps, sealed)))])
        self.clock.advance_to(now_ns + 10 * NS)

    def accounted(self) -> int:
        """How many are accounted for on the board."""
        [board] = self.controller.muster.boards.open_now()
        return board.figures().accounted


async def new_page(context: BrowserContext) -> Page:
    page = await context.new_page()
    page.set_default_timeout(GENEROUS_MS)
    expect.set_options(timeout=GENEROUS_MS)
    return page


async def tablet(browser: Browser, *, locale: str = "en-GB", width: int = 820) -> Page:
    """A page on a device of its own."""
    return await new_page(await browser.new_context(locale=locale, viewport={"width": width, "height": 900}))


async def check_targets(page: Page) -> None:
    """Everything that is touched has 44 px or more."""
    small = await page.eval_on_selector_all(
        "main button, main select, main input",
        "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)",
    )
    assert small == []


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Site]:
    """A site that runs in a folder of its own."""
    premises = Premises(folder, BrokerKind.NATS)
    async with premises.running() as controller:
        await Scene(controller, premises).furnish()
        premises.clock.advance_to(at_ns(30))
        board = Board(controller.live)
        office = controller.office
        commander, administrator = fit_account(office, Role.COMMANDER), account_of(office, Role.ADMINISTRATOR)
        async with served(controller, board, folder / "truth") as address:
            yield Site(controller, address, premises, folder / "truth", board, commander, administrator)
