"""Nothing is answered from what should be gone: a machine that slept past a limit destroys before it serves.

Belongs here: that order. Does not belong here: deciding what is due (controller/service/records/retention.py).
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send


class OnTime:
    """Lets the sweep catch up before each request; most of the time nothing is due, and that costs a comparison."""

    def __init__(self, app: ASGIApp, catch_up: Callable[[], Awaitable[None]]) -> None:
        self._app: Final = app
        self._catch_up: Final = catch_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, on time."""
        if scope["type"] == "http":
            await self._catch_up()
        await self._app(scope, receive, send)
