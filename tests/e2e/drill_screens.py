"""The browsers of a drill: Debian's Chromium with a profile folder for the control centre and for each tablet.

Belongs here: what commanders and wardens touch. Does not belong here: what has to come of it (test_drill.py).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Locator, Page, Playwright, expect

from sacs.officers.caller import Caller
from tests.browser.conftest import FLAGS
from tests.e2e.drill_people import Someone

GENEROUS_MS: Final = 120_000
PASSPHRASE: Final = "nine made-up words of nobody"
_LONGER_THAN_A_REDRAW_MS: Final = 1500
_LATER: Final = """highest => new Promise(done => {
    indexedDB.open('sacs-assembly').onsuccess = opened => {
        const store = opened.target.result.transaction('keep', 'readwrite').objectStore('keep')
        store.put(highest, 'highest').onsuccess = () => { opened.target.result.close(); done() }
    }
})"""
_HOW_MANY: Final = """name => new Promise(done => {
    indexedDB.open('sacs-assembly').onsuccess = opened => {
        const asked = opened.target.result.transaction(name).objectStore(name).count()
        asked.onsuccess = () => { opened.target.result.close(); done(asked.result) }
    }
})"""


class Screens:
    """All browsers of a site."""

    def __init__(self, playwright: Playwright, chromium: Path, folder: Path) -> None:
        self._playwright = playwright
        self._chromium = chromium
        self.folder: Final = folder
        self.contexts: list[BrowserContext] = []
        expect.set_options(timeout=GENEROUS_MS)

    async def open(self, name: str, address: str) -> Page:
        """A browser of its own at an address."""
        context = await self._playwright.chromium.launch_persistent_context(
            self.folder / name,
            executable_path=self._chromium,
            args=FLAGS,
            locale="en-GB",
            timeout=GENEROUS_MS,
            viewport={"width": 820, "height": 1100},
        )
        context.set_default_timeout(GENEROUS_MS)
        self.contexts.append(context)
        page = context.pages[0]
        await page.goto(address)
        return page

    async def close(self) -> None:
        while self.contexts:
            await self.contexts.pop().close()


class Centre:
    """The commander's page."""

    def __init__(self, page: Page) -> None:
        self.page: Final = page

    async def sign_in(self, officer: Caller, address: str, path: str) -> None:
        await self.page.context.clear_cookies()
        await self.page.goto(f"{address}sign-in?next=/{path}")
        await self.page.fill("input[name=sign_in_name]", officer.sign_in_name)
        await self.page.fill("input[name=password]", officer.password)
        await self.page.locator("form[action='/sign-in'] button").click()
        await self.page.wait_for_url(f"{address}{path}")

    async def set_key(self) -> None:
        """Set the key for sealed rolls, on the page of tablets."""
        for field in ("passphrase", "again"):
            await self.page.fill(f"#roll-key [name={field}]", PASSPHRASE)
        await self.page.click("#roll-key button")
        await self.page.wait_for_url("**/tablets?said=roll-key-set")

    async def propose(self, address: str) -> None:
        """Propose a drill; another commander has to join."""
        await self.page.goto(f"{address}operations")
        drill = self.page.locator(".opening.drill")
        await drill.locator("[name=plan][value=evacuate]").check()
        await drill.locator("[name=reason]").select_option("planned-drill")
        await drill.locator("button").click()
        await expect(self.page.get_by_text("You proposed it")).to_be_visible()

    async def hand(self, address: str, place: str, tablet: str) -> None:
        """Hand a list to a tablet."""
        await self.page.goto(f"{address}tablets")
        await self.page.select_option("[name=place]", place)
        await self.page.select_option("[name=tablet]", tablet)
        await self.page.locator("form[action='/tablets/hand'] button").click()
        await expect(self.page.locator(".said[role=status]")).to_be_visible()

    async def find(self, someone: Someone) -> None:
        """Bring one person of the board under the hand."""
        await self.page.fill("[data-board-search]", someone.name)
        await expect(self.page.locator(".persons li").filter(has=self._named(someone))).to_be_visible()

    async def account(self, who: Iterable[Someone]) -> None:
        """These have answered by phone."""
        for each in who:
            await self.find(each)
            row = self.page.locator(".persons li").filter(has=self._named(each))
            await row.locator("[data-act=account]").click()
            await expect(row).to_have_count(0)
        await self.page.fill("[data-board-search]", "")

    async def stay(self, who: Iterable[Someone]) -> None:
        """These stay inside by order."""
        for each in who:
            await self.find(each)
            await self.page.locator(".persons li").filter(has=self._named(each)).locator("[data-act=more]").click()
            await self.page.locator("[data-stays]").click()
        await self.page.fill("[data-board-search]", "")

    async def sweep(self, area: str) -> None:
        """An area was searched, and nobody is in it."""
        row = self.page.locator("[data-board-areas] tr", has=self.page.get_by_text(area, exact=True))
        await row.get_by_role("button", name="Report swept").click()
        await self.page.locator("[data-dialog-count] .first").click()
        await expect(row.locator("td").last).to_contain_text(":")

    async def figure(self, name: str, value: int) -> None:
        await expect(self.page.locator(f"[data-figure={name}]")).to_have_text(str(value))

    async def act(self, summary: str, button: str) -> None:
        """Touch twice: what it is about, and that it is meant."""
        await self.page.locator("summary", has_text=summary).click()
        await self.page.get_by_role("button", name=button).click()

    def _named(self, someone: Someone) -> Locator:
        return self.page.get_by_text(someone.name, exact=True)


