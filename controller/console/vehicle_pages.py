"""The page of vehicles that may come in and of deliveries that are expected.

Shown to whoever enters passes. It tells nothing of who came: a plate's passages are movements. Belongs here: the list
and its forms. Does not belong here: what is allowed (the truth says it), or their words (vehicle_words.py).
"""

from datetime import UTC, datetime, tzinfo
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contract.policy import FOREVER_S
from controller.console.frame import Frame
from controller.domain.rights.deeds import Deed

_HERE: Final = "/vehicles"
_ACTS: Final = ("block", "release", "remove")


class _Vehicle(msgspec.Struct):
    id: str
    plate: str
    access_level: str
    drivers: list[str]
    valid_from_s: int
    valid_until_s: int
    blocked: bool
    is_delivery: bool

    @property
    def begins_at(self) -> datetime | None:
        """From when on it may come; None: it always could."""
        return datetime.fromtimestamp(self.valid_from_s, UTC) if self.valid_from_s else None

    @property
    def ends_at(self) -> datetime | None:
        """Until when it may come; None: without an end."""
        return datetime.fromtimestamp(self.valid_until_s, UTC) if self.valid_until_s < FOREVER_S else None


class VehiclePages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(_HERE, self.page, methods=["GET"]),
            Route(_HERE, self.enter, methods=["POST"]),
            Route(f"{_HERE}/{{vehicle}}/{{act}}", self.do, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """All of them, and the form for another one."""
        visitor = await self._frame.visitor(request)
        vehicles = await self._frame.get(request, "vehicles", list[_Vehicle])
        levels = await self._frame.get(request, "access-levels", dict[str, Any])
        if vehicles is None or levels is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        return self._frame.page(
            visitor,
            "vehicles.html",
            200,
            vehicles=[each for each in vehicles if not each.is_delivery],
            deliveries=[each for each in vehicles if each.is_delivery],
            levels=sorted(levels),
            may_write=visitor.me is not None and Deed.WRITE_REFERENCE.value in visitor.me.deeds,
        )

    async def enter(self, request: Request) -> Response:
        """Enter one."""
        fields, seen = await self._frame.fields(request), self._frame.feed.seen
        zone = seen.zone if seen.view else UTC
        from_s, until_s = (_seconds(fields.get(name, ""), zone) for name in ("from", "until"))
        body = {
            "plate": fields.get("plate", ""),
            "access_level": fields.get("access_level", ""),
            "drivers": fields.get("drivers", "").replace(",", " ").split(),
            "valid_from_s": 0 if from_s is None else from_s,
            "valid_until_s": FOREVER_S if until_s is None else until_s,
            "is_delivery": fields.get("what") == "delivery",
        }
        answer = await self._frame.ask(request, "POST", "vehicles", [body])
        return self._frame.back(_HERE, answer, "vehicle-entered")

    async def do(self, request: Request) -> Response:
        """Block one, release it, or remove it."""
        vehicle, act = request.path_params["vehicle"], request.path_params["act"]
        if not vehicle.isalnum() or act not in _ACTS:
            return self._frame.page(await self._frame.visitor(request), "not-for-you.html", 404, why="")
        if act == "remove":
            answer = await self._frame.ask(request, "DELETE", f"vehicles/{vehicle}")
        else:
            answer = await self._frame.ask(request, "PUT", f"vehicles/{vehicle}/blocking", {"blocked": act == "block"})
        return self._frame.back(_HERE, answer, f"vehicle-{act}")


def _seconds(text: str, zone: tzinfo) -> int | None:
    """Return the moment that a field of a form names, on the site's clocks; None for an empty one, or for none."""
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) if text else None
    except (ValueError, OverflowError):
        return None
