"""A real controller with two people inside and its console, one for all tests of a file: what was marked stays.

Its clock stands still unless a test moves it; whatever is open ends before each test.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, expect

from contract.clock import NS_PER_S, ManualClock
from contract.ids import AccountId
from controller.broker.binary import BrokerKind
from controller.composition.assembly import Assembly
from controller.domain.rights.roles import Role
from tests.browser.served import served_live
from tests.browser.windows import Windows
from tests.integration.controller.conftest import Premises
from tests.integration.controller.crawl import Scene
from tests.integration.controller.filmed_gate import FilmedGate
from tests.integration.controller.officers import account_of, fit_account, signed_in

FOCUSED = """(each => each === document.body ? "" : each.innerText || each.value)(document.activeElement)"""
expect.set_options(timeout=12_000)


@dataclass
class Centre:
    """A controller with two people inside, its console, two commanders, an operator. `gate`: its films."""

    controller: Assembly
    clock: ManualClock
    address: str
    commanders: tuple[AccountId, AccountId]
    operator: AccountId
    authorizing: AccountId
    gate: FilmedGate
    windows: Windows = field(default_factory=Windows)

    async def page(self, browser: Browser, account: AccountId, *, locale: str = "en-GB", width: int = 1100) -> Page:
        cookie = signed_in(self.controller.office, account)["Cookie"]
        return await self.windows.open(browser, cookie=cookie, address=self.address, locale=locale, width=width)

    def end_all(self) -> None:
        """Whatever is open ends."""
        operations = self.controller.centre.operations
        for each in operations.open_now(self.controller.truth.clock.now_ns()):
            operations.close(each.id, each.led_by or self.commanders[0])

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.clock.advance_to(self.clock.now_ns() + int(seconds * NS_PER_S))


class Line:
    """What a browser reaches a console through, to be cut and mended."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self._behind = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind = await asyncio.open_connection("127.0.0.1", self._behind)
        both = {writer, behind}
        self._writers |= both
        await asyncio.gather(_pump(reader, behind), _pump(behind_reader, writer))
        self._writers -= both


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def running_centre(folder: Path) -> AsyncIterator[Centre]:
    premises = Premises(folder, BrokerKind.NATS)
    async with premises.running() as controller:
        scene = Scene(controller, premises)
        await scene.furnish()
        office = controller.office
        async with served_live(controller, folder / "truth") as address:
            yield Centre(
                controller,
                premises.clock,
                address,
                (fit_account(office, Role.COMMANDER), fit_account(office, Role.COMMANDER)),
                fit_account(office, Role.OPERATOR),
                account_of(office, Role.AUTHORIZING_OFFICER),
                scene.gate,
            )


async def check(page: Page) -> None:
    """No violation of WCAG, and nothing wider than the screen."""
    results = await Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not await page.evaluate(wide)


async def press(page: Page, text: str) -> None:
    """Go to something with the keyboard alone, and press it."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if text in str(await page.evaluate(FOCUSED)):
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"the keyboard does not reach {text!r}")
