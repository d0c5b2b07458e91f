"""Renders the bench: the whole page, the parts of it that an open page swaps, and entries of the trace.

Belongs here: joining state, words and formats in templates. Does not belong here: HTTP (app.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from contract.clock import to_datetime
from simulators.bench import TEMPLATES, words
from simulators.bench.acts import NewKey
from simulators.bench.doing import Bench
from simulators.bench.journal import NOT_ACTS, Entry, Source
from simulators.bench.state import BenchState
from simulators.bench.words import Vocabulary
from simulators.osdp.state import Misbehaviour
from web.formats import Formats
from web.i18n import Language
from web.templating import environment


class Update(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an open page is sent, as web/static/live.js wants it."""

    as_of: str
    fragments: dict[str, str]
    spoken: str


class Shown(msgspec.Struct, frozen=True):
    """One rendered entry of the trace. `said`: the same in words, for whoever can not see it; empty: not worth it.

    `same`: entries of which this is equal are the same frame again; empty for what is always told.
    """

    number: int
    source: str
    html: str
    said: str
    same: str


class Page:
    """The bench's page in one language. `languages`: all there are."""

    def __init__(self, language: Language, languages: Sequence[Language], vocabulary: Vocabulary) -> None:
        self._language: Final = language
        self._environment: Final = environment(language, TEMPLATES)
        self._environment.globals["languages"] = languages
        self._environment.globals.update(self._sayings(vocabulary))

    def whole(self, bench: Bench, scenes: Mapping[str, str]) -> str:
        """Return the page. `scenes`: name -> title."""
        context = self._context(bench)
        return self._environment.get_template("bench.html").render(
            context,
            update=self._update(context),
            scenes=scenes,
            sources=list(Source),
            new_keys=list(NewKey),
            misbehaviours=list(Misbehaviour),
        )

    def update(self, bench: Bench) -> Update:
        """Return all parts of the page that change."""
        return self._update(self._context(bench))

    def entry(self, entry: Entry, zone: ZoneInfo) -> Shown:
        """Return one entry of the trace."""
        context = {"entry": entry, "f": Formats(self._language.locale, zone)}
        if entry.source is Source.ACT and entry.kind not in NOT_ACTS:
            context |= self._act(entry)
        html = self._environment.get_template("entry.html").render(context)
        said = ""
        if entry.source in {Source.GATE, Source.SCENE} and entry.kind in {"decision", "passed", "failed"}:
            said = " ".join(self._environment.get_template("entry.txt").render(context).split())
        same = f"{entry.place} {entry.words}" if entry.source is Source.WIRE else ""
        return Shown(entry.number, entry.source.value, html, said, same)

    def _update(self, context: dict[str, Any]) -> Update:
        state: BenchState = context["state"]
        render = self._environment.get_template
        fragments = {name: render(f"fragments/{name}.html").render(context) for name in ("decision", "system", "scene")}
        for kind, items in (
            ("reader", state.readers),
            ("portal", state.portals),
            ("board", state.boards),
        ):
            template = render(f"fragments/{kind}.html")
            fragments |= {f"{kind}-{each.id}": template.render(context, it=each) for each in items}
        line = render("fragments/line.html")
        fragments |= {f"line-{each.name}": line.render(context, it=each) for each in state.lines}
        formats: Formats = context["f"]
        return Update(formats.clock(context["now"]), fragments, "")

    def _context(self, bench: Bench) -> dict[str, Any]:
        return {
            "state": bench.state(),
            "box": bench.box,
            "now": to_datetime(bench.clock.now_ns()),
            "watched": bench.watched,
            "verdict": bench.watched.verdict,
            "f": Formats(self._language.locale, bench.zone),
        }

    def _act(self, entry: Entry) -> dict[str, Any]:
        said, facts = words.act_said(entry.kind, entry.facts)
        told = {name: value for name, value in facts.items() if name != "within_s"}
        return {"act_said": str(self._language.translations.gettext(said)), "act_facts": told}

    def _sayings(self, vocabulary: Vocabulary) -> dict[str, Any]:
        received = {**vocabulary.alarms, **words.EVENTS}
        tables: dict[str, Mapping[str, str]] = {
            "do_act": words.ACTS,
            "unheard": words.UNHEARD,
            "source": words.SOURCES,
            "say_outcome": words.OUTCOMES,
            "assurance": words.ASSURANCES,
            "device_event": words.DEVICE_EVENTS,
            "detail": words.DETAILS,
            "refusal": words.REFUSALS,
            "portal_state": words.PORTAL_STATES,
            "portal_kind": words.PORTAL_KINDS,
            "signal_state": words.SIGNAL_STATES,
            "shows": words.SHOWS,
            "light": words.LIGHTS,
            "card": words.CARDS,
            "fault": words.FAULTS,
            "event": received,
            "alarm": vocabulary.alarms,
            "denial": vocabulary.denials,
            "gate_state": vocabulary.gate_states,
            "reader_kind": vocabulary.reader_kinds,
            "board_kind": vocabulary.board_kinds,
        }

        def saying(table: Mapping[str, str]) -> Any:  # noqa: ANN401  a function for templates
            return lambda code: words.say(table, str(code), self._language)

        return {name: saying(table) for name, table in tables.items()}
