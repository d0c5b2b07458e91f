"""HTTPS of the page: what stands at which port, and a renewed certificate is taken without a restart."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from contract.ids import ControllerId, SiteId
from controller.console import trusted as serving
from controller.console.main import run
from controller.console.trusted import Trusted
from controller.pki.page import OwnPageCertificate
from tests.browser.truth import Truth

SITE, MAIN = SiteId("here"), ControllerId("main")


def made(state: Path) -> Trusted:
    files = OwnPageCertificate(state, SITE, MAIN, ("localhost",), datetime.now(UTC)).files
    return Trusted("localhost", 0, files.certificate, files.key, files.authority)


@asynccontextmanager
async def served(truth: Truth, host: str, trusted: Trusted) -> AsyncIterator[tuple[int, int]]:
    """A console with HTTPS; its plain port and that of HTTPS."""
    ports: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    secure: list[int] = []
    ended = asyncio.Event()
    running = asyncio.create_task(run(truth.socket, host, 0, ports.set_result, ended, None, trusted, secure.append))
    running.add_done_callback(lambda _: ports.cancel())
    yield await ports, secure[0]
    ended.set()
    await running


def client(trusted: Trusted) -> httpx.AsyncClient:
    """A device that has installed the authority, and trusts nothing else."""
    assert trusted.authority
    context = ssl.create_default_context(cafile=trusted.authority)
    return httpx.AsyncClient(verify=context, trust_env=False, timeout=20)


async def test_on_loopback_both_ports_serve_the_page(truth: Truth, tmp_path: Path) -> None:
    trusted = made(tmp_path)
    async with served(truth, "127.0.0.1", trusted) as (plain, secure), client(trusted) as device:
        assert (await device.get(f"https://localhost:{secure}/sign-in")).status_code == 200
        page = await device.get(f"http://localhost:{plain}/trust")
        assert page.status_code == 200
        authority = await device.get(f"http://localhost:{plain}/trust/authority.crt")
        assert authority.headers["content-type"] == "application/x-x509-ca-cert"
        assert authority.content == trusted.authority_der()
        assert f"https://localhost:{secure}/assembly" in page.text
        refused = await device.get(f"http://127.0.0.1:{plain}/trust", headers={"host": "elsewhere.example.org"})
        assert refused.status_code == 421


async def test_where_others_reach_it_the_plain_port_gives_the_certificate_and_leads_on(
    truth: Truth, tmp_path: Path
) -> None:
    trusted = made(tmp_path)
    async with served(truth, "0.0.0.0", trusted) as (plain, secure), client(trusted) as device:  # noqa: S104
        answer = await device.get(f"http://127.0.0.1:{plain}/sign-in?next=/law")
        assert (answer.status_code, answer.headers["location"]) == (
            308,
            f"https://localhost:{secure}/sign-in?next=/law",
        )
        posted = await device.post(f"http://127.0.0.1:{plain}/sign-in", data={"password": "secret"})
        assert posted.status_code == 403
        authority = await device.get(f"http://127.0.0.1:{plain}/trust/authority.crt")
        assert authority.content == trusted.authority_der()
        assert (await device.get(f"https://localhost:{secure}/sign-in")).status_code == 200


async def test_a_renewed_certificate_is_served_without_a_restart(
    truth: Truth, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "_LOOK_EVERY_S", 0.01)
    trusted = made(tmp_path)

    async def shown(port: int) -> bytes:
        context = ssl.create_default_context(cafile=trusted.authority)
        _, writer = await asyncio.open_connection("localhost", port, ssl=context)
        certificate: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return certificate

    async with served(truth, "127.0.0.1", trusted) as (_, secure):
        before = await shown(secure)
        trusted.certificate.unlink()
        made(tmp_path)
        async with asyncio.timeout(30):
            while True:
                if await shown(secure) != before:
                    break
                await asyncio.sleep(0.02)
