"""Windows of the browser, in contexts that are used again: a new context costs more processor time than most tests.

A window ends with its test, for a page that nobody looks at any more goes on asking for news. Its context is then
without cookies, as a new one is, and keeps one page with a picture, so that the process behind it lives on. Who wants
a device of its own, or storage that nobody else has, makes a context.
Belongs here: lending windows. Does not belong here: who is signed in (centre.py, assembly_site.py and others).
"""

from dataclasses import dataclass, field
from urllib.parse import urljoin

from playwright.async_api import Browser, BrowserContext, Page

GENEROUS_MS = 60_000
_PICTURE = "/static/icon.svg"


@dataclass
class Windows:
    """Windows on one server."""

    _idle: dict[str, list[BrowserContext]] = field(default_factory=dict)
    _lent: list[tuple[str, BrowserContext]] = field(default_factory=list)

    async def open(
        self, browser: Browser, *, cookie: str = "", address: str = "", locale: str = "en-GB", width: int = 1280
    ) -> Page:
        """Open a window that shares nothing with the others that are open; `cookie`: NAME=VALUE, for `address`."""
        idle = self._idle.setdefault(locale, [])
        context = idle.pop() if idle else await browser.new_context(locale=locale)
        self._lent.append((locale, context))
        if cookie:
            name, _, value = cookie.partition("=")
            await context.add_cookies([{"name": name, "value": value, "url": address}])
        page = await context.new_page()
        page.set_default_timeout(GENEROUS_MS)
        await page.set_viewport_size({"width": width, "height": 900})
        return page

    async def close(self) -> None:
        """End all windows, of one test."""
        while self._lent:
            locale, context = self._lent.pop()
            for page in context.pages[1:]:
                await page.close()
            for kept in context.pages:  # none, where a test ended all of its own
                if kept.url.startswith("http") and not kept.url.endswith(_PICTURE):
                    await kept.goto(urljoin(kept.url, _PICTURE))
            await context.clear_cookies()
            self._idle[locale].append(context)

    async def end(self) -> None:
        """End all contexts: of these windows there will be no more."""
        await self.close()
        for contexts in self._idle.values():
            while contexts:
                await contexts.pop().close()
