"""The resource that answers whether one person is inside, in an open search.

Every look is on record before it is shown. Belongs here: who may. Does not belong here: how it is found
(service/operating/person_search.py), or the roll call (muster.py).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from contract.clock import Clock
from contract.ids import OperationId
from controller.api.access import Access, Acting
from controller.api.operations import open_names
from controller.composition.centre import Centre
from controller.domain.operation import OperationKind
from controller.domain.rights.deeds import Deed
from controller.domain.sealed_ask import AskTooLongError
from controller.service.operating.person_search import Match, TooManyMatchesError
from controller.service.proof.sealed_asks import NoInvestigatorsError

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
        matches = await (centre.search.of_name(text) if ask.name else centre.search.of_pass(text))
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
