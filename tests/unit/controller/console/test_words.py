"""Every code has words, every word an Arabic translation, and no word stands in a template untranslated."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.support import NullTranslations

import controller
import web
from contract import events
from contract.clock import SystemClock
from contract.part_trouble import PartTrouble
from contract.periods import Kind
from contract.site import BoardKind, ReaderKind
from controller import console, law, vault
from controller.console import law_words, office_words, words
from controller.console.feed import Feed, Seen
from controller.console.navigation import Oneself
from controller.console.page import Page
from controller.console.view import view
from controller.domain.presence.passback import Contradiction
from controller.domain.presence.reason import Reason
from controller.domain.rights.acts import Objection
from controller.domain.rights.judge import Refusal
from controller.domain.rights.roles import Role
from controller.domain.violations import ALARMS, Violation
from controller.ledger import kinds
from controller.live import AlarmLine, Cause, GateState, Live
from controller.service.alarms import SUSPICIOUS
from controller.service.officers.officers import BREAKING_GLASS, NAMING, NEW_WAY_IN, UNNAMING, WITHDRAWAL
from controller.service.records.cameras import CameraAlarm
from controller.vault import VaultFault
from drivers.ports import ReadRefusal
from edge import screen
from process.exposure import Exposure
from simulators import bench
from tests.browser import pictures
from tests.browser.truth import ONESELF
from web.formats import Formats
from web.i18n import Language, load_languages

PARTS = {
    "base": web.CATALOGUES.parent,
    "console": console.CATALOGUES.parent,
    "bench": bench.CATALOGUES.parent,
    "screen": screen.CATALOGUES.parent,
}
ELSEWHERE = (Path(kinds.__file__).parent, Path(law.__file__).parent, Path(vault.__file__).parent)
"""What entries of the ledger, the law report and vaults say, which the console shows."""
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
OPTIONS = {pattern: {"trimmed": "true"} for pattern, method in METHODS if method == "jinja2"}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "word": None, "counted": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)s")

# What has no person in it and can be an alarm; passages are none (L1), and a snapshot is a picture.
MARKS = {
    "reconfirmed", "accounted-for", "mark-withdrawn", "unnamed-seen", "unnamed-passed", "area-swept", "stays-by-order",
    "admitted", "occupants",
}  # fmt: skip
MOVEMENTS = {"granted", "taken", "snapshot", "screen-session", "vehicle-granted"} | MARKS

FEED = Feed(httpx.AsyncClient(), SystemClock())
FEED.controller, FEED.other_origins = "Ada", ["https://other.example.org"]


def extracted(folder: Path) -> list[tuple[str, ...]]:
    folders = [folder, *ELSEWHERE] if folder == PARTS["console"] else [folder]
    found = [message for each in folders for message in extract_from_dir(str(each), METHODS, OPTIONS, KEYWORDS)]
    return [message if isinstance(message, tuple) else (message,) for _, _, message, _, _ in found]


def arabic(folder: Path) -> Catalog:
    with (folder / "catalogues" / "ar.po").open("rb") as file:
        return read_po(file, locale="ar", abort_invalid=True)


def texts(of_message: object) -> tuple[str, ...]:
    """The texts of a message's id or translation: one, or its plural forms."""
    return tuple(of_message) if isinstance(of_message, list | tuple) else (str(of_message),)


def test_every_cause_has_words() -> None:
    reasons = {reason.value for reason in Reason}
    assert set(words.CAUSES_SHORT) == set(words.CAUSES) | set(words.CAUSES_BOTH_WAYS) == reasons


def test_every_event_that_can_be_an_alarm_has_words() -> None:
    tags = {str(each.__struct_config__.tag) for each in events.AnyEvent.__args__}
    assert set(words.ALARM_EVENTS) == tags - MOVEMENTS


