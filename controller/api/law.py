"""Resources of the law: how each rule stands, on screen and paper, and the investigators' keys.

Belongs here: requests and answers. Does not belong here: any judgement (controller/law), or entries (trail.py).
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from controller.api.access import Access, Acting
from controller.api.shapes import described, given
from controller.composition.oversight import Oversight
from controller.domain.rights.deeds import Deed
from controller.domain.sealed_ask import BadInvestigatorKeysError, InvestigatorKeys
from controller.law.document import render
from controller.law.report import Report

_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Investigators:
    """Public keys (X25519, 64 hexadecimal digits) of the two investigators who together read whom searches asked for.

    Empty until somebody sets them.
    """

    first: str = ""
    second: str = ""


def law_router(oversight: Oversight, access: Access) -> APIRouter:
    """Return the routes of the law report."""
    router = APIRouter(prefix="/api/law", dependencies=[Depends(access.to(Deed.SEE_LAW))])
    paper: dict[int | str, dict[str, Any]] = {200: {"content": {"application/pdf": {}}}}

    @router.get("", responses=described(Report), response_class=Response)
    async def report() -> Response:  # on the loop, to which the living parts belong
        """Give the law report: each of L1 to L9, its state now, the evidence and how to check it. No names."""
        return given(oversight.law.report())

    @router.get("/document", responses=paper, response_class=Response)
    async def document() -> Response:
        """Give the law report on paper (PDF), with the ledger's public key, its end, and what the vault proves."""
        pdf = await asyncio.to_thread(render, oversight.law.report())
        return Response(pdf, media_type="application/pdf")

    return router


def investigators_router(oversight: Oversight, access: Access) -> APIRouter:
    """Return the routes of the investigators' keys."""
    router = APIRouter(prefix="/api/investigators")

    @router.get("", dependencies=[Depends(access.to(Deed.SEE_LAW))])
    async def investigators() -> Investigators:
        """Give the keys to which searches are sealed."""
        keys = oversight.asks.keys()
        return Investigators(keys.first.hex(), keys.second.hex()) if keys else Investigators()

    @router.put("", status_code=204)
    async def set_investigators(
        body: Investigators, acting: Annotated[Acting, Depends(access.to(Deed.SET_INVESTIGATORS))]
    ) -> None:
        """Seal searches to these keys from now on; what was sealed before opens with the keys of before.

        Each investigator makes a pair with `sacs investigator-key`, on a machine of his own.
        """
        if not all(_KEY.fullmatch(key) for key in (body.first, body.second)):
            raise BadInvestigatorKeysError("a key has 64 hexadecimal digits: make one with sacs investigator-key")
        oversight.asks.set_keys(InvestigatorKeys(bytes.fromhex(body.first), bytes.fromhex(body.second)), acting.account)

    return router


def answer_bad_keys(app: FastAPI) -> None:
    """Answer 409 in words for keys to which nothing can be sealed."""

    @app.exception_handler(BadInvestigatorKeysError)
    def bad_keys(_: Request, error: BadInvestigatorKeysError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": "bad-investigator-keys"}, 409)
