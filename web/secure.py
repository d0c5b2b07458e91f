"""What every page of ours is sent with, and for which names it answers: plain ASGI, for any server.

Belongs here: headers against framing, sniffing, leaking and foreign code, and the check against DNS rebinding. Does not
belong here: who may read what (the API decides that).
"""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS: Final = {
    # No inline code or style, nothing from outside; scripts may ask only the server they came from.
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


class SecureHeaders:
    """Sets HEADERS on every answer, in the place of what the inner app said."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in HEADERS]
                message["headers"] = [*kept, *HEADERS.items()]
            await send(message)

        await self._app(scope, receive, with_headers)


class LoopbackOnly:
    """Refuses requests whose Host is not this machine, with 421 (RFC 9110, 15.5.20).

    For servers that listen on loopback: a page from elsewhere whose name was made to point to 127.0.0.1 (DNS rebinding)
    would else read them with the reader's browser. Any port is fine, so a forwarded one works.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection (ASGI)."""
        if scope["type"] != "http" or _is_loopback(scope["headers"]):
            await self._app(scope, receive, send)
            return
        await send(
            {"type": "http.response.start", "status": 421, "headers": [(b"content-type", b"text/plain; charset=utf-8")]}
        )
        await send({"type": "http.response.body", "body": b"This server answers only for names of its own machine.\n"})


def is_loopback(host: str) -> bool:
    """Tell whether `host` (a name or an address, IPv6 with or without brackets) means this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_loopback(headers: list[tuple[bytes, bytes]]) -> bool:
    hosts = [value for name, value in headers if name.lower() == b"host"]
    if len(hosts) != 1:
        return False
    host = hosts[0].decode("latin-1")
    name, colon, port = host.rpartition(":")
    return is_loopback(name if colon and port.isdigit() else host)
