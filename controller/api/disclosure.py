"""Resources of copies with names: made in an open operation, listed, returned or destroyed.

Belongs here: who may, status codes, the file on its way. Does not belong here: what is allowed
(domain/disclosure.py), or how a copy is made (service/disclosing).
"""

from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Response

from contract.clock import to_datetime
from contract.ids import AccountId, AreaId, OperationId
from controller.api.access import Access, Acting
from controller.composition.crisis import Crisis
from controller.domain.disclosure import Copy, DisclosureReason, Ending, Form, Recipient, short_code
from controller.domain.rights.deeds import Deed
from controller.service.disclosing.copies import Asked, Document

DOCUMENTS: dict[int | str, dict[str, object]] = {
    200: {
        "description": "the copy: PDF, or CMS where it is encrypted; its number in X-Copy-Number",
        "content": {"application/pdf": {}, "application/pkcs7-mime": {}},
    }
}


@dataclass(frozen=True)
class AskedBody:
    """What shall leave. `areas`: none for the whole premises. `to_whom`: free text, kept sealed for a day.

    `certificate`: the recipient's, X.509 in PEM, for a file and for nothing else.
    """

    form: Form
    recipient: Recipient
    reason: DisclosureReason
    areas: list[AreaId] = field(default_factory=list)
    to_whom: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)


@dataclass(frozen=True)
class CopyBody:
    """One copy, without a name. Times ISO 8601, UTC. `officer`: null for the standing order; `mark`: as on the paper.

    `to_whom`: for as long as that note can be read. `out`: it must still come back or be destroyed.
    """

    number: int
    operation: OperationId
    mark: str
    form: Form
    recipient: Recipient
    reason: DisclosureReason
    areas: list[str]
    persons: int
    officer: AccountId | None
    made_at: str
    to_whom: str = field(repr=False)
    out: bool
    ending: Ending | None
    ended_at: str | None


@dataclass(frozen=True)
class EndingBody:
    """What became of a copy."""

    ending: Ending


def disclosure_router(crisis: Crisis, access: Access) -> APIRouter:
    """Return the routes of one operation's copies."""
    router = APIRouter(prefix="/api/operations/{operation}/copies", tags=["disclosure"])
    copies = crisis.copies

    @router.post("", status_code=200, response_class=Response, responses=DOCUMENTS)
    async def give(
        operation: OperationId, body: AskedBody, acting: Annotated[Acting, Depends(access.to(Deed.DISCLOSE))]
    ) -> Response:
        """Make a numbered copy of who is not accounted for now. It is on record before it is sent."""
        asked = Asked(body.form, body.recipient, body.reason, tuple(body.areas), body.to_whom, body.certificate)
        document = await copies.give(acting.account, operation, asked)
        access.saw(acting, Deed.DISCLOSE, operation, document.copy.persons)
        return file_of(document)

    return router


def copies_router(crisis: Crisis, access: Access) -> APIRouter:
    """Return the routes of all copies."""
    router = APIRouter(prefix="/api/copies", tags=["disclosure"])
    copies, missing = crisis.copies, crisis.missing
    may_end = access.to(Deed.RECORD_RETURN)

    async def body_of(copy: Copy) -> CopyBody:
        return CopyBody(
            copy.number,
            copy.operation,
            short_code(copy.operation),
            copy.form,
            copy.recipient,
            copy.reason,
            [missing.area_name(area) for area in copy.areas],
            copy.persons,
            copy.officer,
            to_datetime(copy.made_ns).isoformat(),
            await copies.to_whom(copy),
            copy.is_out,
            copy.ending,
            to_datetime(copy.ended_ns).isoformat() if copy.ending else None,
        )

    @router.get("")
    async def listed(
        _: Annotated[Acting, Depends(may_end)], operation: OperationId | None = None, *, out: bool = False
    ) -> list[CopyBody]:
        """List copies without names, newest first: of one operation, or only those that are still out."""
        found = [copy for copy in copies.register.copies(operation) if copy.is_out or not out]
        return [await body_of(copy) for copy in reversed(found)]

    @router.post("/{number}/ending")
    async def end(number: int, body: EndingBody, acting: Annotated[Acting, Depends(may_end)]) -> CopyBody:
        """Put on record that a copy came back, or was destroyed; once."""
        return await body_of(copies.end(acting.account, number, body.ending))

    return router


def file_of(document: Document) -> Response:
    """Return a document as a download that no cache keeps."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(document.name)}",
        "cache-control": "no-store",
        "x-copy-number": str(document.copy.number),
    }
    return Response(document.data, media_type=document.media_type, headers=headers)
