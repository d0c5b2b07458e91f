"""Figures for Prometheus, for whoever may see them at a screen, and for the program that collects them.

Belongs here: who may ask. Does not belong here: the figures (controller/metrics.py).
"""

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST

from controller.api.access import Access, Acting
from controller.domain.rights.deeds import Deed
from controller.metrics import Metrics

_BEARER: Final = HTTPBearer(auto_error=False, description="The content of STATE/metrics.token, for a collector.")


def metrics_router(access: Access, metrics: Metrics, token: str) -> APIRouter:
    """Return the resources. `token`: what a collector shows, which has no session."""
    router = APIRouter(tags=["metrics"])

    @router.get("/api/metrics", response_class=Response, responses={200: {"content": {CONTENT_TYPE_LATEST: {}}}})
    async def figures(_: Annotated[Acting, Depends(access.to(Deed.SEE_METRICS))]) -> Response:
        """Give all figures as text. No person, no credential, no access point."""
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    @router.get(
        "/api/metrics/collector",
        response_class=Response,
        responses={200: {"content": {CONTENT_TYPE_LATEST: {}}}},
        dependencies=[Depends(access.open_to_all)],
    )
    async def collected(given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Response:
        """Give the same to a collector that shows its token."""
        if given is None or not secrets.compare_digest(given.credentials.encode(), token.encode()):
            raise HTTPException(401, "show the content of STATE/metrics.token", {"WWW-Authenticate": "Bearer"})
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
