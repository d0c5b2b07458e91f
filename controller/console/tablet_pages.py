"""Pages about tablets: which are enrolled, a new one's code, revoking; a commander's own key for sealed rolls.

Belongs here: these pages, and the form by which a list is handed to a tablet. Does not belong here: the page on a
tablet (assembly_pages.py).
"""

from datetime import datetime
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from controller.console.copies_pages import says
from controller.console.frame import Frame, Visitor
from controller.console.once import Once
from controller.console.operations_view import Operations
from controller.console.trust_pages import Serving, qr
from controller.domain.rights.deeds import Deed

_HERE: Final = "/tablets"


class _Tablet(msgspec.Struct):
    id: str
    fingerprint: str
    enrolled_at: datetime
    heard_at: datetime | None
    holds: list[int]


class _Code(msgspec.Struct):
    code: str
    until: datetime


class _RollKey(msgspec.Struct):
    code: str
    set_at: datetime | None


class _Place(msgspec.Struct):
    id: str
    name: str


class _Places(msgspec.Struct):
    areas: list[_Place]
    muster_points: list[_Place]


class TabletPages:
    """See the module."""

    def __init__(self, frame: Frame, serving: Serving) -> None:
        self._frame: Final = frame
        self._serving: Final = serving
        self._codes: Final = Once[_Code]()

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(_HERE, self.page, methods=["GET"]),
            Route(_HERE, self.code, methods=["POST"]),
            Route(f"{_HERE}/revoke", self.revoke, methods=["POST"]),
            Route(f"{_HERE}/hand", self.hand, methods=["POST"]),
            Route(f"{_HERE}/key/removal", self.remove_key, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """All tablets, and one's own key; a code that was just drawn, once: with a QR code that leads there."""
        visitor = await self._frame.visitor(request)
        tablets = await self._frame.get(request, "tablets", list[_Tablet])
        if tablets is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        operations = await self._frame.get(request, "operations", Operations)
        places = await self._frame.get(request, "tablets/places", _Places)
        code = self._codes.take(request)
        origin = self._serving.origin or str(request.base_url).rstrip("/")
        address = f"{origin}/assembly#code={code.code}" if code else ""
        return self._frame.page(
            visitor,
            "tablets.html",
            200,
            **says(visitor),
            tablets=tablets,
            code=code,
            address=address,
            code_qr=qr(address) if code else "",
            has_https=self._serving.origin is not None,
            key=await self._frame.get(request, "roll-key", _RollKey),
            operations=[each for each in operations.open if each.names_open] if operations else [],
            places=[*places.muster_points, *places.areas] if places else [],
            may_manage=_may(visitor, Deed.MANAGE_TABLETS),
            may_hand=_may(visitor, Deed.DISCLOSE),
        )

    async def code(self, request: Request) -> Response:
        """Draw a code for a new tablet."""
        fields = await self._frame.fields(request)
        answer = await self._frame.ask(request, "POST", "tablets", {"id": fields.get("id", "").strip().lower()})
        if not answer.ok:
            return self._frame.back(_HERE, answer)
        return RedirectResponse(f"{_HERE}?ticket={self._codes.keep(request, answer.read(_Code))}", status_code=303)

    async def revoke(self, request: Request) -> Response:
        """Revoke a tablet."""
        fields = await self._frame.fields(request)
        answer = await self._frame.ask(request, "DELETE", f"tablets/{_word(fields.get('id', ''))}")
        return self._frame.back(_HERE, answer, "tablet-revoked")

    async def hand(self, request: Request) -> Response:
        """Hand a list to a tablet."""
        fields = await self._frame.fields(request)
        resource = f"operations/{_word(fields.get('operation', ''))}/handed-lists"
        body = {"tablet": fields.get("tablet", ""), "place": fields.get("place", "")}
        answer = await self._frame.ask(request, "POST", resource, body)
        return self._frame.back(_HERE, answer, "list-handed")

    async def remove_key(self, request: Request) -> Response:
        """Remove one's own key."""
        answer = await self._frame.ask(request, "DELETE", "roll-key")
        return self._frame.back(_HERE, answer, "roll-key-removed")


def _may(visitor: Visitor, deed: Deed) -> bool:
    return visitor.me is not None and deed.value in visitor.me.deeds


def _word(text: str) -> str:
    """Return a part of a path, or what is none of any."""
    return text if text.isascii() and text.replace("-", "").isalnum() else "none"
