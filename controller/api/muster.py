"""Resources of the roll call: an open operation's board, its persons, its stream, and officers' marks.

The board counts, and may be seen by whoever sees operations; persons have names, and each look is on record before it
is shown. Belongs here: who may, pages, streams. Does not belong here: what a board shows (service/muster), or the live
picture (board.py).
"""

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, fields
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime

from contract.clock import Clock, from_datetime
from contract.ids import AccountId, AreaId, HolderId, MusterPointId, OperationId
from controller.api.access import Access, Acting
from controller.api.operations import open_names
from controller.api.shapes import described, given
from controller.composition.centre import Centre
from controller.composition.muster import Muster
from controller.domain.muster.person import State
from controller.domain.rights.deeds import Deed
from controller.service.muster.boards import Boards
from controller.service.muster.marking import WORDS, Act, Answer, Marking, Result, Told
from controller.service.muster.open_board import Filter, OpenBoard
from controller.service.muster.shown import BoardShown, PersonShown, PersonsShown, Update
from controller.service.muster.timeline import Timeline
from controller.service.operating.operations import NoSuchOperationError

MOST_ACTS: Final = 500
"""So many acts in one request: a tablet that was offline sends several."""
MOST_PERSONS: Final = 100_000
_BEAT_S: Final = 1.0
SHAPES: Final = (BoardShown, PersonsShown, PersonShown, Update, Timeline)
"""What is answered, for the OpenAPI document."""


@dataclass(frozen=True, kw_only=True)
class ActBody(Told):
    """What an officer did `at` a moment. `act_id`: 24 hex digits, drawn where he acted; sent twice, it is one act.

    accounted-for: `holder`, `means` (warden, handheld, officer, phone), `area` and `muster_point` as far as they are
    known. withdrawn: `mark` (its act id) and `because`. unnamed-seen: `amount`, `area` or `muster_point`.
    unnamed-passed: `amount` into `area` (below 0: out of it) from or to `other`. area-swept: `area`, and in `amount`
    how many without a name are in it. stays-by-order: `holder`, `area`.
    """

    at: AwareDatetime


@dataclass(frozen=True)
class ActsBody:
    """Acts of one officer, at most 500."""

    acts: list[ActBody]


@dataclass(frozen=True)
class ResultBody:
    """What became of an act. `reason`: a code, `detail`: the same in words; null unless it was refused."""

    act_id: str
    result: Result
    reason: str | None
    detail: str | None


@dataclass(frozen=True)
class ResultsBody:
    """What became of each act, in order. A refused one will not be taken later either."""

    results: list[ResultBody]


def muster_router(centre: Centre, muster: Muster, clock: Clock, access: Access) -> APIRouter:
    """Return the routes of one operation's board."""
    router = APIRouter(prefix="/api/operations/{operation}/board", tags=["roll call"])
    boards = muster.boards

    @router.get("", responses=described(BoardShown), response_class=Response)
    async def board(operation: OperationId, _: Annotated[Acting, Depends(access.to(Deed.SEE_OPERATIONS))]) -> Response:
        """Give the board: figures, areas, muster points, the curve. No names."""
        return given(boards.of(operation).shown(clock.now_ns()))

    @router.get("/figures/stream", response_class=StreamingResponse)
    async def figures_stream(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.SEE_OPERATIONS))]
    ) -> StreamingResponse:
        """Stream its figures as server-sent events, without persons: for a screen on the wall."""
        boards.of(operation)
        stream = access.while_allowed(
            acting, Deed.SEE_OPERATIONS, _updates(boards, clock, operation, with_persons=False)
        )
        return StreamingResponse(stream, media_type="text/event-stream")

    @router.get("/persons", responses=described(PersonsShown), response_class=Response)
    async def persons(
        operation: OperationId,
        acting: Annotated[Acting, Depends(access.to(Deed.SEE_ROLL))],
        state: State | None = None,
        area: str | None = None,
        muster_point: str | None = None,
        q: str = "",
        after: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST_PERSONS)] = 200,
    ) -> Response:
        """Give persons by name: of one state, area (with those inside it) or muster point, or with `q` in the name.

        The next page begins `after` the id of the last person of this one.
        """
        open_names(centre, operation, clock.now_ns())
        wanted = Filter(
            state,
            None if area is None else AreaId(area),
            None if muster_point is None else MusterPointId(muster_point),
            q,
        )
        page = await boards.of(operation).page(wanted, None if after is None else HolderId(after), limit)
        access.saw(acting, Deed.SEE_ROLL, operation, len(page.persons))
        return given(page)

    @router.get("/stream", response_class=StreamingResponse)
    async def stream(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.SEE_ROLL))]
    ) -> StreamingResponse:
        """Stream figures and the persons that changed, as server-sent events, as long as you may see them.

        Each update names the `sequence` that it follows as `since`; whoever has another one fetches all anew.
        """
        open_names(centre, operation, clock.now_ns())
        access.saw(acting, Deed.SEE_ROLL, operation, len(boards.of(operation).board.lines))
        changes = access.while_allowed(acting, Deed.SEE_ROLL, _updates(boards, clock, operation, with_persons=True))
        return StreamingResponse(changes, media_type="text/event-stream")

    return router


