"""What every page of ours is sent with, and for which names it answers: plain ASGI, for any server.

A server may have siblings: other origins with the same pages, which may ask its API as its own pages do. Belongs here:
headers against framing, sniffing, leaking and foreign code, and the checks against DNS rebinding and requests from
other sites' pages. Does not belong here: who may read what (the API decides that), or who is a sibling.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, Final

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY: Final = b"content-security-policy"
Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Siblings = Callable[[], Collection[str]]
"""The origins of the siblings that a server has now (RFC 6454, 6.1)."""

HEADERS: Final = {
    # No inline code or style, nothing from outside; scripts may ask only the server they came from.
    _POLICY: (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"media-src 'self' blob:; "  # what a player of ours puts together from pieces (MediaSource)
        b"manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",  # with no-referrer, browsers say `Origin: null` of our own forms (Fetch, 3.2)
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


def _no_siblings() -> Collection[str]:
    return ()


class SecureHeaders:
    """Sets HEADERS on every answer, in the place of what the inner app said; pages may ask `siblings` as well."""

    def __init__(self, app: App, siblings: Siblings = _no_siblings) -> None:
        self._app = app
        self._siblings = siblings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in HEADERS]
                message["headers"] = [*kept, *self._headers().items()]
            await send(message)

        await self._app(scope, receive, with_headers)

    def _headers(self) -> dict[bytes, bytes]:
        also = "".join(f" {origin}" for origin in sorted(self._siblings())).encode()
        policy = HEADERS[_POLICY].replace(b"connect-src 'self'", b"connect-src 'self'" + also)
        return {**HEADERS, _POLICY: policy}


class ToSiblings:
    """Lets pages of siblings ask what stands under `/api/`, with the browser's session (Fetch, 3.3: CORS)."""

    def __init__(self, app: App, siblings: Siblings) -> None:
        self._app = app
        self._siblings = siblings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        origin = _origin_of(scope)
        if origin is None or origin not in self._siblings() or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        allowed = [
            (b"access-control-allow-origin", origin.encode()),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        ]
        if scope["method"] == "OPTIONS":
            allowed += [
                (b"access-control-allow-methods", b"GET, POST, PUT, DELETE"),
                (b"access-control-allow-headers", _header(scope, b"access-control-request-headers")),
            ]
            await send({"type": "http.response.start", "status": 204, "headers": allowed})
            await send({"type": "http.response.body", "body": b""})
            return

        async def with_leave(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *allowed]
            await send(message)

        await self._app(scope, receive, with_leave)


class LoopbackOnly:
    """Refuses requests whose Host is not this machine, with 421 (RFC 9110, 15.5.20).

    For servers that listen on loopback: a page from elsewhere whose name was made to point to 127.0.0.1 (DNS rebinding)
    would else read them with the reader's browser. Any port is fine, so a forwarded one works.
    """

    def __init__(self, app: App, name: str | None = None) -> None:
        """`name`: a host name that a proxy on this machine passes on, answered as well."""
        self._app = app
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http" or _is_for_us(scope["headers"], self._name):
            await self._app(scope, receive, send)
            return
        await send(
            {"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain; charset=utf-8")]}
        )
        await send({"type": "http.response.body", "body": b"This server answers only for names of its own machine.\n"})


class SameOriginOnly:
    """Refuses with 403 what changes something and comes from a page of another origin (CSRF).

    Browsers tell it by `Sec-Fetch-Site` or `Origin` (Fetch, 3.2); whatever sends neither is no browser. To be put
    beside cookies that are SameSite=Strict. Pages of `siblings` are as its own.
    """

    def __init__(self, app: App, siblings: Siblings = _no_siblings) -> None:
        self._app = app
        self._siblings = siblings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        is_ours = scope["type"] != "http" or scope["method"] in _SAFE or _is_same_origin(scope["headers"])
        if is_ours or _origin_of(scope) in self._siblings():
            await self._app(scope, receive, send)
            return
        await send(
            {"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain; charset=utf-8")]}
        )
        await send({"type": "http.response.body", "body": b"This came from a page of another site: open ours.\n"})


def _origin_of(scope: Scope) -> str | None:
    """Return from which origin's page a request comes, if it says exactly one."""
    if scope["type"] != "http":
        return None
    origin = _header(scope, b"origin")
    return origin.decode("latin-1") if origin else None


def _header(scope: Scope, wanted: bytes) -> bytes:
    """Return the value of a header that is there once; empty otherwise."""
    values = [value for name, value in scope["headers"] if name.lower() == wanted]
    return bytes(values[0]) if len(values) == 1 else b""


def _is_same_origin(headers: list[tuple[bytes, bytes]]) -> bool:
    told: dict[bytes, set[bytes]] = {}
    for name, value in headers:
        told.setdefault(name.lower(), set()).add(value.lower())
    if not told.get(b"sec-fetch-site", set()) <= {b"same-origin", b"none"}:
        return False
    origins = {origin.partition(b"://")[2] for origin in told.get(b"origin", set())}
    return origins <= told.get(b"host", set())


def is_loopback(host: str) -> bool:
    """Tell whether `host` (a name or an address, IPv6 with or without brackets) means this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_for_us(headers: list[tuple[bytes, bytes]], also: str | None) -> bool:
    hosts = [value for name, value in headers if name.lower() == b"host"]
    if len(hosts) != 1:
        return False
    host = hosts[0].decode("latin-1")
    name, colon, port = host.rpartition(":")
    name = name if colon and port.isdigit() else host
    return is_loopback(name) or (also is not None and name.lower() == also.lower())
