"""Pages of the auditor: how each rule of the law stands, and the trail. Officers are the only ones named on them.

Belongs here: these pages and their forms. Does not belong here: any judgement; the API tells it.
"""

from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from controller.console import law_words
from controller.console.fact_words import moment, say_facts
from controller.console.frame import Frame, Visitor
from controller.console.office_words import say_answer
from controller.console.words import say
from controller.domain.rights.deeds import Deed
from controller.law.reading import TrailPage
from controller.law.report import Evidence, Report, Unit

_PAGE: Final = 40
_FILTERS: Final = ("entry_class", "kind", "since", "until")


class _Investigators(msgspec.Struct):
    first: str = ""
    second: str = ""


class _Kind(msgspec.Struct):
    kind: str
    entry_class: str
    says: str


class _Account(msgspec.Struct):
    account: str
    name: str


class LawPages:
    """The page of the law, and the trail."""

    def __init__(self, frame: Frame) -> None:
        self._frame: Final = frame

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/law", self.law, methods=["GET"]),
            Route("/law/investigators", self.set_investigators, methods=["POST"]),
            Route("/trail", self.trail, methods=["GET"]),
            Route("/trail/{number:int}/note", self.note, methods=["POST"]),
        ]

    async def law(self, request: Request) -> Response:
        """Each rule with its state, evidence and commands; what stands; checks, vault, ledger; paper."""
        visitor = await self._frame.visitor(request)
        report = await self._frame.get(request, "law", Report)
        if report is None:
            return self._not_for(visitor)
        keys = await self._frame.get(request, "investigators", _Investigators) or _Investigators()
        return self._frame.page(
            visitor,
            "law.html",
            report=report,
            now=datetime.fromisoformat(report.at),
            keys=keys,
            may_note=_may(visitor, Deed.NOTE_VIOLATION),
            may_set=_may(visitor, Deed.SET_INVESTIGATORS),
            sees_trail=_may(visitor, Deed.SEE_TRAIL),
            value=lambda each: _value(each, visitor),
            **await self._says(visitor),
        )

    async def trail(self, request: Request) -> Response:
        """Entries of the ledger, newest first, by class, kind and time."""
        visitor = await self._frame.visitor(request)
        asked = {name: value for name in _FILTERS if (value := request.query_params.get(name, ""))}
        query: dict[str, str | int] = {"most": _PAGE, **asked}
        query |= {name: _utc(asked[name], self._frame) for name in ("since", "until") if name in asked}
        if (before := request.query_params.get("before", "")).isdigit():
            query["before"] = before
        page = await self._frame.get(request, f"trail?{urlencode(query)}", TrailPage)
        kinds = await self._frame.get(request, "trail/kinds", list[_Kind])
        if page is None or kinds is None:
            return self._not_for(visitor)
        older = urlencode({**asked, "before": page.lines[-1].number}) if page.more else ""
        return self._frame.page(
            visitor,
            "trail.html",
            trail=page,
            kinds=kinds,
            asked={name: asked.get(name, "") for name in _FILTERS},
            is_filtered=bool(asked),
            classes=law_words.CLASSES,
            older=older,
            now=datetime.now(UTC),
            **await self._says(visitor),
        )

    async def note(self, request: Request) -> Response:
        """Put on record that an auditor has taken note of a breach or fault."""
        await self._frame.visitor(request)
        answer = await self._frame.ask(request, "POST", f"trail/{request.path_params['number']}/note")
        return self._frame.back("/law", answer, "noted")

    async def set_investigators(self, request: Request) -> Response:
        """Set the two public keys to which searches are sealed."""
        await self._frame.visitor(request)
        fields = await self._frame.fields(request)
        body = {name: fields.get(name, "").strip().lower() for name in ("first", "second")}
        answer = await self._frame.ask(request, "PUT", "investigators", body)
        return self._frame.back("/law", answer, "investigators-set")

    def _not_for(self, visitor: Visitor) -> Response:
        return self._frame.page(visitor, "not-for-you.html", 403, why=say_answer("role", visitor.language))

    async def _says(self, visitor: Visitor) -> dict[str, Any]:
        """Return what turns codes and English sentences of the API into the page's language."""
        language = visitor.language
        translated = language.translations.gettext
        accounts: list[_Account] | None = None
        if _may(visitor, Deed.SEE_ACCOUNTS):
            accounts = await self._frame.get(visitor.request, "accounts", list[_Account])
        officers = {each.account: each.name for each in accounts or ()}
        sees_operations = _may(visitor, Deed.SEE_OPERATIONS)
        return {
            "translated": translated,
            "state_word": lambda code: say(law_words.STATES, code, language),
            "class_word": lambda code: say(law_words.CLASSES, code, language),
            "entry_class_word": lambda code: say(law_words.CLASS_OF_ENTRY, code, language),
            "check_word": lambda code: say(law_words.CHECKS, code, language),
            "vault_word": lambda code: say(law_words.VAULTS, code, language),
            "facts": lambda line: say_facts(line.facts, visitor, officers, sees_operations=sees_operations),
            "moment": datetime.fromisoformat,
        }


def _value(evidence: Evidence, visitor: Visitor) -> str:
    formats, value = visitor.formats, evidence.value
    match evidence.unit:
        case Unit.SECONDS:
            return formats.span(float(value))
        case Unit.COUNT | Unit.BYTES:
            return formats.number(int(value))
        case Unit.MOMENT:
            return moment(str(value), visitor)
        case Unit.YES:
            return say(law_words.YES_OR_NO, str(int(value)), visitor.language)
        case _:
            return say(law_words.VAULTS, str(value), visitor.language)


def _may(visitor: Visitor, deed: Deed) -> bool:
    return visitor.me is not None and deed.value in visitor.me.deeds


def _utc(text: str, frame: Frame) -> str:
    """Return a moment that was typed in the site's time zone as ISO 8601 in UTC; what is none goes on as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (at if at.tzinfo else at.replace(tzinfo=frame.feed.seen.zone)).astimezone(UTC).isoformat()
