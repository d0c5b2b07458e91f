"""Resources of alarms that somebody has to answer: which wait, who answered what, and answering one by name.

Belongs here: who may, and the answer. Does not belong here: the rules (domain/alarm.py), or lines that need no answer
(the live picture has them).
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from contract.clock import Clock, to_datetime
from controller.api.access import Access, Acting
from controller.api.shapes import described, given
from controller.domain.rights.deeds import Deed
from controller.live import CaseLine
from controller.service.alarm_cases import AlarmCases, Answered, NoSuchAlarmError, line_of
from controller.service.officers.accounts import Accounts


class Acknowledged(CaseLine, frozen=True, kw_only=True):
    """An alarm that an officer acknowledged `at` a moment. `by`: his name; "" where his account is gone."""

    at: str
    by: str

    def __repr__(self) -> str:
        """Name nobody."""
        return "Acknowledged(...)"


class AlarmsBody(msgspec.Struct, frozen=True):
    """What waits, the loud ones first, and what was acknowledged since the controller started, the last first."""

    at: str
    waiting: list[CaseLine]
    acknowledged: list[Acknowledged]


def alarms_router(cases: AlarmCases, accounts: Accounts, clock: Clock, access: Access) -> APIRouter:
    """Return the routes of alarms."""
    router = APIRouter(prefix="/api/alarms", tags=["alarms"])

    def acknowledged(answered: list[Answered]) -> list[Acknowledged]:
        people = {by: accounts.person(by) for by in {each.by for each in answered}}
        names = {by: person.name if person else "" for by, person in people.items()}
        return [
            Acknowledged(
                **msgspec.structs.asdict(line_of(each.case)), at=to_datetime(each.at_ns).isoformat(), by=names[each.by]
            )
            for each in answered
        ]

    @router.get(
        "",
        responses=described(AlarmsBody),
        response_class=Response,
        dependencies=[Depends(access.to(Deed.SEE_COUNTS))],
    )
    async def alarms() -> Response:
        """List what waits for an officer, and what was acknowledged."""
        at = to_datetime(clock.now_ns()).isoformat()
        return given(AlarmsBody(at, cases.lines(), acknowledged(cases.answered())))

    @router.post("/{alarm}/acknowledgement", responses=described(Acknowledged), response_class=Response)
    async def acknowledge(
        alarm: str, acting: Annotated[Acting, Depends(access.to(Deed.ACKNOWLEDGE_ALARM))]
    ) -> Response:
        """Acknowledge an alarm in your name; one that was acknowledged before stays as it was."""
        return given(acknowledged([cases.acknowledge(alarm, acting.account)])[0])

    return router


def answer_no_alarm(app: FastAPI) -> None:
    """Answer that there is no such alarm, in words."""

    @app.exception_handler(NoSuchAlarmError)
    def no_such(_: Request, error: NoSuchAlarmError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": "no-such-alarm"}, 404)
