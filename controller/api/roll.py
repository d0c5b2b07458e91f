"""Resources that name persons inside: the roll of an open operation, and the answer to a search.

Every look is on record before it is shown, and ends within a second when the right to it does. Belongs here: who may,
and the stream. Does not belong here: how a roll comes about (service/roll.py).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse

from contract.clock import Clock
from contract.ids import OperationId
from controller.api.access import Access, Acting
from controller.api.operations import open_names
from controller.composition.centre import Centre
from controller.domain.operation import OperationKind
from controller.domain.rights.deeds import Deed
from controller.domain.sealed_ask import AskTooLongError
from controller.service.operating.operations import NoSuchOperationError
from controller.service.operating.roll import Match, Roll, TooManyMatchesError
from controller.service.proof.sealed_asks import NoInvestigatorsError

_EVERY_S: Final = 1.0
_REFUSED: Final[dict[type[Exception], str]] = {
    NoInvestigatorsError: "no-investigators",
    TooManyMatchesError: "too-many-of-that-name",
    AskTooLongError: "ask-too-long",
}


@dataclass(frozen=True)
class Ask:
    """Whom a search asks for: by the full name, or by the printed number of a pass. One of the two."""

    name: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Found:
    """Whom it may mean, each with the answer; empty: nobody of that name, or no such pass, is registered."""

    matches: list[Match] = field(repr=False)


def roll_router(centre: Centre, clock: Clock, access: Access, revision: Callable[[], object]) -> APIRouter:
    """Return the routes that name persons. `revision`: another one whenever the roll may have changed."""
    router = APIRouter(prefix="/api/operations/{operation}", tags=["operations"])

    async def rolls(operation: OperationId) -> AsyncIterator[bytes]:
        """Yield the roll, and again when it changed, until the operation's names close."""
        shown: object = None
        while True:
            try:
                if not centre.operations.operation(operation).names_open(clock.now_ns()):
                    return
            except NoSuchOperationError:
                return
            now = revision()
            if now != shown:
                shown = now
                yield b"data: " + msgspec.json.encode(await centre.roll.roll()) + b"\n\n"
            await asyncio.sleep(_EVERY_S)

    @router.get("/roll")
    async def roll(operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.SEE_ROLL))]) -> Roll:
        """Give who is inside, by area: name, category, how well it is known. No times, no gates."""
        open_names(centre, operation, clock.now_ns())
        found = await centre.roll.roll()
        access.saw(acting, Deed.SEE_ROLL, operation, found.named)
        return found

    @router.get("/roll/events", response_class=StreamingResponse)
    async def events(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.SEE_ROLL))]
    ) -> StreamingResponse:
        """Stream the roll as server-sent events, at most once a second, as long as you may see it."""
        open_names(centre, operation, clock.now_ns())
        access.saw(acting, Deed.SEE_ROLL, operation, (await centre.roll.roll()).named)
        stream = access.while_allowed(acting, Deed.SEE_ROLL, rolls(operation))
        return StreamingResponse(stream, media_type="text/event-stream")

    return router


def search_router(centre: Centre, clock: Clock, access: Access) -> APIRouter:
    """Return the route that answers whether one person is inside."""
    router = APIRouter(prefix="/api/operations/{operation}", tags=["operations"])

    @router.post("/searches")
    async def search(
        operation: OperationId, ask: Ask, acting: Annotated[Acting, Depends(access.to(Deed.SEARCH_PERSON))]
    ) -> Found:
        """Answer whether one person is on the premises. Whom you ask for is sealed to the investigators first."""
        if open_names(centre, operation, clock.now_ns()).kind is not OperationKind.SEARCH:
            raise HTTPException(409, "persons are searched for in a search: open one")
        text = " ".join((ask.name or ask.number or "").split())
        if not text or bool(ask.name) == bool(ask.number):
            raise HTTPException(422, "ask for a full name, or for the number of a pass")
        centre.asks.ask(operation, acting.account, text)
        matches = await (centre.roll.of_name(text) if ask.name else centre.roll.of_pass(text))
        access.saw(acting, Deed.SEARCH_PERSON, operation, len(matches))
        return Found(matches)

    return router


def answer_search_errors(app: FastAPI) -> None:
    """Answer what a search is refused for, in words."""
    for kind, code in _REFUSED.items():
        app.add_exception_handler(kind, _refusing(code))


def _refusing(code: str) -> Callable[[Request, Exception], JSONResponse]:
    def refused(_: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": code}, 409)

    return refused
