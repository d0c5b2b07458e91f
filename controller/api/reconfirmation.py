"""Resources of reconfirmation: how many are about to expire, one card, one answer. There is no list of them.

Belongs here: who may, status codes. Does not belong here: which card comes next (service/reconfirmation.py).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import StreamingResponse

from contract.clock import Clock, to_datetime
from contract.ids import AccountId
from controller.api.access import Access, Acting
from controller.composition.crisis import Crisis
from controller.domain.reconfirmation import Card, Sight
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role
from controller.service.disclosing.missing import Listed
from controller.service.operating.reconfirmation import Reconfirmations

_JPEG: Final = "image/jpeg"
_BEAT_S: Final = 0.5


@dataclass(frozen=True)
class OutlookBody:
    """`due`: how many are about to expire, the first of them at `next_at`. Times ISO 8601, UTC; `at`: now.

    `must_wait`: two in a row were yours, another officer or a commander must go on. `may_release`: you are a commander
    who can let the officer go on who waits.
    """

    at: str
    due: int
    next_at: str | None
    must_wait: bool
    may_release: bool


@dataclass(frozen=True)
class CardBody:
    """One person, for you alone and until `until`. `area`: where that person was last; `dies_at`: unless seen."""

    id: str
    name: str = field(repr=False)
    category: str = field(repr=False)
    area: str
    has_photo: bool
    dies_at: str
    until: str


@dataclass(frozen=True)
class AnswerBody:
    """Whether you see that person now."""

    sight: Sight


def reconfirmation_router(crisis: Crisis, clock: Clock, access: Access) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/reconfirmation", tags=["reconfirmation"])
    service, missing = crisis.reconfirmations, crisis.missing
    may = access.to(Deed.RECONFIRM)

    @router.get("")
    async def outlook(acting: Annotated[Acting, Depends(may)]) -> OutlookBody:
        """Say how many are about to expire, and whether you may go on. Names nobody."""
        found = service.outlook(acting.account)
        is_other = found.held_up is not None and found.held_up != acting.account
        return OutlookBody(
            to_datetime(clock.now_ns()).isoformat(),
            found.due,
            to_datetime(found.next_ns).isoformat() if found.next_ns else None,
            found.must_wait,
            is_other and Role.COMMANDER in acting.roles,
        )

    @router.post("/card")
    async def card(acting: Annotated[Acting, Depends(may)]) -> CardBody | None:
        """Give your card: the next person to expire, the same one until you answer; null if there is nobody."""
        dealt = service.next(acting.account)
        if dealt is None:
            return None
        (line,) = await missing.lines([Listed(dealt.placed.holder, dealt.placed.area)])
        access.saw(acting, Deed.RECONFIRM, None, 1)
        return CardBody(
            dealt.id,
            line.name,
            line.category,
            line.area,
            missing.photo_of(dealt.placed) is not None,
            to_datetime(service.dies_ns(dealt.placed)).isoformat(),
            to_datetime(dealt.until_ns).isoformat(),
        )

    @router.get("/card/{card}/photo", response_class=Response, responses={200: {"content": {_JPEG: {}}}})
    async def photo(card: str, acting: Annotated[Acting, Depends(may)]) -> Response:
        """Give the photo of the person on your card."""
        held = _held(service.held(acting.account), card)
        found = missing.photo_of(held.placed)
        if found is None:
            raise HTTPException(404, "there is no photo")
        return Response(found, media_type=_JPEG)

    @router.get("/card/{card}/events", response_class=StreamingResponse)
    async def events(card: str, acting: Annotated[Acting, Depends(may)]) -> StreamingResponse:
        """Stream nothing but beats (server-sent comments) for as long as the card is yours and you may see it."""
        _held(service.held(acting.account), card)
        stream = access.while_allowed(acting, Deed.RECONFIRM, _beats(service, acting.account, card))
        return StreamingResponse(stream, media_type="text/event-stream")

    @router.post("/card/{card}/answer", status_code=204)
    async def answer(card: str, body: AnswerBody, acting: Annotated[Acting, Depends(may)]) -> None:
        """Say whether you see that person now: if so, a new cycle starts; if not, the record dies on time."""
        await service.answer(acting.account, card, body.sight)

    @router.post("/release", status_code=204)
    async def release(acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]) -> None:
        """Let the officer go on who answered two in a row; a commander's act, and never for oneself."""
        service.release(acting.account)

    return router


async def _beats(service: Reconfirmations, account: AccountId, card: str) -> AsyncIterator[bytes]:
    while (held := service.held(account)) is not None and held.id == card:
        yield b": here\n\n"
        await asyncio.sleep(_BEAT_S)


def _held(card: Card | None, id_: str) -> Card:
    if card is None or card.id != id_:
        raise HTTPException(404, "this card is no longer yours")
    return card
