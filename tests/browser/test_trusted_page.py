"""The page under HTTPS of its own, in real Chromium: trusted, so that it is kept and works without the network."""

import asyncio
import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import async_playwright, expect

from contract.ids import ControllerId, SiteId
from controller.console.main import run
from controller.console.trusted import Trusted
from controller.pki.page import OwnPageCertificate
from tests.browser.conftest import FLAGS
from tests.browser.truth import Truth
from tests.browser.windows import GENEROUS_MS

pytestmark = pytest.mark.asyncio(loop_scope="session")


def pin_of(certificate: Path) -> str:
    """What Chromium is told instead of an installed authority: the path itself is tested with a stricter judge."""
    public = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    digest = hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode()


async def test_a_trusted_page_is_kept_and_opens_without_the_network(
    truth: Truth, chromium: Path, tmp_path: Path
) -> None:
    files = OwnPageCertificate(tmp_path, SiteId("here"), ControllerId("main"), ("localhost",), datetime.now(UTC)).files
    trusted = Trusted("localhost", 0, files.certificate, files.key, files.authority)
    ports: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    secure: list[int] = []
    ended = asyncio.Event()
    console = asyncio.create_task(
        run(truth.socket, "127.0.0.1", 0, ports.set_result, ended, None, trusted, secure.append)
    )
    await ports
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=chromium,
            args=[*FLAGS, f"--ignore-certificate-errors-spki-list={pin_of(files.certificate)}"],
            locale="en-GB",
            timeout=GENEROUS_MS,
        )
        page = await context.new_page()
        page.set_default_timeout(GENEROUS_MS)
        await page.goto(f"https://localhost:{secure[0]}/trust")
        await expect(page.locator(".qr")).to_have_count(2)
        await page.goto(f"https://localhost:{secure[0]}/assembly")
        await expect(page.locator("#enrol")).to_be_visible(timeout=GENEROUS_MS)
        await page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        manifest = await page.evaluate("fetch('/assembly.webmanifest').then(answer => answer.json())")
        assert [icon["sizes"] for icon in manifest["icons"]] == ["192x192", "512x512"]
        ended.set()
        await console
        await page.goto(f"https://localhost:{secure[0]}/assembly?lang=ar")
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        await expect(page.locator("#enrol")).to_be_visible(timeout=GENEROUS_MS)
        await context.close()
