"""Renders what is seen: the whole page, or the fragments of it that an open page swaps.

Belongs here: joining view, words and formats in templates. Does not belong here: HTTP (app.py). One render serves all
open pages of a language.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from contract.ids import new_act_id
from controller.console import TEMPLATES, law_words, words
from controller.console.alarm_bar import bar_context
from controller.console.alarms_view import waiting_in
from controller.console.feed import Feed, Seen
from controller.console.navigation import Oneself, shell
from controller.console.view import View
from controller.domain.rights.deeds import Deed
from controller.domain.violations import ALARMS
from controller.live import Cause
from web.formats import Formats
from web.i18n import Language
from web.templating import environment

FRAGMENTS: Final = ("notices", "premises", "areas", "gates", "alarms", "keys", "counters")
"""Parts of the page that change by themselves, in reading order; each is `fragments/<name>.html`."""


class Update(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an open page is sent: texts it can not make by itself, and the fragments that changed, by name.

    `as_of` is the time of the picture; `lost` says, in words, that the truth does not answer; `spoken` is the page in
    a sentence, for a screen reader. `ended`: the session is over, and nothing follows.
    """

    as_of: str
    fragments: dict[str, str]
    spoken: str
    lost: str | None = None
    ended: bool = False


def event_of(update: Update) -> bytes:
    """Return an update as a server-sent event."""
    return b"data: " + msgspec.json.encode(update) + b"\n\n"


class Page:
    """The live page in one language. `languages`: all there are, for the choice at its top; `feed`: of the truth."""

    def __init__(self, language: Language, languages: Sequence[Language], feed: Feed) -> None:
        self._language: Final = language
        self._environment: Final = environment(language, TEMPLATES)
        self._environment.globals |= {"languages": languages, "served": feed}
        self._last: tuple[Seen, Update] | None = None

    def whole(self, seen: Seen, me: Oneself | None, said: str = "", refused: str = "") -> str:
        """Return the page as `me` sees it: with his sections at the top, and what came of his last form."""
        names = seen.view.names if seen.view else {}
        bar = bar_context(me, self._language, waiting_in(seen.view), names)
        around = shell(me, "/", self._language) | bar
        return self._environment.get_template("live.html").render(
            self._context(seen),
            update=self.update(seen),
            said=said,
            refused=refused,
            may_count=me is not None and Deed.COUNT_UNNAMED in me.deeds,
            act_id=new_act_id(),
            **around,
        )

    def update(self, seen: Seen) -> Update:
        """Return all fragments of the page and what stands above them."""
        if self._last is None or self._last[0] is not seen:
            self._last = seen, self._render(seen)
        return self._last[1]

    def _render(self, seen: Seen) -> Update:
        context = self._context(seen)
        render = {name: self._environment.get_template(f"fragments/{name}.html").render for name in FRAGMENTS}
        formats: Formats = context["f"]
        return Update(
            as_of=formats.clock(seen.view.at) if seen.view else "",
            fragments={name: each(context) for name, each in render.items()} if seen.view else {},
            spoken=self._line("spoken", context) if seen.view else "",
            lost=self._line("lost", context) if seen.lost_since else None,
        )

    def _line(self, name: str, context: Mapping[str, Any]) -> str:
        text = self._environment.get_template(f"lines/{name}.txt").render(context)
        return " ".join(text.split())

    def _context(self, seen: Seen) -> dict[str, Any]:
        formats = Formats(self._language.locale, seen.zone)

        def say(table: dict[str, str], code: str) -> str:
            return words.say(table, code, self._language)

        return {
            "view": seen.view,
            "lost_since": seen.lost_since,
            "f": formats,
            "fragments": FRAGMENTS,
            "blame": lambda kind: say(law_words.CLASS_OF_ENTRY, ALARMS[kind].value) if kind in ALARMS else "",
            "alarm": lambda kind: say(words.ALARMS, kind),
            "denial": lambda reason: say(words.DENIALS | words.TURNED_AWAY | words.REFUSALS, reason),
            "gate_state": lambda state: say(words.GATE_STATES, state),
            "reader_kind": lambda kind: say(words.READER_KINDS, kind),
            "board_kind": lambda kind: say(words.BOARD_KINDS, kind),
            "key_kind": lambda kind: say(words.KEY_KINDS, kind),
            "operation_name": lambda kind, plan: say(words.OPERATIONS, f"{kind} {plan}" if plan else kind),
            "cause_short": lambda code: say(words.CAUSES_SHORT, code),
            "cause": lambda each: self._cause(each, seen.view, formats) if seen.view else "",
        }

    def _cause(self, cause: Cause, view: View, formats: Formats) -> str:
        since = formats.moment(datetime.fromisoformat(cause.since), view.at) if cause.since else ""
        return words.say_cause(cause, view.names.get(cause.place, cause.place), since, self._language, formats)
