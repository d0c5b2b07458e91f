"""Resources of operations: what is open, opening, joining, confirming, renewing and closing; alerts of other systems.

Belongs here: status codes, who may, and the stream. Does not belong here: the rules (domain/operation.py), or names
(roll.py).
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from contract.clock import Clock, to_datetime
from contract.ids import AccountId, OperationId
from controller.api.access import Access, Acting
from controller.composition.centre import Centre
from controller.domain.alert import LONGEST_BYTES, AlertError
from controller.domain.operation import Obstacle, Operation, OperationError, OperationKind, Plan, Proposal, Reason
from controller.domain.rights.deeds import Deed
from controller.service.operating.operations import NoSuchOperationError

_AT_LEAST_EVERY_S: Final = 1.0


@dataclass(frozen=True)
class NewOperation:
    """What shall be opened. `plan`: of an emergency or drill; a search has none."""

    kind: OperationKind
    reason: Reason
    plan: Plan | None = None


@dataclass(frozen=True)
class OperationBody:
    """An open operation. Times ISO 8601, UTC.

    `names_open`: whether names may be seen, else from `names_at` on, or when a commander confirms it. `confirmed`:
    whether a commander stands behind it. `ends_at`: unless it is renewed. `ends_soon`: that is near. `led_by`: account
    of the commander who leads, `offered_to`: to whom he has offered command, `all_clear_at`: since when people may go
    back, `silenced_at`: since when its sirens are silent all the same.
    """

    id: OperationId
    kind: str
    plan: str | None
    reason: str
    trigger: str
    opened_at: str
    confirmed: bool
    names_open: bool
    names_at: str
    ends_at: str
    ends_soon: bool
    led_by: AccountId | None
    offered_to: AccountId | None
    all_clear_at: str | None
    silenced_at: str | None


@dataclass(frozen=True)
class OfferBody:
    """To which commander (account) command shall go."""

    to: AccountId


@dataclass(frozen=True)
class ProposalBody:
    """A drill or search that waits for a second commander until `until` (ISO 8601, UTC). `mine`: it is yours."""

    id: OperationId
    kind: str
    plan: str | None
    reason: str
    until: str
    mine: bool


@dataclass(frozen=True)
class Operations:
    """What is open and proposed `at` a moment (ISO 8601, UTC)."""

    at: str
    open: list[OperationBody]
    proposals: list[ProposalBody]


@dataclass(frozen=True)
class Begun:
    """What became of a request to open one: the operation, or the proposal that a second commander has to join."""

    operation: OperationBody | None
    proposal: ProposalBody | None


@dataclass(frozen=True)
class AlertTaken:
    """Whether an alert opened an operation; if not, one with its plan was open already."""

    opened: bool


def operations_router(centre: Centre, clock: Clock, access: Access) -> APIRouter:
    """Return the routes of what is open."""
    router = APIRouter(prefix="/api/operations", tags=["operations"])
    operations = centre.operations

    def picture(account: AccountId) -> Operations:
        now_ns = clock.now_ns()
        return Operations(
            to_datetime(now_ns).isoformat(),
            [body_of(each, now_ns) for each in operations.open_now(now_ns)],
            [_proposal(each, account) for each in operations.proposals(now_ns)],
        )

    async def pictures(account: AccountId) -> AsyncIterator[bytes]:
        while True:
            yield b"data: " + msgspec.json.encode(picture(account)) + b"\n\n"
            await operations.wait(_AT_LEAST_EVERY_S)

    @router.get("")
    async def open_now(acting: Annotated[Acting, Depends(access.to(Deed.SEE_OPERATIONS))]) -> Operations:
        """List what is open, and what waits for a second commander."""
        return picture(acting.account)

    @router.get("/events", response_class=StreamingResponse)
    async def events(acting: Annotated[Acting, Depends(access.to(Deed.SEE_OPERATIONS))]) -> StreamingResponse:
        """Stream that list as server-sent events, at each change and at least once a second."""
        stream = access.while_allowed(acting, Deed.SEE_OPERATIONS, pictures(acting.account))
        return StreamingResponse(stream, media_type="text/event-stream")

    @router.post("", status_code=201)
    async def begin(
        body: NewOperation, acting: Annotated[Acting, Depends(access.to(Deed.OPEN_OPERATION))], response: Response
    ) -> Begun:
        """Open an emergency; propose a drill or search (202), which a second commander joins within ten minutes."""
        if body.kind is OperationKind.EMERGENCY:
            if body.plan is None:
                raise OperationError(Obstacle.PLAN, "an emergency needs a plan: " + ", ".join(Plan))
            operation = operations.open_emergency(body.plan, body.reason, acting.account)
            return Begun(body_of(operation, clock.now_ns()), None)
        proposal = operations.propose(body.kind, body.plan, body.reason, acting.account)
        response.status_code = 202
        return Begun(None, _proposal(proposal, acting.account))

    return router


def leading_router(centre: Centre, clock: Clock, access: Access, may_lead: Callable[[AccountId], bool]) -> APIRouter:
    """Return the routes by which commanders lead one operation. `may_lead`: whether an account is a commander's."""
    router = APIRouter(prefix="/api/operations/{operation}", tags=["operations"])
    operations = centre.operations

    @router.post("/join", status_code=201)
    async def join(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.OPEN_OPERATION))]
    ) -> OperationBody:
        """Open what another commander proposed."""
        return body_of(operations.join(operation, acting.account), clock.now_ns())

    @router.post("/confirmation")
    async def confirm(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Stand behind an operation that opened by itself: its names open at once."""
        return body_of(operations.confirm(operation, acting.account), clock.now_ns())

    @router.post("/renewal")
    async def renew(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Let it go on for another hour from now."""
        return body_of(operations.renew(operation, acting.account), clock.now_ns())

    @router.post("/command/offer")
    async def offer(
        operation: OperationId, body: OfferBody, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Offer command to another commander; whoever leads goes on until that one takes it."""
        if not may_lead(body.to):
            raise HTTPException(422, "command goes to a commander with an open account: choose another one")
        return body_of(operations.offer_command(operation, body.to, acting.account), clock.now_ns())

    @router.post("/command")
    async def take(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Take command: offered or, with an alarm for all, because whoever leads can not."""
        return body_of(operations.take_command(operation, acting.account), clock.now_ns())

    @router.post("/closing", status_code=204)
    async def close(operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]) -> None:
        """End it; every open page of names closes within a second."""
        operations.close(operation, acting.account)

    return router


def danger_router(centre: Centre, clock: Clock, access: Access) -> APIRouter:
    """Return the routes by which whoever leads says that the danger is over, or silences the sirens while it lasts."""
    router = APIRouter(prefix="/api/operations/{operation}", tags=["operations"])
    operations = centre.operations

    @router.post("/all-clear")
    async def all_clear(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Say that the danger is over: doors and sirens are as always, people may go back, the roll goes on."""
        return body_of(operations.all_clear(operation, acting.account), clock.now_ns())

    @router.delete("/all-clear")
    async def resume(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Take the all-clear back."""
        return body_of(operations.resume(operation, acting.account), clock.now_ns())

    @router.post("/silence")
    async def silence(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Silence the sirens of all gates: doors stay as they are, and the danger lasts."""
        return body_of(operations.silence(operation, acting.account), clock.now_ns())

    @router.delete("/silence")
    async def sound(
        operation: OperationId, acting: Annotated[Acting, Depends(access.to(Deed.LEAD_OPERATION))]
    ) -> OperationBody:
        """Let them sound again."""
        return body_of(operations.sound(operation, acting.account), clock.now_ns())

    return router


def alerts_router(centre: Centre, access: Access) -> APIRouter:
    """Return the route by which other systems open an emergency; the alert's signature stands in for a session."""
    router = APIRouter(prefix="/api/alerts", tags=["operations"], dependencies=[Depends(access.open_to_all)])

    @router.post("", status_code=202)
    async def alert(request: Request) -> AlertTaken:
        """Take a signed alert: JSON with `alert` (a JSON text) and `signature`; see the guide of the control centre."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BYTES:
                break
        return AlertTaken(centre.triggers.alert(body) is not None)

    return router


def answer_operation_errors(app: FastAPI) -> None:
    """Answer what the services of operations refuse, in words."""

    @app.exception_handler(OperationError)
    def not_like_that(_: Request, error: OperationError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": error.obstacle.value}, 409)

    @app.exception_handler(NoSuchOperationError)
    def no_such(_: Request, error: NoSuchOperationError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": "operation-over"}, 404)

    @app.exception_handler(AlertError)
    def not_believed(_: Request, error: AlertError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 400)


def body_of(operation: Operation, now_ns: int) -> OperationBody:
    """Return an operation as it is shown at a moment."""
    return OperationBody(
        id=operation.id,
        kind=operation.kind,
        plan=operation.plan,
        reason=operation.reason,
        trigger=operation.trigger,
        opened_at=to_datetime(operation.opened_ns).isoformat(),
        confirmed=operation.is_confirmed,
        names_open=operation.names_open(now_ns),
        names_at=to_datetime(operation.names_ns).isoformat(),
        ends_at=to_datetime(operation.ends_ns).isoformat(),
        ends_soon=operation.ends_soon(now_ns),
        led_by=operation.led_by,
        offered_to=operation.offered_to,
        all_clear_at=None if operation.all_clear_ns is None else to_datetime(operation.all_clear_ns).isoformat(),
        silenced_at=None if operation.silenced_ns is None else to_datetime(operation.silenced_ns).isoformat(),
    )


def open_names(centre: Centre, operation: OperationId, now_ns: int) -> Operation:
    """Return an operation whose names are open. Raises NoSuchOperationError; HTTPException 403 while they are not."""
    found = centre.operations.operation(operation)
    if not found.names_open(now_ns):
        raise HTTPException(
            403, "names are not open yet in this operation: a commander confirms it, or a minute passes"
        )
    return found


def _proposal(proposal: Proposal, account: AccountId) -> ProposalBody:
    return ProposalBody(
        proposal.id, proposal.kind, proposal.plan, proposal.reason, to_datetime(proposal.until_ns).isoformat(),
        proposal.by == account,
    )  # fmt: skip
