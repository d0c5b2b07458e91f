"""When its controller falls silent, a page goes on at the other one by itself; what somebody typed stays."""

import re
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser import pictures
from tests.browser.conftest import Console
from tests.browser.truth import Truth
from tests.browser.windows import GENEROUS_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=GENEROUS_MS)


@pytest_asyncio.fixture(loop_scope="session")
async def other(truth: Truth, console: Console, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Console]:
    """Another controller's console; either knows where the other one is."""
    told = Truth(tmp_path_factory.mktemp("other") / "truth.sock", pictures.normal())
    await told.start()
    made = Console(told)
    await made.start()
    for each, name, origin in ((truth, "first", made.address), (told, "second", console.address)):
        each.show(msgspec.structs.replace(pictures.normal(), controller=name, other_origins=[origin]))
    yield made
    await made.kill()
    await told.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(locale="en-GB")
    yield made
    await made.close()


async def opened(context: BrowserContext, address: str, by: str) -> Page:
    """Open a page that says which controller serves it."""
    page = await context.new_page()
    page.set_default_timeout(GENEROUS_MS)
    while True:
        await page.goto(address)
        if await page.locator(f"[data-served-by={by}]").count():
            return page


async def test_a_page_goes_on_at_the_other_controller_and_stays_there(
    context: BrowserContext, console: Console, other: Console
) -> None:
    live = await opened(context, f"{console.address}/?said=here", "first")
    form = await opened(context, f"{console.address}/sign-in", "first")
    await form.locator("input[name=sign_in_name]").fill("ada")
    await console.kill()
    await live.wait_for_url(f"{other.address}/?said=here")
    await expect(live.locator(".served-by")).to_contain_text("second")

    line = form.locator("[data-switch]")
    await expect(line).to_contain_text("does not answer")
    await expect(line.get_by_role("link")).to_have_attribute("href", f"{other.address}/sign-in")
    assert await form.locator("input[name=sign_in_name]").input_value() == "ada", "nobody types it again"
    assert (await Axe().run(form)).violations_count == 0

    await console.start()
    await expect(line).to_be_hidden()
    await expect(live).to_have_url(re.compile(f"^{other.address}/"))