def timeline_router(muster: Muster, access: Access) -> APIRouter:
    """Return the route of what happened in an open operation."""
    router = APIRouter(prefix="/api/operations/{operation}/timeline", tags=["roll call"])

    @router.get("", responses=described(Timeline), response_class=Response)
    async def timeline(
        operation: OperationId,
        _: Annotated[Acting, Depends(access.to(Deed.SEE_OPERATIONS))],
        after: int | None = None,
    ) -> Response:
        """Give what happened, in order; nothing if you have the sequence `after` already. No names."""
        board = muster.boards.of(operation)
        return given(Timeline(board.sequence, [] if after == board.sequence else muster.timelines.of(board)))

    return router


def marks_router(muster: Muster, access: Access) -> APIRouter:
    """Return the route by which officers account for persons and report on zones."""
    router = APIRouter(prefix="/api/operations/{operation}/marks", tags=["roll call"])

    @router.post("")
    async def mark(
        operation: OperationId, body: ActsBody, acting: Annotated[Acting, Depends(access.to(Deed.MARK))]
    ) -> ResultsBody:
        """Take what officers did: stored and folded when this answers. The same act twice is one.

        Acts of an operation that is over are taken if they were made while it was open.
        """
        if len(body.acts) > MOST_ACTS:
            raise HTTPException(422, f"at most {MOST_ACTS} acts at a time: send the others after these")
        return await take_acts(muster.marking, operation, acting.account, body.acts)

    return router


async def take_acts(
    marking: Marking,
    operation: OperationId,
    by: AccountId,
    bodies: list[ActBody],
    zones: Collection[AreaId] | None = None,
) -> ResultsBody:
    """Take acts of one officer as devices tell them; return what became of each. `zones`: see Marking.take."""
    told = [field.name for field in fields(Told)]
    acts = [Act(at_ns=from_datetime(each.at), **{name: getattr(each, name) for name in told}) for each in bodies]
    return ResultsBody([_result(each) for each in await marking.take(operation, by, acts, zones)])


async def _updates(boards: Boards, clock: Clock, operation: OperationId, *, with_persons: bool) -> AsyncIterator[bytes]:
    """Yield what changes, the present figures first, until the operation ends, or its names close.

    Of a board that was built anew, because another controller's opening is part of it, all is news: it begins again.
    """
    sequence: int | None = None
    followed: OpenBoard | None = None
    while True:
        try:
            board = boards.of(operation)
        except NoSuchOperationError:
            return
        if board is not followed:
            followed, sequence = board, None
        if with_persons and not board.operation.names_open(clock.now_ns()):
            return
        if sequence is None or board.sequence > sequence:
            since = board.sequence if sequence is None else sequence
            update = await board.since(since, with_persons=with_persons)
            sequence = update.sequence
            yield b"data: " + msgspec.json.encode(update) + b"\n\n"
        else:
            yield b": still here\n\n"
        await board.wait(_BEAT_S)


def _result(answer: Answer) -> ResultBody:
    why = answer.why
    return ResultBody(answer.act_id, answer.result, why and why.value, why and WORDS[why])
