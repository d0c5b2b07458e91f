"""The controllers of the site as pages and tablets find them: where each shows its pages, and which one answers here.

Open to all: it names machines alone, and a page must know where to go on when its own controller falls silent. Belongs
here: that resource. Does not belong here: how controllers learn it (peer/), or switching (console/static/switch.js).
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Depends

from controller.api.access import Access
from controller.service.site.consoles import Consoles


@dataclass(frozen=True)
class OriginBody:
    """Another controller, and the origin of its pages (RFC 6454)."""

    controller: str
    origin: str


@dataclass(frozen=True)
class ControllersBody:
    """Which controller answers, whether it still learns (then it shows no exact figure), and the others."""

    controller: str
    learning: bool
    others: list[OriginBody]


def controllers_router(consoles: Consoles, learning: Callable[[], bool], access: Access) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api/controllers", tags=["controllers"], dependencies=[Depends(access.open_to_all)])

    @router.get("")
    async def controllers() -> ControllersBody:
        """Tell which controller this is, and where the others are; a page asks it again and again as a sign of life."""
        others = [OriginBody(name, origin) for name, origin in sorted(consoles.others().items())]
        return ControllersBody(consoles.controller, learning(), others)

    return router
