"""The resource of people who do not badge: plus or minus n, at any time.

Belongs here: who may, and the answer. Does not belong here: which counts are taken (service/muster/unnamed.py); in an
operation a muster counts by marks (muster.py).
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from contract.ids import OUTSIDE
from controller.api.access import Access, Acting
from controller.domain.rights.deeds import Deed
from controller.service.muster.unnamed import MiscountError, UnnamedCounting


@dataclass(frozen=True)
class Count:
    """People who passed without badges: `amount` into `area` from `other`, or below 0 out of it to `other`.

    `act_id`: 24 hex digits, drawn where the officer acts; sent twice, it is one act.
    """

    act_id: str
    amount: int
    area: str
    other: str = OUTSIDE


@dataclass(frozen=True)
class Counted:
    """Whether it was taken now; if not, it was here before."""

    taken: bool


def unnamed_router(counting: UnnamedCounting, access: Access) -> APIRouter:
    """Return the route by which officers count people who do not badge."""
    router = APIRouter(prefix="/api/unnamed", tags=["counts"])

    @router.post("", status_code=201)
    async def passed(body: Count, acting: Annotated[Acting, Depends(access.to(Deed.COUNT_UNNAMED))]) -> Counted:
        """Count people who passed without badges: stored and in the headcount when this answers."""
        taken = await counting.passed(body.act_id, body.amount, body.area, body.other, acting.account)
        return Counted(taken)

    return router


def answer_miscounts(app: FastAPI) -> None:
    """Answer what is not taken, in words."""

    @app.exception_handler(MiscountError)
    def not_taken(_: Request, error: MiscountError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": error.miscount.value}, 409)
