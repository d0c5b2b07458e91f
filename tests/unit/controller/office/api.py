"""The API's resources about officers, without the rest of a controller."""

from fastapi import FastAPI

from controller.api.access import Access, answer_refusals
from controller.api.accounts import accounts_router, answer_objections, authorizations_router, roles_router
from controller.api.own_account import briefing_router, own_account_router, passkeys_router
from controller.api.session import answer_failures, session_router, sign_in_router
from controller.composition.office import Office

ROUTERS = (
    sign_in_router, session_router, own_account_router, passkeys_router, briefing_router, accounts_router, roles_router,
    authorizations_router,
)  # fmt: skip


def office_api(office: Office) -> FastAPI:
    """Return an app with these resources alone."""
    app = FastAPI()
    access = Access(office.sessions, office.officers, office.trail)
    for router in ROUTERS:
        app.include_router(router(office, access))
    for answer in (answer_refusals, answer_failures, answer_objections):
        answer(app)
    return app
