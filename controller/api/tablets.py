"""Resources by which officers deal with tablets: the list, one-time codes, revoking; a commander's key; handed lists.

Belongs here: what officers ask. Does not belong here: what tablets ask (tablet.py).
"""

from base64 import b64decode
from binascii import Error as BadBase64
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from contract.clock import Clock, to_datetime
from contract.controllers import fingerprint
from contract.ids import OperationId
from controller.api.access import Access, Acting
from controller.composition.tablets import TabletsOffice
from controller.domain.disclosure import short_code
from controller.domain.rights.deeds import Deed
from controller.service.tablets.enrolment import NoTabletError


@dataclass(frozen=True)
class TabletBody:
    """One enrolled tablet. Times ISO 8601, UTC; `heard_at`: None since the controller started. `holds`: its copies."""

    id: str
    fingerprint: str
    enrolled_at: str
    heard_at: str | None
    holds: list[int]


@dataclass(frozen=True)
class NewTablet:
    """The short name of a tablet that shall be enrolled: a-z, 0-9 and hyphens; no person's."""

    id: str


@dataclass(frozen=True)
class CodeBody:
    """A one-time code, and until when it works (ISO 8601, UTC)."""

    code: str = field(repr=False)
    until: str


@dataclass(frozen=True)
class NewRollKey:
    """A commander's key: public halves (base64), and the private ones under his passphrase (JSON of his browser)."""

    roll: str
    sign: str
    wrapped: str = field(repr=False)


@dataclass(frozen=True)
class RollKeyBody:
    """A commander's key for sealed rolls. `code`: what tablets call it; `set_at`: ISO 8601, UTC; None for no key."""

    code: str
    set_at: str | None


@dataclass(frozen=True)
class HandBody:
    """Which list a tablet shall show: of an area or a muster point."""

    tablet: str
    place: str


@dataclass(frozen=True)
class HandedBody:
    """The numbered copy that a tablet shows now."""

    copy: int
    persons: int


@dataclass(frozen=True)
class PlaceBody:
    """An area or a muster point, and what people call it."""

    id: str
    name: str


@dataclass(frozen=True)
class PlacesBody:
    """All of which a tablet can be handed the list."""

    areas: list[PlaceBody]
    muster_points: list[PlaceBody]


def tablets_router(tablets: TabletsOffice, access: Access) -> APIRouter:
    """Return the routes of enrolled tablets and commanders' keys."""
    router = APIRouter(prefix="/api", tags=["tablets"])

    @router.get("/tablets")
    def enrolled(_: Annotated[Acting, Depends(access.to(Deed.SEE_TABLETS))]) -> list[TabletBody]:
        """List the enrolled tablets."""
        heard = tablets.tablets.heard_ns
        return [
            TabletBody(
                each.id,
                fingerprint(each.verify_key),
                to_datetime(each.enrolled_ns).isoformat(),
                to_datetime(heard[each.id]).isoformat() if each.id in heard else None,
                [copy.number for copy in tablets.handed.held_by(each.id)],
            )
            for each in tablets.tablets.fold.all()
        ]

    @router.get("/tablets/places")
    def places(_: Annotated[Acting, Depends(access.to(Deed.SEE_TABLETS))]) -> PlacesBody:
        """List the areas and muster points of which a tablet can be handed the list."""
        site = tablets.site
        return PlacesBody(
            [PlaceBody(area.id, area.name or area.id) for area in site.area],
            [PlaceBody(point.id, point.name or point.id) for point in site.muster_point],
        )

    @router.post("/tablets", status_code=201)
    def code(body: NewTablet, acting: Annotated[Acting, Depends(access.to(Deed.MANAGE_TABLETS))]) -> CodeBody:
        """Draw a one-time code; whoever opens the page of the assembly point with it has a tablet of that name."""
        drawn, until_ns = tablets.tablets.new_code(body.id, acting.account)
        return CodeBody(drawn, to_datetime(until_ns).isoformat())

    @router.delete("/tablets/{tablet}", status_code=204)
    def revoke(tablet: str, acting: Annotated[Acting, Depends(access.to(Deed.MANAGE_TABLETS))]) -> None:
        """Revoke a tablet: lost, stolen, or done with."""
        tablets.tablets.revoke(tablet, acting.account)

    @router.get("/roll-key")
    def own_key(acting: Annotated[Acting, Depends(access.to(Deed.SET_ROLL_KEY))]) -> RollKeyBody:
        """Tell whether one has a key for sealed rolls."""
        key = tablets.keys.of(acting.account)
        return RollKeyBody(short_code(acting.account), to_datetime(key.set_ns).isoformat() if key else None)

    @router.put("/roll-key", status_code=204)
    def set_key(body: NewRollKey, acting: Annotated[Acting, Depends(access.to(Deed.SET_ROLL_KEY))]) -> None:
        """Set one's key in the place of the last: what is sealed from now on opens with it alone."""
        tablets.keys.set(acting.account, bytes_of(body.roll), bytes_of(body.sign), body.wrapped)

    @router.delete("/roll-key", status_code=204)
    def remove_key(acting: Annotated[Acting, Depends(access.to(Deed.SET_ROLL_KEY))]) -> None:
        """Remove one's key."""
        tablets.keys.remove(acting.account, acting.account)

    @router.post("/operations/{operation}/handed-lists", status_code=201)
    async def hand(
        operation: OperationId, body: HandBody, acting: Annotated[Acting, Depends(access.to(Deed.DISCLOSE))]
    ) -> HandedBody:
        """Hand the list of a zone or muster point to a tablet: a numbered copy, until the operation ends."""
        copy = await tablets.handed.hand(acting.account, operation, body.tablet, body.place)
        access.saw(acting, Deed.DISCLOSE, operation, copy.persons)
        return HandedBody(copy.number, copy.persons)

    return router


def bytes_of(text: str) -> bytes:
    """Return what a text holds in base64. Raises HTTPException 400."""
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError):
        raise HTTPException(400, "this is no base64") from None


def answer_tablets(app: FastAPI, clock: Clock) -> None:
    """Answer a request that no tablet signed: 401; where only its moment is wrong, with ours, in ms since 1970 UTC."""

    @app.exception_handler(NoTabletError)
    def no_tablet(_: Request, error: NoTabletError) -> JSONResponse:
        code = "tablet-clock" if error.clock else "not-enrolled"
        now_ms = {"now_ms": clock.now_ns() // 1_000_000} if error.clock else {}
        return JSONResponse({"detail": str(error), "code": code, **now_ms}, 401)
