"""Debian's Chromium before a real console process before a small truth, one of each for all tests of a run."""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browser import pictures
from tests.browser.assembly_site import Site, running
from tests.browser.centre import Centre, running_centre
from tests.browser.truth import Truth
from tests.browser.windows import GENEROUS_MS, Windows

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Where Debian's Chromium is; without it these tests fail, as CI's rule wants."""
    found = shutil.which("chromium")
    assert found, "no chromium on the path: make system-packages installs it"
    return Path(found)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: Path) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS, timeout=GENEROUS_MS)
        yield browser
        await browser.close()


class Console:
    """A console process on a port that stays the same when it is started again."""

    def __init__(self, truth: Truth) -> None:
        self.port = 0
        self._truth = truth
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        command = ["-m", "controller.console.main", "--truth-socket", str(self._truth.socket), "--port", str(self.port)]
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(sys.executable, *command, stdin=pipe, stdout=pipe)
        assert self._process.stdout
        self.port = json.loads(await self._process.stdout.readline())["port"]

    async def kill(self) -> None:
        if self._process:
            self._process.kill()
            await self._process.wait()
            self._process = None


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def started(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Truth, Console]]:
    truth = Truth(tmp_path_factory.mktemp("truth") / "truth.sock", pictures.normal())
    await truth.start()
    console = Console(truth)
    await console.start()
    yield truth, console
    await console.kill()
    await truth.stop()


@pytest.fixture
def truth(started: tuple[Truth, Console]) -> Truth:
    """The truth, answering and back to the normal picture."""
    truth, _ = started
    truth.dumb = False
    truth.show(pictures.normal())
    return truth


@pytest.fixture
def console(started: tuple[Truth, Console], truth: Truth) -> Console:
    return started[1]


@pytest.fixture(scope="session")
def windows() -> Windows:
    """Windows on the console of `started`."""
    return Windows()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, console: Console, windows: Windows) -> AsyncIterator[Page]:
    """An open live page in English that has heard the truth. The test fails at an error in a script."""
    page = await windows.open(browser)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(console.address)
    await page.wait_for_function("document.querySelector('[data-live-as-of]').textContent === '15:22:05'")
    await page.reload()  # the test before may have left another picture for a moment
    yield page
    await windows.close()
    assert errors == []


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre_of_a_file(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with running_centre(tmp_path_factory.mktemp("centre")) as centre:
        centre.later(60)  # who is inside came before what opens now
        yield centre
        await centre.windows.end()


@pytest_asyncio.fixture(loop_scope="session")
async def centre(centre_of_a_file: Centre) -> AsyncIterator[Centre]:
    """With nothing open."""
    centre_of_a_file.end_all()
    yield centre_of_a_file
    await centre_of_a_file.windows.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site_of_a_file(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with running(tmp_path_factory.mktemp("assembly")) as site:
        yield site
        await site.windows.end()


@pytest_asyncio.fixture(loop_scope="session")
async def site(site_of_a_file: Site) -> AsyncIterator[Site]:
    """With nothing open, and two people inside."""
    await site_of_a_file.begin_anew()
    yield site_of_a_file
    await site_of_a_file.windows.close()
