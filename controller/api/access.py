"""Who is asking, and may he? Every resource declares one deed; here it is judged, at the request and while it streams.

Use it as `acting: Annotated[Acting, Depends(access.to(Deed.X))]`; a resource that needs no session says so with
`Depends(access.open_to_all)`. A test fails on a resource that does neither. Belongs here: sessions of requests, and
refusals as answers. Does not belong here: the rules (domain/rights), or opening a session (session.py).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

from fastapi import FastAPI, Request, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyCookie

from contract.clock import NS_PER_S
from contract.ids import AccountId, OperationId
from controller.domain.rights.deeds import RULES, Deed, Sight
from controller.domain.rights.judge import Refusal, refusal
from controller.domain.rights.officer import Officer
from controller.domain.rights.roles import Role
from controller.service.officers.officers import Officers
from controller.service.officers.sessions import Session, Sessions
from controller.service.proof.trail import Trail

COOKIE: Final = "sacs-session"
"""Name of the session's cookie."""
_LOOK_AGAIN_S: Final = 0.25
"""An open stream is judged so often: it ends well within a second after the right did."""
_ASKED_BY_ITSELF: Final = frozenset({Sight.COUNTS, Sight.PRESENT})
"""Open pages of counts and live pictures ask by themselves: nobody may be there, so no session lives by it."""
_JUST_NS: Final = 30 * NS_PER_S
"""So long after a right ended, an open page that asks again for what it showed is no attempt of anybody."""
_COOKIE: Final = APIKeyCookie(name=COOKIE, auto_error=False, description="Given by POST /api/session.")
Item = TypeVar("Item")

WORDS: Final = {
    Refusal.ROLE: "none of your roles is for this",
    Refusal.NO_MEMBER: "only members of the security department see this",
    Refusal.NOT_AUTHORIZED: "you hold no authorization that is in force: ask an authorizing officer",
    Refusal.NOT_BRIEFED: "read and acknowledge the briefing first",
    Refusal.NO_OPERATION: "only while an operation is open that this belongs to",
    Refusal.NAMES_CLOSED: "names are not open yet in this operation",
}


class NotSignedInError(Exception):
    """The request belongs to no session that holds."""


class NotAllowedError(Exception):
    """Whoever asks may not do this; `why` is the reason."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(WORDS[why])
        self.why: Final = why


@dataclass(frozen=True)
class Acting:
    """Whoever asks, after it was found that he may. `officer` is what was on record at that moment."""

    officer: Officer
    session: Session

    @property
    def account(self) -> AccountId:
        """His account."""
        return self.officer.account

    @property
    def roles(self) -> frozenset[Role]:
        """His roles."""
        return self.officer.roles


class Access:
    """Judges requests and open streams."""

    def __init__(self, sessions: Sessions, officers: Officers, trail: Trail) -> None:
        self._sessions = sessions
        self._officers = officers
        self._trail = trail
        self._rightly_ns: dict[tuple[str, Deed], int] = {}
        """When a session could last do a deed that shows movements; what is older than `_JUST_NS` may be gone."""

    def to(self, deed: Deed) -> Callable[..., Awaitable[Acting]]:
        """Return a dependency that lets a request pass whose sender may do `deed` now: else 401 or 403."""

        # The deed is the role name that OpenAPI 3.1 allows beside a scheme: so the document tells it of each resource.
        async def acting(value: Annotated[str | None, Security(_COOKIE, scopes=[deed.value])]) -> Acting:
            session = self._sessions.find(value) if value else None
            officer = self._officers.register.officer(session.account) if session else None
            if session is None or officer is None:
                raise NotSignedInError
            self._judge(officer, session, deed)
            if RULES[deed].sight not in _ASKED_BY_ITSELF:
                self._sessions.use(session)
            return Acting(officer, session)

        return acting

    async def open_to_all(self) -> None:
        """Let everybody pass: for what must work before there is a session, or proves itself in another way."""

    def still_may(self, acting: Acting, deed: Deed) -> bool:
        """Tell whether somebody who was let pass may still do `deed`: signed in, and nothing was taken from him."""
        officer = self._officers.register.officer(acting.account)
        if officer is None or not self._sessions.holds(acting.session):
            return False
        return self._refusal(officer, acting.session, deed) is None

    async def while_allowed(self, acting: Acting, deed: Deed, items: AsyncIterator[Item]) -> AsyncIterator[Item]:
        """Yield `items` for as long as `acting` may do `deed`, and end within a second when he may no longer.

        Who follows names in an operation is not idle: his session stays until it is too old.
        """
        coming: asyncio.Task[Item] | None = None
        try:
            while self.still_may(acting, deed):
                if RULES[deed].sight is Sight.MOVEMENTS:
                    self._sessions.use(acting.session)
                coming = coming or asyncio.create_task(_next(items), name="next of a stream")
                if not (await asyncio.wait({coming}, timeout=_LOOK_AGAIN_S))[0]:
                    continue
                try:
                    item = coming.result()
                except StopAsyncIteration:
                    return
                coming = None
                if self.still_may(acting, deed):
                    yield item
        finally:
            if coming is not None:
                coming.cancel()
                with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration):
                    await coming
            if hasattr(items, "aclose"):
                await items.aclose()

    def _judge(self, officer: Officer, session: Session, deed: Deed) -> None:
        why = self._refusal(officer, session, deed)
        if why is not None:
            if RULES[deed].sight is Sight.MOVEMENTS:
                rightly_ns = self._rightly_ns.get((session.id, deed))
                just_ended = rightly_ns is not None and self._officers.situation().now_ns - rightly_ns < _JUST_NS
                self._trail.refused(officer.account, deed, why, just_ended=just_ended)
            raise NotAllowedError(why)

    def _refusal(self, officer: Officer, session: Session, deed: Deed) -> Refusal | None:
        """Return why not; and keep when a session could last see what shows movements."""
        situation = self._officers.situation()
        why = refusal(officer, deed, situation)
        if why is None and RULES[deed].sight is Sight.MOVEMENTS:
            begin_ns = situation.now_ns - _JUST_NS
            self._rightly_ns = {each: at_ns for each, at_ns in self._rightly_ns.items() if at_ns > begin_ns}
            self._rightly_ns[session.id, deed] = situation.now_ns
        return why

    def saw(self, acting: Acting, deed: Deed, operation: OperationId | None, persons: int) -> None:
        """Put on record that somebody is shown movement data of so many persons; call it before they are shown.

        It is judged once more. Raises as `again`.
        """
        self.again(acting, deed)
        self._trail.seen(acting.account, deed, operation, persons)

    def again(self, acting: Acting, deed: Deed) -> None:
        """Judge once more, for making an answer takes its time; call it before the answer is given.

        Raises NotSignedInError and NotAllowedError, as a request does.
        """
        officer = self._officers.register.officer(acting.account)
        if officer is None or not self._sessions.holds(acting.session):
            raise NotSignedInError
        self._judge(officer, acting.session, deed)


async def _next(items: AsyncIterator[Item]) -> Item:
    return await anext(items)


def answer_refusals(app: FastAPI) -> None:
    """Answer refusals in words and with a code, for screens: 401 without a session, 403 without the right."""

    @app.exception_handler(NotSignedInError)
    def not_signed_in(_: Request, __: NotSignedInError) -> JSONResponse:
        answer = {"detail": "sign in first: your session has ended, or there is none", "code": "not-signed-in"}
        return JSONResponse(answer, 401)

    @app.exception_handler(NotAllowedError)
    def not_allowed(_: Request, error: NotAllowedError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": error.why.value}, 403)
