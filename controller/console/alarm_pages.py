"""Alarms that wait for an officer: their page, what stands of them on every page, and acknowledging one.

Belongs here: routes and forms. Does not belong here: who is called to which (alarms_view.py), sound (alarms.js).
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from controller.console import words
from controller.console.alarm_bar import bar_context
from controller.console.alarms_view import Alarms, called_to, may_acknowledge
from controller.console.frame import Frame, Visitor
from controller.domain.alarm import CLASSES, WITHIN_S

_HERE: Final = "/alarms"


class AlarmPages:
    """See the module."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(_HERE, self.page, methods=["GET"]),
            Route(f"{_HERE}/now", self.now, methods=["GET"]),
            Route(f"{_HERE}/{{id}}", self.acknowledge, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """All that wait, and those that were acknowledged since the controller started."""
        visitor = await self._frame.visitor(request)
        alarms = await self._frame.get(request, "alarms", Alarms)
        if alarms is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        say = visitor.language.translations.gettext
        return self._frame.page(
            visitor,
            "alarms.html",
            200,
            **self._shown(visitor, alarms),
            within=list(WITHIN_S.items()),
            class_of_alarm=lambda each: say(words.ALARM_CLASSES[each]),
            kinds_of=lambda each: ", ".join(say(words.ALARMS[kind]) for kind, of in CLASSES.items() if of is each),
        )

    async def now(self, request: Request) -> Response:
        """What an open page asks for again and again: the bar, the list, and which alarms are loud for this officer.

        It keeps no session alive. Without one: 401, and the page asks no more.
        """
        answer = await self._frame.ask(request, "GET", "alarms")
        if not answer.ok:
            return Response(status_code=answer.status)
        me = await self._frame.remembered(request)
        anybody = self._frame.anybody(request)
        visitor = Visitor(request, anybody.language, anybody.formats, me)
        alarms = answer.read(Alarms)
        shown = self._shown(visitor, alarms)
        called = called_to(me, alarms.waiting)
        return JSONResponse(
            {
                "bar": self._frame.fragment(visitor, "alarms/bar.html", shown),
                "list": self._frame.fragment(visitor, "alarms/waiting.html", shown),
                "loud": [each.id for each in called if each.loud],
            }
        )

    async def acknowledge(self, request: Request) -> Response:
        """Acknowledge one by name, and go back to where it stood."""
        fields = await self._frame.fields(request)
        id_ = str(request.path_params["id"])
        id_ = id_ if id_.isascii() and id_.isalnum() else "none"
        answer = await self._frame.ask(request, "POST", f"alarms/{id_}/acknowledgement")
        return self._frame.back(_own_page(fields.get("to", "")), answer, "alarm-acknowledged")

    def _shown(self, visitor: Visitor, alarms: Alarms) -> dict[str, Any]:
        return {
            **bar_context(visitor.me, visitor.language, alarms.waiting, self._frame.names),
            "alarms": alarms,
            "may_acknowledge": may_acknowledge(visitor.me),
            "here": _own_page(visitor.request.query_params.get("here", "")),
        }


def _own_page(to: str) -> str:
    """Return a path of ours, never an address of elsewhere."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isascii() else _HERE
