"""Resources of reference data: areas, portals, access points, access levels, holders and passes."""

import re
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter, Depends, HTTPException

from contract.clock import NS_PER_S, Clock
from contract.ids import AccessPointId, HolderId
from contract.policy import AccessLevel, Window
from controller.api.access import Access
from controller.domain.need import Need
from controller.domain.rights.deeds import Deed
from controller.service.site.escorts import Escorts
from controller.service.site.reference import Holder, NewHolder, Reference, RefusedError
from controller.store.reference import AccessPointRow, AreaRow, PortalRow

_CREDENTIAL: Final = re.compile(r"[a-z][a-z0-9]*(:[0-9a-f]+)+")


@dataclass(frozen=True)
class Registered:
    """Random ids of new holders, in the order in which they were given."""

    holders: list[HolderId]


@dataclass(frozen=True)
class Count:
    """How many there are."""

    count: int


@dataclass(frozen=True)
class WindowBody:
    """A span of one weekday (0 is Monday) in the site's time zone, in minutes of the day."""

    weekday: int
    from_min: int
    until_min: int


@dataclass(frozen=True)
class AccessLevelBody:
    """Access points that may be passed, and when; no window means always."""

    access_points: list[AccessPointId]
    windows: list[WindowBody] = field(default_factory=list)


@dataclass(frozen=True)
class Listing:
    """What a holder needs in an evacuation, as he asked to be listed; "" takes him off the list."""

    needs: Need = field(repr=False)


@dataclass(frozen=True)
class Escorted:
    """Who escorts a visitor: the id of a holder; null for nobody."""

    escort: HolderId | None


@dataclass(frozen=True)
class Blocking:
    """Block (or release) the pass with that printed number."""

    number: str
    blocked: bool


@dataclass(frozen=True)
class Pins:
    """PINs of the pass with that printed number, and whether its holder needs longer; null takes a PIN away."""

    number: str = field(repr=False)
    pin: str | None = field(default=None, repr=False)
    duress_pin: str | None = field(default=None, repr=False)
    extended_time: bool = False


def _check_credentials(holders: list[NewHolder]) -> None:
    """Refuse what no reader could ever send; the message does not repeat it."""
    for credential in (text for holder in holders for issued in holder.passes for text in issued.credentials):
        if not _CREDENTIAL.fullmatch(credential):
            raise RefusedError("a credential is a card format and its numbers, such as h10301:13:4567")


def places_router(reference: Reference, access: Access) -> APIRouter:
    """Return the routes of what the site file says: nothing personal."""
    router = APIRouter(prefix="/api", dependencies=[Depends(access.to(Deed.SEE_PLACES))])

    @router.get("/areas")
    def areas() -> list[AreaRow]:
        """List the areas in which persons are counted."""
        return reference.all_of(AreaRow)

    @router.get("/portals")
    def portals() -> list[PortalRow]:
        """List the portals with their gates."""
        return reference.all_of(PortalRow)

    @router.get("/access-points")
    def access_points() -> list[AccessPointRow]:
        """List the access points: one direction through a portal each."""
        return reference.all_of(AccessPointRow)

    return router


def reference_router(reference: Reference, access: Access) -> APIRouter:
    """Return the routes of access levels and holders."""
    router = APIRouter(prefix="/api")
    may_see_places = [Depends(access.to(Deed.SEE_PLACES))]
    may_see, may_write = [Depends(access.to(Deed.SEE_REFERENCE))], [Depends(access.to(Deed.WRITE_REFERENCE))]
    may_write_levels = [Depends(access.to(Deed.WRITE_ACCESS_LEVELS))]

    @router.get("/access-levels", dependencies=may_see_places)
    def access_levels() -> dict[str, AccessLevelBody]:
        """List the access levels by id."""
        return {
            name: AccessLevelBody(
                sorted(level.access_points), [WindowBody(w.weekday, w.from_min, w.until_min) for w in level.windows]
            )
            for name, level in reference.access_levels().items()
        }

    @router.put("/access-levels/{level}", dependencies=may_write_levels, status_code=204)
    def put_access_level(level: str, body: AccessLevelBody) -> None:
        """Make or change an access level."""
        windows = [Window(w.weekday, w.from_min, w.until_min) for w in body.windows]
        reference.put_access_level(level, AccessLevel(frozenset(body.access_points), windows))

    @router.get("/holders/count", dependencies=may_see_places)
    def count() -> Count:
        """Tell how many holders are registered."""
        return Count(reference.count_holders())

    @router.post("/holders", dependencies=may_write, status_code=201)
    def register(holders: list[NewHolder]) -> Registered:
        """Register holders with their passes: all of them or none.

        A credential is its canonical text: the card format and its numbers, such as `h10301:13:4567`, or
        `em4100:0f0184f07a` (ten hexadecimal digits).
        """
        _check_credentials(holders)
        return Registered(reference.register(holders))

    @router.get("/holders/{holder}", dependencies=may_see)
    def holder(holder: HolderId) -> Holder:
        """Give one holder's reference data: not where he is, or was."""
        found = reference.holder(holder)
        if found is None:
            raise HTTPException(404, "no such holder")
        return found

    @router.put("/holders/{holder}/need", dependencies=may_write, status_code=204)
    def list_need(holder: HolderId, body: Listing) -> None:
        """List what a holder needs in an evacuation, at his own wish; seen by wardens in an operation."""
        if not reference.list_need(holder, body.needs):
            raise HTTPException(404, "no such holder")

    return router


def escorts_router(escorts: Escorts, access: Access) -> APIRouter:
    """Return the route of who escorts whom."""
    router = APIRouter(prefix="/api/holders", dependencies=[Depends(access.to(Deed.WRITE_REFERENCE))])

    @router.put("/{holder}/escort", status_code=204)
    def escort(holder: HolderId, body: Escorted) -> None:
        """Say who escorts a visitor: whoever is on the premises without his escort is an alarm, which names nobody."""
        if not escorts.set(holder, body.escort):
            raise HTTPException(404, "no such holder, or no such escort")

    return router


def passes_router(reference: Reference, access: Access, clock: Clock) -> APIRouter:
    """Return the routes of passes that are issued."""
    router = APIRouter(prefix="/api/passes", dependencies=[Depends(access.to(Deed.WRITE_REFERENCE))])

    @router.post("/blocking", status_code=204)
    def block(body: Blocking) -> None:
        """Block or release a pass; gates know within seconds."""
        if not reference.block(body.number, blocked=body.blocked, at_s=clock.now_ns() // NS_PER_S):
            raise HTTPException(404, "no pass with that number")

    @router.put("/pins", status_code=204)
    def pins(body: Pins) -> None:
        """Give a pass other PINs: 4 to 8 digits, not the first that anybody would try; gates know within seconds."""
        if not reference.set_entry(body.number, body.pin, body.duress_pin, extended_time=body.extended_time):
            raise HTTPException(404, "no pass with that number")

    return router
