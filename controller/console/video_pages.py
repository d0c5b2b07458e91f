"""Pages of video: live pictures of all gates, and inside an operation the recording, with the form for a clip.

Belongs here: routes and forms. Does not belong here: what an open page fetches by itself (static/video), or what is
allowed (the truth says it).
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from contract.clock import Clock, to_datetime
from controller.console import crisis_words, video_words, words
from controller.console.copies_pages import download
from controller.console.frame import Frame, Visitor
from controller.console.operations_pages import context, offered, operation_id
from controller.console.operations_view import Operations
from controller.console.video_view import (
    CLIP_MINUTES,
    MINUTES,
    Camera,
    Viewing,
    by_gate,
    clip_reasons_of,
    clip_recipients,
    offers,
    reasons_of,
    span_of,
    which,
)
from controller.domain.rights.deeds import Deed

_CLIP_LIMIT_S: Final = 600.0
_KEPT: Final = ("begin", "minutes", "camera", "second", "reason", "recipient")
"""Fields of a form that was refused and comes back as it was; a certificate is too long for an address."""
_CLIP: Final = "clip"


class VideoPages:
    """See the module."""

    def __init__(self, frame: Frame, clock: Clock) -> None:
        self._frame: Final = frame
        self._clock: Final = clock

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/cameras", self.live, methods=["GET"]),
            Route("/operations/{id}/video", self.form, methods=["GET"]),
            Route("/operations/{id}/video", self.begin, methods=["POST"]),
            Route("/operations/{id}/video/clip", self.clip, methods=["POST"]),
            Route("/operations/{id}/video/{viewing}", self.player, methods=["GET"]),
        ]

    async def live(self, request: Request) -> Response:
        """What all cameras see now."""
        visitor = await self._frame.visitor(request)
        cameras = await self._frame.get(request, "cameras", list[Camera])
        if cameras is None:
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        said = video_words.words_of(visitor.language.translations.gettext)
        zone = self._frame.feed.seen.zone.key
        return self._frame.page(visitor, "cameras.html", 200, gates=by_gate(cameras), words=said, zone=zone)

    async def form(self, request: Request) -> Response:
        """What to look at: cameras, a time, a reason."""
        return await self._page(request, None)

    async def player(self, request: Request) -> Response:
        """A viewing: the recording, and what was recorded when."""
        id_, viewing = operation_id(request), _word(request.path_params["viewing"])
        answer = await self._frame.ask(request, "GET", f"operations/{id_}/viewings/{viewing}")
        if not answer.ok:
            return self._frame.back(f"/operations/{id_}/video", answer)
        return await self._page(request, answer.read(Viewing))

    async def begin(self, request: Request) -> Response:
        """Put a viewing on record, and go to it."""
        id_, fields = operation_id(request), await self._frame.fields(request)
        here = f"/operations/{id_}/video"
        again = f"{here}?{_kept(fields)}"
        span = span_of(fields.get("begin", ""), fields.get("minutes", ""), self._frame.feed.seen.zone)
        if span is None:
            return RedirectResponse(f"{again}&refused=no-span", status_code=303)
        chosen = [value for name in ("camera", "second") if (value := fields.get(name, ""))]
        body = {
            "cameras": [which(value) for value in chosen],
            "begin": span[0],
            "end": span[1],
            "reason": fields.get("reason", ""),
        }
        answer = await self._frame.ask(request, "POST", f"operations/{id_}/viewings", body)
        if not answer.ok:
            return self._frame.back(again, answer)
        return self._frame.back(f"{here}/{answer.read(Viewing).id}", answer)

    async def clip(self, request: Request) -> Response:
        """Hand a clip over: as a download, encrypted to its recipient."""
        id_, fields = operation_id(request), await self._frame.fields(request)
        again = f"/operations/{id_}/video?{_kept(fields | {'form': _CLIP})}"
        span = span_of(fields.get("begin", ""), fields.get("minutes", ""), self._frame.feed.seen.zone)
        if span is None:
            return RedirectResponse(f"{again}&refused=no-span", status_code=303)
        body: dict[str, Any] = {
            **which(fields.get("camera", "")),
            "begin": span[0],
            "end": span[1],
            **{name: fields.get(name, "") for name in ("recipient", "reason", "certificate")},
        }
        return await download(self._frame, request, f"operations/{id_}/clips", body, again, limit_s=_CLIP_LIMIT_S)

    async def _page(self, request: Request, viewing: Viewing | None) -> Response:
        visitor, id_ = await self._frame.visitor(request), operation_id(request)
        operations = await self._frame.get(request, "operations", Operations)
        cameras = await self._frame.get(request, "cameras", list[Camera])
        operation = None if operations is None else operations.operation(id_)
        if operation is None or cameras is None or not offered(visitor, Deed.SEE_VIDEO):
            return self._frame.page(visitor, "not-for-you.html", 403, why="")
        seen = self._frame.feed.seen
        now = to_datetime(self._clock.now_ns()).replace(tzinfo=UTC) if seen.view is None else seen.view.at
        asked = dict(visitor.request.query_params)
        is_clip = asked.get("form") == _CLIP
        return self._frame.page(
            visitor,
            "video.html",
            200,
            **context(visitor),
            **_says(visitor),
            operation=operation,
            cameras=cameras,
            viewing=viewing,
            gates={each.gate: each.gate_name for each in cameras},
            look=offers({} if is_clip else _only(asked), viewing, MINUTES, cameras, now, seen.zone),
            clip=offers(_only(asked) if is_clip else {}, viewing, CLIP_MINUTES, cameras, now, seen.zone),
            zone=seen.zone.key,
            reasons=reasons_of(operation.kind),
            minutes=MINUTES,
            clip_minutes=CLIP_MINUTES,
            clip_reasons=clip_reasons_of(operation.kind),
            recipients=clip_recipients(),
            may_give=offered(visitor, Deed.HAND_OVER_CLIP) and operation.kind != "drill",
            words=video_words.words_of(visitor.language.translations.gettext),
        )


def _says(visitor: Visitor) -> dict[str, Any]:
    return {
        "why_viewed": lambda code: words.say(video_words.REASONS, code, visitor.language),
        "recipient_name": lambda code: words.say(crisis_words.RECIPIENTS, code, visitor.language),
        "why_given": lambda code: words.say(crisis_words.REASONS, code, visitor.language),
    }


def _only(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: fields[name] for name in _KEPT if name in fields}


def _kept(fields: Mapping[str, str]) -> str:
    """Return what of a form comes back with it, as a query."""
    return urlencode(_only(fields) | {name: fields[name] for name in ("form",) if name in fields})


def _word(text: str) -> str:
    return text if text.isascii() and text.isalnum() else "none"
