"""The live picture as a resource: counts, gates, alarms, keys; for officers, and for the console process itself.

Belongs here: the picture once and as a stream. Does not belong here: what it shows (service/truth.py), or its pace
(board.py).
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, HTTPException, Response
from fastapi.responses import StreamingResponse

from controller.api.access import Access, Acting
from controller.api.board import Board
from controller.api.peer import PEER
from controller.api.shapes import described
from controller.domain.rights.deeds import Deed
from controller.live import Live


def live_router(board: Board, access: Access) -> APIRouter:
    """Return the routes of the live picture for officers, whatever their role."""
    router = APIRouter(prefix="/api/live")
    may = access.to(Deed.SEE_COUNTS)

    @router.get("", responses=described(Live), response_class=Response, dependencies=[Depends(may)])
    async def live() -> Response:  # on the loop: a worker's thread would read while the fold changes
        """Give the live picture: counts, gates, alarms, keys. No names."""
        return Response(board.picture(), media_type="application/json")

    @router.get("/events", response_class=StreamingResponse)
    async def events(acting: Annotated[Acting, Depends(may)]) -> StreamingResponse:
        """Stream the live picture as server-sent events, at each change and at least once a second.

        It ends with the session.
        """
        pictures = access.while_allowed(acting, Deed.SEE_COUNTS, board.pictures())
        return StreamingResponse(_as_events(pictures), media_type="text/event-stream")

    return router


def console_router(board: Board) -> APIRouter:
    """Return the same for the console process, which shares one picture among all pages that have a session.

    Reached over the Unix socket alone, and by nothing that the console passes on for a browser: that has the header
    which tells the browser's address, whatever its path was.
    """

    async def not_for_browsers(peer: Annotated[str | None, Header(alias=PEER)] = None) -> None:
        if peer is not None:
            raise HTTPException(404)

    router = APIRouter(prefix="/console/live", include_in_schema=False, dependencies=[Depends(not_for_browsers)])

    @router.get("")
    async def live() -> Response:
        """Give the live picture."""
        return Response(board.picture(), media_type="application/json")

    @router.get("/events")
    async def events() -> StreamingResponse:
        """Stream the live picture."""
        return StreamingResponse(_as_events(board.pictures()), media_type="text/event-stream")

    return router


async def _as_events(pictures: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for picture in pictures:
        yield b"data: " + picture + b"\n\n"
