"""Who may use the bench: whoever has its token, which is drawn anew at each start. Plain ASGI.

A command sends the token as `Authorization: Bearer`. A browser opens `/?token=...` once, and has it in a cookie from
then on; what a page of another origin asks with that cookie is refused.

Belongs here: that check. Does not belong here: routes (app.py).
"""

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qs

from web.secure import App, Receive, Scope, Send

_COOKIE: Final = "bench"
_OPEN: Final = "/static/"
"""Style and scripts are no secret."""


class TokenOnly:
    """Lets requests through that know the token; the others get 401, or 403 where they come from elsewhere."""

    def __init__(self, app: App, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http" or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if self._is_right(headers.get(b"authorization", b"").removeprefix(b"Bearer ")):
            await self._app(scope, receive, send)
        elif scope["path"] == "/" and self._is_right(given.encode()):
            cookie = f"{_COOKIE}={given}; Path=/; HttpOnly; SameSite=Strict".encode()
            await _answer(send, 303, b"", [(b"location", b"/"), (b"set-cookie", cookie)])
        elif not self._is_right(_cookie(headers.get(b"cookie", b""))):
            await _answer(send, 401, b"Open the address that `sacs bench` printed: it holds the token of this run.\n")
        elif headers.get(b"sec-fetch-site", b"same-origin") not in {b"same-origin", b"none"}:
            await _answer(send, 403, b"This asks from another page than the bench's own.\n")
        else:
            await self._app(scope, receive, send)

    def _is_right(self, token: bytes) -> bool:
        return secrets.compare_digest(token, self._token)


def _cookie(header: bytes) -> bytes:
    cookie: SimpleCookie = SimpleCookie()
    try:
        cookie.load(header.decode("latin-1"))
    except CookieError:
        return b""
    return cookie[_COOKIE].value.encode() if _COOKIE in cookie else b""


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    kind = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*kind, *(headers or [])]})
    await send({"type": "http.response.body", "body": body})
