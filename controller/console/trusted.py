"""HTTPS of the page: a server that takes a renewed certificate by itself, and the plain port that leads to it.

Belongs here: sockets, the TLS context, and what stands at the plain port of a page that others reach: the authority's
certificate, which a device needs before it can trust anything, and the way to HTTPS. Does not belong here: making
certificates (controller/pki/page.py), or the page that explains them (trust_pages.py).
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from contract.clock import Clock
from web.secure import App, Receive, Scope, Send

AUTHORITY_PATH: Final = "/trust/authority.crt"
"""Where a device gets the certificate that it shall trust, at both ports."""
AUTHORITY_TYPE: Final = "application/x-x509-ca-cert"
_LOOK_EVERY_S: Final = 5.0
_log = structlog.get_logger()


@dataclass(frozen=True)
class Trusted:
    """How HTTPS is served: under which host name, from which port on, with which files (PEM).

    `authority`: what devices install; None where they trust the site's own certificate already.
    """

    name: str
    port: int
    certificate: Path
    key: Path
    authority: Path | None = None

    def authority_der(self) -> bytes | None:
        """Return the authority's certificate as devices take it (DER), or None. Raises OSError, ValueError."""
        return None if self.authority is None else ssl.PEM_cert_to_DER_cert(self.authority.read_text("ascii"))


class ToTrusted:
    """What others are answered at the plain port: the authority's certificate, and where HTTPS is. Nothing else."""

    def __init__(self, trusted: Trusted, port: int) -> None:
        """`port`: of HTTPS."""
        self._trusted: Final = trusted
        self._origin: Final = origin_of(trusted.name, port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] == "http":
            await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        if request.method not in {"GET", "HEAD"}:  # a form was sent in clear: it must not be sent again unnoticed
            return PlainTextResponse(f"Nothing is taken here in clear: open {self._origin}/\n", 403)
        if request.url.path == AUTHORITY_PATH and (authority := self._trusted.authority_der()) is not None:
            return Response(authority, media_type=AUTHORITY_TYPE)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{self._origin}{request.url.path}{query}", status_code=308)


def origin_of(name: str, port: int) -> str:
    """Return what browsers call the page under HTTPS."""
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}" if port == HTTPS_PORT else f"https://{host}:{port}"


HTTPS_PORT: Final = 443


def secure_server(trusted: Trusted, config: Callable[[], uvicorn.Config]) -> tuple[uvicorn.Server, ssl.SSLContext]:
    """Return the server of a config, with TLS, and its context. Raises OSError (ssl.SSLError) for files that fail."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(trusted.certificate, trusted.key)
    made = config()
    made.ssl_context_factory = lambda *_: context
    return uvicorn.Server(made), context


@contextlib.asynccontextmanager
async def following_files(trusted: Trusted, context: ssl.SSLContext, clock: Clock) -> AsyncIterator[None]:
    """Load certificate and key again whenever the files have changed, for as long as this lasts."""

    async def follow() -> None:
        last = _stamp(trusted)
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            now = _stamp(trusted)
            if now == last or None in now:
                continue
            try:
                context.load_cert_chain(trusted.certificate, trusted.key)
            except OSError:  # half of it is written: key and certificate do not fit one another yet
                _log.warning("the page's new certificate is not taken yet", at_ns=clock.now_ns())
            else:
                last = now

    following = asyncio.create_task(follow(), name="page-certificate")
    try:
        yield
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def _stamp(trusted: Trusted) -> tuple[int | None, ...]:
    stamps: list[int | None] = []
    for path in (trusted.certificate, trusted.key):
        try:
            stamps.append(path.stat().st_mtime_ns)
        except OSError:
            stamps.append(None)
    return tuple(stamps)


def plain_app(app: App, trusted: Trusted | None, port: int | None, *, loopback: bool) -> App:
    """Return what the plain port serves: the page itself on loopback or without HTTPS, else the way to HTTPS."""
    if trusted is None or port is None or loopback:
        return app
    return ToTrusted(trusted, port)
