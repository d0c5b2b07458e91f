"""The application: all resources, and its OpenAPI document with the live picture's schema and each resource's deed."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from controller.api.access import Access, answer_refusals
from controller.api.accounts import accounts_router, answer_objections, authorizations_router, roles_router
from controller.api.alarms import AlarmsBody, alarms_router, answer_no_alarm
from controller.api.board import Board
from controller.api.controllers import controllers_router
from controller.api.disclosure import copies_router, disclosure_router
from controller.api.hand_over import hand_over_router, standing_order_router
from controller.api.law import answer_bad_keys, investigators_router, law_router
from controller.api.live import console_router, live_router
from controller.api.metrics import metrics_router
from controller.api.muster import SHAPES, marks_router, muster_router, timeline_router
from controller.api.obstacles import answer_obstacles
from controller.api.on_time import OnTime
from controller.api.operations import (
    alerts_router,
    answer_operation_errors,
    danger_router,
    leading_router,
    operations_router,
)
from controller.api.own_account import briefing_router, own_account_router, passkeys_router
from controller.api.photos import photos_router
from controller.api.reconfirmation import reconfirmation_router
from controller.api.reference import escorts_router, passes_router, places_router, reference_router
from controller.api.reports import notices_router, reports_router
from controller.api.search import answer_search_errors, search_router
from controller.api.session import answer_failures, session_router, sign_in_router
from controller.api.shapes import describe
from controller.api.tablet import tablet_router
from controller.api.tablets import answer_tablets, tablets_router
from controller.api.trail import answer_notes, notes_router, trail_router
from controller.api.unnamed import answer_miscounts, unnamed_router
from controller.api.vehicles import answer_refused_vehicles, vehicles_router
from controller.api.video import clips_router, live_pictures_router, viewings_router
from controller.composition.assembly import Assembly
from controller.law.reading import TrailPage
from controller.law.report import Report
from controller.live import Live
from controller.metrics import Metrics, collector_token
from controller.service.site.reference import RefusedError


def api_app(board: Board, assembly: Assembly) -> FastAPI:
    """Return the API of a controller. Each resource under /api declares the deed that it needs, by a dependency."""
    app = FastAPI(
        title="SACS controller",
        summary="Headcount and reference data of one site. Names of those inside only in an operation.",
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    office, reference = assembly.office, assembly.reference
    access = Access(office.sessions, office.officers, office.trail)

    @app.exception_handler(RefusedError)
    def refused(_: Request, error: RefusedError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 409)

    app.add_middleware(OnTime, catch_up=assembly.truth.sweep.catch_up)
    answer_refusals(app)
    answer_failures(app)
    answer_objections(app)
    answer_operation_errors(app)
    answer_search_errors(app)
    answer_bad_keys(app)
    answer_notes(app)
    answer_obstacles(app)
    answer_tablets(app, assembly.truth.clock)
    answer_no_alarm(app)
    answer_miscounts(app)
    answer_refused_vehicles(app)

    @app.exception_handler(OSError)
    @app.exception_handler(SQLAlchemyError)
    def not_written(_: Request, __: Exception) -> JSONResponse:
        return JSONResponse({"detail": "the controller's disk refuses: nothing was done or shown, try again"}, 503)

    oversight, crisis = assembly.oversight, assembly.crisis
    centre, clock, site = assembly.centre, assembly.truth.clock, assembly.truth.site.site
    for router in (
        live_router(board, access),
        console_router(board),
        controllers_router(assembly.twins.consoles, lambda: assembly.truth.learning.is_on, access),
        alarms_router(assembly.truth.cases, office.accounts, assembly.truth.clock, access),
        places_router(reference, access),
        reference_router(reference, access),
        escorts_router(assembly.passes.escorts, access),
        vehicles_router(assembly.passes.vehicles, access),
        passes_router(reference, access, clock),
        sign_in_router(office, access),
        session_router(office, access),
        own_account_router(office, access),
        passkeys_router(office, access),
        briefing_router(office, access),
        accounts_router(office, access),
        roles_router(office, access),
        authorizations_router(office, access),
        operations_router(centre, clock, access),
        leading_router(centre, clock, access, office.officers.leads),
        danger_router(centre, clock, access),
        alerts_router(centre, access),
        search_router(centre, clock, access),
        muster_router(centre, assembly.muster, clock, access),
        marks_router(assembly.muster, access),
        timeline_router(assembly.muster, access),
        unnamed_router(assembly.muster.unnamed, access),
        reports_router(centre, site.name or site.id, access),
        notices_router(centre, access),
        law_router(oversight, access),
        investigators_router(oversight, access),
        trail_router(oversight, access),
        notes_router(oversight, access),
        reconfirmation_router(crisis, clock, access),
        disclosure_router(crisis, access),
        copies_router(crisis, access),
        hand_over_router(crisis, clock, access),
        standing_order_router(crisis, access),
        tablets_router(assembly.tablets, access),
        tablet_router(assembly.tablets, clock, access),
        live_pictures_router(assembly.looking, assembly.truth.site, access),
        viewings_router(assembly.looking, access),
        clips_router(assembly.looking, access),
        photos_router(assembly.gate_screens.photos, access),
        metrics_router(
            access, Metrics(assembly.truth, assembly.link, assembly.ledger), collector_token(assembly.state)
        ),
    ):
        app.include_router(router)
    describe(app, Live, AlarmsBody, *SHAPES, Report, TrailPage)
    return app