def test_every_alarm_that_the_truth_raises_has_words() -> None:
    raised = {code.value for code in (*Contradiction, *Violation, *Exposure, *VaultFault, *CameraAlarm, *PartTrouble)}
    for path in Path(controller.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "of_system":
                kind = node.args[1]
                if ast.unparse(kind) in {"violation.value", "state.value"}:  # of_violation, of_states: as above
                    continue
                assert isinstance(kind, ast.Constant), f"{path}:{node.lineno}: an alarm without a plain code"
                raised.add(str(kind.value))
    assert words.ALARM_FAULTS.keys() | words.ALARM_VIOLATIONS.keys() == raised


def test_every_state_and_kind_has_words() -> None:
    assert set(words.GATE_STATES) == {state.value for state in GateState}
    assert set(words.READER_KINDS) == {kind.value for kind in ReaderKind}
    assert set(words.BOARD_KINDS) == {kind.value for kind in BoardKind}
    assert set(words.DENIALS) == {reason.value for reason in events.DenialReason}
    assert set(words.TURNED_AWAY) == {reason.value for reason in events.TurnedAway}
    assert set(words.REFUSALS) == SUSPICIOUS <= {reason.value for reason in ReadRefusal}
    assert set(words.KEY_KINDS) == {kind.value for kind in Kind}
    assert set(words.ALARMS) >= words.SEVERE | words.RELIEF | words.NOTICES


def test_every_role_refusal_and_objection_has_words() -> None:
    assert set(office_words.ROLES) == set(Role)
    assert set(office_words.REFUSALS) == set(Refusal)
    assert set(office_words.OBJECTIONS) == set(Objection)
    assert set(office_words.ACTS) == {NAMING, UNNAMING, NEW_WAY_IN, WITHDRAWAL, BREAKING_GLASS}


@pytest.mark.parametrize("part", PARTS)
def test_arabic_is_complete_and_has_nothing_left_over(part: str) -> None:
    used = set(extracted(PARTS[part]))
    assert used
    catalogue = arabic(PARTS[part])
    translated = {texts(message.id) for message in catalogue if message.id}
    assert translated == used


@pytest.mark.parametrize("part", PARTS)
def test_each_arabic_form_is_there_and_keeps_its_placeholders(part: str) -> None:
    for message in arabic(PARTS[part]):
        if not message.id:
            continue
        ids, forms = texts(message.id), texts(message.string)
        assert all(forms), message.id
        assert not message.fuzzy, message.id
        assert len(forms) == (6 if len(ids) == 2 else 1), message.id
        known = set(PLACEHOLDER.findall(" ".join(ids)))
        for number, form in enumerate(forms):
            found = set(PLACEHOLDER.findall(form))
            # None, one and two are words in Arabic; from three on the number must stand there, unless it never does.
            assert found <= known, form
            assert found == known or (len(forms) == 6 and number <= 2), form


class Marking(NullTranslations):
    """Wraps each translated text in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    ugettext = gettext
    ungettext = ngettext


class Texts(HTMLParser):
    """Collects what a reader reads: texts, and the attributes that are read out or shown later."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        read_out = {"aria-label", "title", "alt", "placeholder", "data-live-lost"}
        self.found += [value or "" for name, value in attrs if name in read_out]


@pytest.mark.parametrize(
    "live",
    [
        pictures.normal(),
        pictures.silent_gate(),
        pictures.unknown(),
        pictures.alarm_flood(),
        pictures.learning(),
        pictures.nothing_yet(),
        pictures.overdue(),
    ],
)
def test_no_word_on_the_page_is_untranslated(live: Live) -> None:
    marking = Language("en", Locale("en"), Marking())
    zone = ZoneInfo(live.time_zone)
    seen = Seen(view=view(live), zone=zone, lost_since=pictures.NOW)
    page = Page(marking, [marking], FEED)
    texts = Texts()
    texts.feed(page.whole(seen, msgspec.convert(ONESELF, Oneself)))
    text = "\n".join([*texts.found, page.update(seen).spoken])
    while "⟦" in text:
        text, brackets = re.subn(r"⟦[^⟦⟧]*⟧", " ", text)
        assert brackets, text
    told = msgspec.json.encode([ONESELF, live, FEED.controller]).decode() + Formats(Locale("en"), zone).zone_name(
        pictures.NOW
    )
    babels = "English Nov sec min hr day days"
    letters = re.compile(r"[^\W\d_]{2,}")
    assert set(letters.findall(text)) <= set(letters.findall(f"{told} {babels}"))


def test_a_code_of_a_later_version_shows_as_itself() -> None:
    english = load_languages(console.CATALOGUES)["en"]
    formats = Formats(english.locale, ZoneInfo("UTC"))
    assert words.say(words.ALARMS, "meteor", english) == "meteor"
    assert words.say_cause(Cause("meteor", 3), "", "", english, formats) == "meteor: 3"


def test_numbers_decide_the_form() -> None:
    languages = load_languages(console.CATALOGUES)
    formats = Formats(Locale("ar"), ZoneInfo("UTC"))
    said = {n: words.say_cause(Cause("exits-missed", n), "", "", languages["ar"], formats) for n in (1, 2, 3, 11, 100)}
    assert len(set(said.values())) == 5
    assert "11 شخصًا" in said[11]
    one = words.say_cause(Cause("exits-missed", 1), "", "10:00", languages["en"], formats)
    assert one == "Up to 1 person may have left without being read (since 10:00)."


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (Cause("gate-silent", 6, 4, 6), "pass: up to 4 fewer or 6 more (since 10:00)."),
        (Cause("gate-silent", 4, 4, 0), "pass: up to 4 fewer (since 10:00)."),
        (Cause("passed-unread", 2, 0, 2), "At North people passed without being read: up to 2 more (since 10:00)."),
        (Cause("one-sided", 0), "A way in or out has no reader (since 10:00)."),
    ],
)
def test_a_cause_says_why_where_how_many_which_way_and_since_when(cause: Cause, said: str) -> None:
    english = load_languages(console.CATALOGUES)["en"]
    sentence = words.say_cause(cause, "North", "10:00", english, Formats(english.locale, ZoneInfo("UTC")))
    assert sentence.endswith(said)


def test_every_alarm_of_the_law_is_an_alarm_and_says_whether_a_person_or_the_system_answers_for_it() -> None:
    assert words.ALARMS.keys() >= ALARMS.keys()
    assert {blame.value for blame in ALARMS.values()} <= law_words.CLASS_OF_ENTRY.keys()
    marking = Language("en", Locale("en"), NullTranslations())
    lines = [
        AlarmLine("2026-11-20T15:22:00+00:00", kind, "", "somewhere")
        for kind in ("seen-without-right", "rows-outlived")
    ]
    seen = Seen(
        view=view(msgspec.structs.replace(pictures.normal(), alarms=lines)), zone=ZoneInfo("UTC"), lost_since=None
    )
    told = Page(marking, [marking], FEED).update(seen).fragments["alarms"]
    assert [blame for blame in ("breach", "fault") if f">{blame}<" in told] == ["breach", "fault"]
