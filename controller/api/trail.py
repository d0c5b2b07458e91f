"""Resources of the trail: entries of the ledger for the auditor, the ledger as a file, and his note of a violation.

Belongs here: requests and answers. Does not belong here: what an entry may say (ledger/kinds).
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from controller.api.access import Access, Acting
from controller.api.shapes import described, given
from controller.composition.oversight import Oversight
from controller.domain.rights.deeds import Deed
from controller.law.reading import MOST, Filter, TrailPage, read_trail
from controller.law.record import NothingToNoteError
from controller.ledger.kinds import KINDS, EntryClass


@dataclass(frozen=True)
class Kind:
    """One kind of entry. `says`: in a sentence of English; `entry_class`: how an auditor sorts it."""

    kind: str
    entry_class: EntryClass
    says: str


@dataclass(frozen=True)
class Wanted:
    """Which entries are wanted: of all these classes and kinds (none: all), from a moment on and before another.

    Times without a zone are UTC. `before`: entries with lower numbers.
    """

    entry_class: Annotated[list[EntryClass] | None, Query()] = None
    kind: Annotated[list[str] | None, Query()] = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    most: Annotated[int, Query(ge=1, le=MOST)] = 50

    def filter(self) -> Filter:
        """Return what the reader takes."""
        return Filter(
            frozenset(self.entry_class or ()), frozenset(self.kind or ()), _aware(self.since), _aware(self.until),
            self.before,
        )  # fmt: skip


def trail_router(oversight: Oversight, access: Access) -> APIRouter:
    """Return the routes of the trail."""
    router = APIRouter(prefix="/api/trail", dependencies=[Depends(access.to(Deed.SEE_TRAIL))])
    file: dict[int | str, dict[str, Any]] = {200: {"content": {"application/jsonl": {}}}}

    @router.get("", responses=described(TrailPage), response_class=Response)
    async def trail(wanted: Annotated[Wanted, Depends()]) -> Response:
        """List entries of the ledger, newest first: who did what when, receipts, breaches, faults. No names."""
        page = await asyncio.to_thread(lambda: read_trail(oversight.ledger.entries(), wanted.filter(), wanted.most))
        return given(page)

    @router.get("/kinds")
    async def kinds() -> list[Kind]:
        """List all kinds that an entry can have."""
        return [Kind(kind.word, kind.entry_class, kind.says) for kind in KINDS.values()]

    @router.get("/ledger", responses=file, response_class=StreamingResponse)
    async def ledger() -> StreamingResponse:
        """Give the whole ledger as a file, to be checked elsewhere with `sacs verify-ledger`."""
        headers = {"Content-Disposition": 'attachment; filename="ledger.jsonl"'}
        return StreamingResponse(oversight.ledger.lines(), media_type="application/jsonl", headers=headers)

    return router


def notes_router(oversight: Oversight, access: Access) -> APIRouter:
    """Return the route by which an auditor takes note of a breach or fault."""
    router = APIRouter(prefix="/api/trail")

    @router.post("/{number}/note", status_code=204)
    async def note(number: int, acting: Annotated[Acting, Depends(access.to(Deed.NOTE_VIOLATION))]) -> None:
        """Put on record that an auditor has taken note of a breach or fault: it stands no longer as unseen."""
        oversight.record.note(number, acting.account)

    return router


def answer_notes(app: FastAPI) -> None:
    """Answer 404 in words where there is nothing to take note of."""

    @app.exception_handler(NothingToNoteError)
    def nothing(_: Request, error: NothingToNoteError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": "nothing-to-note"}, 404)


def _aware(at: datetime | None) -> datetime | None:
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)