class Tablet:
    """A warden's page."""

    def __init__(self, page: Page) -> None:
        self.page: Final = page

    async def enrol(self, address: str, code: str, name: str) -> None:
        await self.page.goto(f"{address}assembly#code={code}")
        await self.page.locator("#enrol-form button").click()
        await expect(self.page.locator("#tablet")).to_have_text(name)
        await self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")

    async def has_roll(self) -> None:
        await expect(self.page.locator("#roll-age")).to_contain_text("Sealed roll of")

    async def tap(self, who: Iterable[Someone], *, slowly: bool = False) -> None:
        """These are seen. `slowly`: the finger rests on the name for longer than the list waits to be drawn anew."""
        for each in who:
            await self.page.fill("#search", each.name)
            button = self.page.locator("#persons button").filter(has=self.page.get_by_text(each.name, exact=True))
            await button.click(delay=_LONGER_THAN_A_REDRAW_MS if slowly else 0)
            await expect(button).to_have_attribute("aria-pressed", "true")
        await self.page.fill("#search", "")

    async def count_unnamed(self, amount: int) -> None:
        await self.page.fill("#amount", str(amount))
        await self.page.locator("#unnamed-form .first").click()

    async def sweep(self, area: str) -> None:
        await self.page.select_option("#swept-area", area)
        await self.page.locator("#swept-form .first").click()

    async def says(self, text: str) -> None:
        await expect(self.page.locator("#sync")).to_contain_text(text)

    async def is_over(self) -> None:
        """It has said so, and holds neither list nor mark."""
        await expect(self.page.locator("#said")).to_contain_text("The operation is over")
        await expect(self.page.locator("#persons li")).to_have_count(0)
        await self.page.wait_for_function(f"({_HOW_MANY})('acts').then(found => found === 0)")

    async def sleep_until(self, at_s: float) -> None:
        """It is opened again when that moment is past: every key that it had is gone."""
        await self.page.context.set_offline(offline=True)
        await self.page.evaluate(_LATER, at_s * 1000)
        await self.page.reload()
        for name in ("periods", "parts"):
            await self.page.wait_for_function(f"({_HOW_MANY})('{name}').then(found => found === 0)")
