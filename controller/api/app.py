"""The application: all resources, and its OpenAPI document with the live picture's schema."""

import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from controller.api.board import Board
from controller.api.reference import passes_router, places_router, reference_router
from controller.live import Live
from controller.service.reference import Reference, RefusedError

_LIVE_SCHEMA = "#/components/schemas/Live"


def api_app(board: Board, reference: Reference, token: str) -> FastAPI:
    """Return the API. `token`: what writing needs, as `Authorization: Bearer <token>`."""
    app = FastAPI(
        title="SACS controller",
        summary="Headcount and reference data of one site. No resource tells where a person was.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    bearer = HTTPBearer(auto_error=False, description="The token that the controller prints at start.")

    def writer(given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> None:
        if given is None or not secrets.compare_digest(given.credentials.encode(), token.encode()):
            raise HTTPException(
                401, "send the token that the controller printed at start", {"WWW-Authenticate": "Bearer"}
            )

    live_answer: dict[int | str, dict[str, Any]] = {
        200: {"content": {"application/json": {"schema": {"$ref": _LIVE_SCHEMA}}}}
    }

    @app.get("/api/live", responses=live_answer, response_class=Response)
    async def live() -> Response:  # on the loop: a worker's thread would read while the fold changes
        """Give the live picture: counts, gates, alarms, keys. No names."""
        return Response(board.picture(), media_type="application/json")

    @app.get("/api/live/events", response_class=StreamingResponse)
    async def events() -> StreamingResponse:
        """Stream the live picture as server-sent events, at each change and at least once a second."""
        return StreamingResponse(_as_events(board.pictures()), media_type="text/event-stream")

    @app.exception_handler(RefusedError)
    def refused(_: Request, error: RefusedError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 409)

    app.include_router(places_router(reference))
    app.include_router(reference_router(reference, writer))
    app.include_router(passes_router(reference, writer))
    _describe_live(app)
    return app


async def _as_events(pictures: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for picture in pictures:
        yield b"data: " + picture + b"\n\n"


def _describe_live(app: FastAPI) -> None:
    """Add the schemas of `Live`, which is a msgspec struct, to the OpenAPI document."""
    document = app.openapi()
    _, components = msgspec.json.schema_components([Live], ref_template="#/components/schemas/{name}")
    document.setdefault("components", {}).setdefault("schemas", {}).update(components)
