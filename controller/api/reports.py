"""Resources of what became of operations: reports in figures, and what the authorizing office has not read yet.

Nothing here names anybody. Belongs here: who may. Does not belong here: the figures (service/operation_reports.py).
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Response

from contract.ids import OperationId
from controller.api.access import Access, Acting
from controller.composition.centre import Centre
from controller.domain.muster.outcome import Outcome
from controller.domain.rights.deeds import Deed
from controller.service.operating.operation_paper import PaperError, on_paper
from controller.service.operating.operation_reports import (
    Bounds,
    Inside,
    NoSuchNoticeError,
    Notice,
    OperationReport,
    Step,
)


@dataclass(frozen=True)
class CurveBody:
    """So many were accounted for that long after the opening, and so many were not."""

    after_s: int
    accounted: int
    missing: int


@dataclass(frozen=True)
class AreaBody:
    """One area, without those inside it. `swept_s`: how long after the opening it was searched."""

    area: str
    expected: int
    accounted: int
    missing: int
    swept_s: int | None


@dataclass(frozen=True)
class PointBody:
    """One muster point; `wrong_point`: of those accounted for, who belonged elsewhere."""

    point: str
    accounted: int
    wrong_point: int
    unnamed_seen: int


@dataclass(frozen=True)
class GateBody:
    """One gate: how many left by it, and when nine in ten of them had."""

    gate: str
    left: int
    nine_in_ten_s: int


@dataclass(frozen=True)
class OutcomeBody:
    """What a roll call amounted to; see domain/muster/outcome.py. Groups of few persons are left out."""

    expected: int
    accounted: int
    missing: int
    contradicted: int
    staying: int
    left: int
    entered: int
    found: int
    unnamed_expected: int
    unnamed_seen: int
    withdrawn: int
    reached_s: dict[int, int | None]
    curve: list[CurveBody]
    areas: list[AreaBody]
    muster_points: list[PointBody]
    gates: list[GateBody]
    means: dict[str, int]
    nameless: int


@dataclass(frozen=True)
class ReportBody:
    """One operation in figures; see OperationReport. `roll_call`: when it is over."""

    operation: OperationId
    kind: str
    plan: str | None
    reason: str
    trigger: str
    opened_at: str
    closed_at: str | None
    lasted_s: float | None
    ending: str | None
    renewals: int
    looks: int
    searches: int
    disclosures: int
    at_opening: Inside
    at_close: Inside | None
    bounds: list[Bounds]
    steps: list[Step]
    roll_call: OutcomeBody | None


def reports_router(centre: Centre, site: str, access: Access) -> APIRouter:
    """Return the routes of reports. `site`: the site's name, for paper."""
    router = APIRouter(prefix="/api/operation-reports", tags=["operations"])
    may_see = [Depends(access.to(Deed.SEE_OPERATIONS))]

    def known(operation: OperationId) -> OperationReport:
        report = centre.reports.of(operation)
        if report is None:
            raise HTTPException(404, "no such operation")
        return report

    @router.get("", dependencies=may_see)
    async def reports() -> list[ReportBody]:
        """List the report of each operation, the last one first."""
        return [_body(report) for report in centre.reports.all()]

    @router.get("/{operation}", dependencies=may_see)
    async def report(operation: OperationId) -> ReportBody:
        """Give one operation in figures."""
        return _body(known(operation))

    @router.get("/{operation}/paper", dependencies=may_see, response_class=Response)
    async def paper(operation: OperationId) -> Response:
        """Give the same as PDF."""
        try:
            pdf = await asyncio.to_thread(on_paper, known(operation), site)
        except PaperError as error:
            raise HTTPException(503, str(error)) from error
        return Response(pdf, media_type="application/pdf")

    return router


def notices_router(centre: Centre, access: Access) -> APIRouter:
    """Return the routes of what is reported to the authorizing office."""
    router = APIRouter(prefix="/api/notices", tags=["operations"])
    may = access.to(Deed.READ_NOTICES)

    @router.get("", dependencies=[Depends(may)])
    async def notices() -> list[Notice]:
        """List what nobody of the authorizing office has acknowledged yet, oldest first."""
        return centre.reports.notices()

    @router.post("/{number}/acknowledgement", status_code=204)
    async def acknowledge(number: int, acting: Annotated[Acting, Depends(may)]) -> None:
        """Put on record that you have read it."""
        try:
            centre.reports.acknowledge(number, acting.account)
        except NoSuchNoticeError as error:
            raise HTTPException(404, str(error)) from error

    return router


def _body(report: OperationReport) -> ReportBody:
    return ReportBody(
        report.operation, report.kind, report.plan, report.reason, report.trigger, report.opened_at, report.closed_at,
        report.lasted_s, report.ending, report.renewals, report.looks, report.searches, report.disclosures,
        report.at_opening, report.at_close, list(report.bounds), list(report.steps),
        _outcome(report.outcome),
    )  # fmt: skip


def _outcome(found: Outcome | None) -> OutcomeBody | None:
    if found is None:
        return None
    return OutcomeBody(
        found.expected, found.accounted, found.missing, found.contradicted, found.staying, found.left, found.entered,
        found.found, found.unnamed_expected, found.unnamed_seen, found.withdrawn, found.reached_s,
        [CurveBody(*msgspec.structs.astuple(each)) for each in found.curve],
        [AreaBody(*msgspec.structs.astuple(each)) for each in found.areas],
        [PointBody(*msgspec.structs.astuple(each)) for each in found.muster_points],
        [GateBody(*msgspec.structs.astuple(each)) for each in found.gates],
        found.means, found.nameless,
    )  # fmt: skip
