"""Hands `/api` on to the truth's socket and its answer back, streams included: plain ASGI.

Belongs here: moving bytes, and telling the browser's address. Does not belong here: judging them; the truth knows who
may what. Headers that are for one hop only (RFC 9110, 7.6.1) stay on their hop.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final

import httpx
import structlog

from controller.api.peer import PEER
from controller.console.feed import ORIGIN
from web.secure import Message, Receive, Scope, Send

_HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# The server in front of us writes these by itself, or we do.
_OURS: Final = frozenset({b"host", b"date", b"server", PEER.encode()})
_PASSED: Final = b"/api/"
_log = structlog.get_logger()

Headers = list[tuple[bytes, bytes]]


class PassThrough:
    """An ASGI app that answers as the truth does, 502 where the truth does not answer at all."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client: Final = client

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request (ASGI)."""
        sent = asyncio.Event()
        relay = asyncio.create_task(self._relay(scope, _body(receive, sent), send), name="pass-through")

        async def watch() -> None:
            # Only after the body, which ends with the message that `receive` gave last, can it tell of a hang-up.
            await sent.wait()
            while (await receive())["type"] != "http.disconnect":
                pass
            relay.cancel()

        watcher = asyncio.create_task(watch(), name="pass-through hang-up")
        try:
            await asyncio.wait({relay})
        finally:
            relay.cancel()
            watcher.cancel()
            await asyncio.gather(relay, watcher, return_exceptions=True)
        if not relay.cancelled() and (error := relay.exception()):
            raise error

    async def _relay(self, scope: Scope, body: AsyncIterator[bytes], send: Send) -> None:
        path = scope.get("raw_path") or scope["path"].encode()
        query = b"?" + scope["query_string"] if scope["query_string"] else b""
        url = httpx.URL(ORIGIN).copy_with(raw_path=path + query)
        if not url.raw_path.startswith(_PASSED):  # it resolves dot segments, and would leave /api by them
            await _refuse(send, 404, b'{"detail":"Not Found"}')
            return
        lengths = {name for name, _ in scope["headers"]} & {b"content-length", b"transfer-encoding"}
        # Not made by the client: that would add headers of its own, such as encodings nobody asked for.
        request = httpx.Request(
            scope["method"],
            url,
            headers=[*forwarded(scope["headers"]), peer_header(scope)],
            content=body if lengths else None,
        )
        if not lengths:
            # Nobody reads a body that was not announced, and the watch may begin at once.
            async for _ in body:
                pass
        try:
            answer = await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            _log.warning("api not reached", error=type(error).__name__)
            await _refuse(send, 502, b'{"detail":"The truth process does not answer."}')
            return
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status_code,
                    "headers": forwarded(answer.headers.raw),
                }
            )
            async for chunk in answer.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()


def forwarded(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return those of `headers` that go on: neither for one hop only, nor named by Connection, nor written anew."""
    lowered = [(name.lower(), value) for name, value in headers]
    named = {option.strip().lower() for name, value in lowered if name == b"connection" for option in value.split(b",")}
    return [(name, value) for name, value in lowered if name not in _HOP_BY_HOP | _OURS | named]


def peer_header(scope: Scope) -> tuple[bytes, bytes]:
    """Return the header that tells the truth from which address a request came."""
    client = scope.get("client")
    return PEER.encode(), (client[0] if client else "").encode("latin-1", "replace")


async def _body(receive: Receive, sent: asyncio.Event) -> AsyncIterator[bytes]:
    more = True
    while more:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx.ReadError("the other side hung up")
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]
    sent.set()


async def _refuse(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
