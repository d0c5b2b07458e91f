"""Resources of the hand-over before the limit, and of the standing order that decides if nobody does.

Belongs here: who may, status codes. Does not belong here: when and to whom (domain/hand_over.py, service/disclosing).
"""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from contract.clock import Clock, to_datetime
from contract.ids import OperationId
from controller.api.access import Access, Acting
from controller.api.disclosure import DOCUMENTS, file_of
from controller.composition.crisis import Crisis
from controller.domain.disclosure import Recipient
from controller.domain.hand_over import Batch, Declined
from controller.domain.rights.deeds import Deed
from controller.domain.standing_order import Addressee, Way


@dataclass(frozen=True)
class WaitingBody:
    """One list that stands before its end. Times ISO 8601, UTC. `period`: which one; `persons`: how many it names now.

    `due_at`: when the standing order decides; `dies_at`: when the names are gone; `phase`: prepared, decided or due.
    """

    operation: OperationId
    period: int
    persons: int
    due_at: str
    dies_at: str
    phase: str


@dataclass(frozen=True)
class HandOversBody:
    """What stands before its end `at` a moment, and whether the standing order can reach anybody."""

    at: str
    waiting: list[WaitingBody]
    standing_order_holds: bool


@dataclass(frozen=True)
class DecisionBody:
    """Who gets the list: on paper, or as a file encrypted to a certificate.

    `certificate`: X.509 in PEM. `addressee`: of the standing order, in the place of recipient and certificate.
    """

    recipient: Recipient = Recipient.CRISIS_TEAM
    certificate: str = field(default="", repr=False)
    addressee: str = ""


@dataclass(frozen=True)
class DeclineBody:
    """Why nobody gets the list."""

    reason: Declined


@dataclass(frozen=True)
class AddresseeBody:
    """An addressee as he is set. `address`: a mailbox, for mail alone. `certificate`: X.509 in PEM, RSA."""

    recipient: Recipient
    way: Way
    certificate: str = field(repr=False)
    address: str = ""


@dataclass(frozen=True)
class StandingBody:
    """An addressee as he stands. `certificate_ends_at`: ISO 8601, UTC; `trouble`: why nothing would reach him."""

    id: str
    recipient: Recipient
    way: Way
    address: str
    certificate_ends_at: str | None
    ends_soon: bool
    trouble: str


@dataclass(frozen=True)
class StandingOrderBody:
    """The standing order. `holds`: at least one addressee can be reached; `ways`: those that this controller can go."""

    holds: bool
    ways: list[Way]
    addressees: list[StandingBody]


def hand_over_router(crisis: Crisis, clock: Clock, access: Access) -> APIRouter:
    """Return the routes of lists before their end."""
    router = APIRouter(prefix="/api", tags=["hand-over"])
    service = crisis.hand_overs
    may_decide = access.to(Deed.DECIDE_HAND_OVER)

    @router.get("/hand-overs")
    async def listed(_: Annotated[Acting, Depends(access.to(Deed.SEE_OPERATIONS))]) -> HandOversBody:
        """List what is about to be lost or handed over: counts and times, no names."""
        waiting = [
            WaitingBody(
                each.batch.operation,
                each.batch.period_s,
                each.persons,
                to_datetime(each.due_ns).isoformat(),
                to_datetime(each.dies_ns).isoformat(),
                each.phase.value,
            )
            for each in service.waiting()
        ]
        return HandOversBody(to_datetime(clock.now_ns()).isoformat(), waiting, crisis.standing_order.holds)

    @router.post(
        "/operations/{operation}/hand-overs/{period}", status_code=200, response_class=Response, responses=DOCUMENTS
    )
    async def decide(
        operation: OperationId, period: int, body: DecisionBody, acting: Annotated[Acting, Depends(may_decide)]
    ) -> Response:
        """Hand a list over: on paper, or encrypted to a recipient. It leaves; only the receipt stays."""
        recipient, certificate = body.recipient, body.certificate
        if body.addressee:
            addressee = crisis.standing_order.addressee(body.addressee)
            recipient, certificate = addressee.recipient, addressee.certificate
        document = await service.decide(acting.account, Batch(operation, period), recipient, certificate)
        access.saw(acting, Deed.DECIDE_HAND_OVER, operation, document.copy.persons)
        return file_of(document)

    @router.post("/operations/{operation}/hand-overs/{period}/decline", status_code=204)
    async def decline(
        operation: OperationId, period: int, body: DeclineBody, acting: Annotated[Acting, Depends(may_decide)]
    ) -> None:
        """Hand a list over to nobody: its names die with their records."""
        service.decline(acting.account, Batch(operation, period), body.reason)

    return router


def standing_order_router(crisis: Crisis, access: Access) -> APIRouter:
    """Return the routes of the standing order."""
    router = APIRouter(prefix="/api/standing-order", tags=["hand-over"])
    order = crisis.standing_order
    may_set = access.to(Deed.SET_STANDING_ORDER)

    @router.get("")
    async def standing(_: Annotated[Acting, Depends(access.to(Deed.SEE_OPERATIONS))]) -> StandingOrderBody:
        """Give the addressees, and what stands in the way of each."""
        addressees = [
            StandingBody(
                each.addressee.id,
                each.addressee.recipient,
                each.addressee.way,
                each.addressee.address,
                to_datetime(each.ends_ns).isoformat() if each.ends_ns else None,
                each.ends_soon,
                each.trouble,
            )
            for each in order.standing()
        ]
        return StandingOrderBody(order.holds, sorted(order.ways), addressees)

    @router.put("/{addressee}", status_code=204)
    async def put(addressee: str, body: AddresseeBody, acting: Annotated[Acting, Depends(may_set)]) -> None:
        """Set an addressee, or another certificate or way for one."""
        order.put(acting.account, Addressee(addressee, body.recipient, body.way, body.address, body.certificate))

    @router.delete("/{addressee}", status_code=204)
    async def remove(addressee: str, acting: Annotated[Acting, Depends(may_set)]) -> None:
        """Take an addressee out."""
        order.remove(acting.account, addressee)

    return router
