"""The page that shows how a device comes to trust this one: certificate, fingerprint, QR codes, steps.

Needs no session: a new tablet has none, and a certificate is public. Belongs here: that page and the certificate's
bytes. Does not belong here: serving HTTPS (trusted.py), or enrolling a tablet (tablet_pages.py).
"""

import hashlib
from dataclasses import dataclass
from typing import Final

import segno
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from controller.console.frame import Frame
from controller.console.trusted import AUTHORITY_PATH, AUTHORITY_TYPE, Trusted, origin_of


@dataclass
class Serving:
    """At which ports the page is served now; told once they are known."""

    trusted: Trusted | None = None
    plain_port: int = 0
    secure_port: int = 0

    @property
    def origin(self) -> str | None:
        """What browsers call the page under HTTPS, if it is served so."""
        return None if self.trusted is None else origin_of(self.trusted.name, self.secure_port)


class TrustPages:
    """See the module."""

    def __init__(self, frame: Frame, serving: Serving) -> None:
        self._frame: Final = frame
        self._serving: Final = serving

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/trust", self.page, methods=["GET"]),
            Route(AUTHORITY_PATH, self.authority, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """How to make a device trust this page."""
        trusted, origin = self._serving.trusted, self._serving.origin
        authority = _der_of(trusted)
        where = ""
        if trusted is not None and authority:
            host = f"[{trusted.name}]" if ":" in trusted.name else trusted.name
            where = f"http://{host}:{self._serving.plain_port}{AUTHORITY_PATH}"
        return self._frame.page(
            self._frame.anybody(request),
            "trust.html",
            origin=origin,
            authority_at=where,
            authority_qr=qr(where) if where else "",
            page_qr=qr(f"{origin}/assembly") if origin else "",
            fingerprint=_in_groups(hashlib.sha256(authority).hexdigest().upper()) if authority else [],
        )

    async def authority(self, _: Request) -> Response:
        """The certificate that a device shall trust."""
        authority = _der_of(self._serving.trusted)
        if authority is None:
            return PlainTextResponse("This page has no authority of its own: nothing has to be installed.\n", 404)
        return Response(authority, media_type=AUTHORITY_TYPE)


def qr(text: str) -> Markup:
    """Return a QR code (ISO/IEC 18004) as SVG for a page: dark on light in every colour scheme, sized by its place."""
    made = segno.make_qr(text, error="m")
    return Markup(made.svg_inline(dark="#000", light="#fff", border=4, omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704  made of modules, no text


def _der_of(trusted: Trusted | None) -> bytes | None:
    try:
        return None if trusted is None else trusted.authority_der()
    except (OSError, ValueError):
        return None


def _in_groups(digits: str) -> list[str]:
    return [digits[at : at + 8] for at in range(0, len(digits), 8)]
