"""The page in any moment: no word of it is untranslated, and whatever a device says stays text."""

import re
from dataclasses import dataclass, field
from typing import cast
from zoneinfo import ZoneInfo

from babel import Locale

from contract.clock import SystemClock
from edge.technician import Outcome, PortalState
from sacs.bench.running import VOCABULARY
from simulators.bench import words
from simulators.bench.acts import NewKey, Wire
from simulators.bench.box import BoxCard, box_of
from simulators.bench.doing import Bench
from simulators.bench.journal import Entry, Fact, Journal, Source
from simulators.bench.page import Page
from simulators.bench.state import BenchState, BoardNow, ControllerNow, LineNow, PortalNow, ReaderNow, SirenNow
from simulators.bench.watched import Watched
from simulators.osdp.state import Misbehaviour
from tests.unit.controller.console.test_words import Marking, Texts
from tests.unit.simulators.bench.bench_parts import state
from web.i18n import Language


@dataclass
class ShownBench:
    """What a page looks at."""

    now: BenchState
    watched: Watched = field(default_factory=Watched)
    box: list[BoxCard] = field(default_factory=lambda: box_of(""))
    clock: SystemClock = field(default_factory=SystemClock)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    def state(self) -> BenchState:
        return self.now


def busy() -> BenchState:
    """A bench on which everything is the matter."""
    reader = ReaderNow(
        "entry", "osdp", "entry-in", "bus", has_keypad=True, is_secure=False, held="staff", light="red", text="Hello",
        is_tampered=True, has_failed_supply=True, has_right_key=False, misbehaviour="busy",
    )  # fmt: skip
    door = PortalNow(
        "door", "door", ["entry-in"], is_released=True, is_open=True, passed=3, is_wedged=True, is_jammed=True,
        is_burning=True, contacts=["dps", "rex"], cut=["dps"],
    )  # fmt: skip
    line = LineNow("line", is_plugged_in=False, can_be_bad=True, faults={"noise": 0.1, "delay_ms": 5.0, "split": 1.0})
    controller = ControllerNow("http://127.0.0.1:1/", True, "online", 1, 2, 3, 4, 5, 6)
    return BenchState(
        "gate", controller, [reader], [door], [BoardNow("relays", "modbus", "line", False)],
        [SirenNow("siren", True), SirenNow("lamp", False)], [line],
        is_network_up=False, is_gate_running=False, is_recording=True, playing="fire",
        is_card_service_up=False,
    )  # fmt: skip


def entries() -> list[Entry]:
    """An entry of every kind that the trace knows."""
    journal = Journal(SystemClock())
    journal.add(Source.ACT, "present", "entry", facts={"reader": "entry", "card": "staff"})
    journal.add(Source.ACT, "not-done", "entry", "step", facts={"act": "walk", "number": 1})
    for why in words.UNHEARD:
        journal.add(Source.ACT, "unheard", "entry", facts={"why": why})
    for act, name, value in words.OTHERWISE:
        journal.add(Source.ACT, act, "door", facts={"portal": "door", name: value})
    journal.add(Source.WIRE, "osdp", "bus", "> 1 osdp_LED: set lights")
    decided: dict[str, Fact] = {"reader": "entry", "assurance": "identified", "format": "h10301", "took_ms": 0.5}
    for outcome in Outcome:
        reason = "wrong-pin" if outcome is Outcome.DENIED else None
        facts = {**decided, "outcome": outcome.value, "reason": reason, "released": False}
        journal.add(Source.GATE, "decision", "entry-in", facts=facts)
    for sound in words.SIGNAL_STATES:
        journal.add(Source.GATE, "signal", "siren", facts={"signal": "siren", "state": sound})
    for event in words.DEVICE_EVENTS:
        journal.add(Source.GATE, "device", "entry", facts={"event": event, "detail": "no_answer"})
    for each in PortalState:
        journal.add(Source.GATE, "portal", "door", facts={"state": each.value, "access_point": "entry-in"})
    journal.add(Source.GATE, "read-refused", "entry", facts={"reason": "parity", "bits": 26, "raw": "0101"})
    journal.add(Source.GATE, "crossing", "entry-in", facts={"seen": 2, "taken": 1})
    journal.add(Source.GATE, "missed", facts={"lines": 3})
    journal.add(Source.CONTROLLER, "received", "gate", facts={"event": "granted", "count": 2})
    journal.add(Source.CONTROLLER, "alarm", "door", facts={"alarm": "forced", "gate": "gate"})
    for best in (None, 3):
        journal.add(Source.CONTROLLER, "headcount", facts={"lowest": best, "best": best, "highest": best})
    journal.add(Source.CONTROLLER, "gate-state", "gate", facts={"state": "silent"})
    journal.add(Source.CONTROLLER, "silent")
    for kind in ("begins", "passed", "failed"):
        journal.add(Source.SCENE, kind, "fire", "step")
    return list(journal.since(0))


def test_no_word_on_the_page_or_in_the_trace_is_untranslated() -> None:
    language = Language("en", Locale("en"), Marking())
    page = Page(language, [language], VOCABULARY)
    found = Texts()
    for entry in entries():
        shown = page.entry(entry, ZoneInfo("UTC"))
        found.feed(shown.html)
        found.handle_data(shown.said)
    whole = Watched()
    for entry in entries():
        if entry.facts.get("state") not in {PortalState.CLOSED, PortalState.SHUT, PortalState.FIRE_OVER}:
            whole.hear(entry)
    assert whole.troubles
    stuck = Watched()
    for entry in entries():
        if entry.kind in {"decision", "unheard"} or entry.source is Source.SCENE:
            stuck.hear(entry)
        if entry.kind == "decision":
            break
    stuck.hear(entries()[0])
    for bench in (ShownBench(busy(), whole), ShownBench(state(), stuck), ShownBench(state())):
        found.feed(page.whole(cast("Bench", bench), {"fire": "fire"}))
    text = "\n".join(found.found)
    while "⟦" in text:
        text, brackets = re.subn(r"⟦[^⟦⟧]*⟧", " ", text)
        assert brackets, text
    # Names of devices, of what acts take, and what was on the wire, are shown as they are.
    names = (*Misbehaviour, *Wire, *NewKey, "well", *(card.name for card in box_of("")))
    wire = "osdp_LED set lights bus"
    devices = "entry-in door gate relays siren lamp line Hello fire step h10301 English my-scene my-state"
    letters = re.compile(r"[^\W\d_]{2,}")
    assert set(letters.findall(text)) <= set(letters.findall(" ".join((*names, wire, devices))))


def test_what_a_device_says_stays_text() -> None:
    language = Language("en", Locale("en"), Marking())
    page = Page(language, [language], VOCABULARY)
    journal = Journal(SystemClock())
    hostile = "<script>alert(1)</script>"
    for source, kind in (
        (Source.WIRE, "serial"),
        (Source.GATE, "device"),
        (Source.SCENE, "failed"),
        (Source.GATE, hostile),
    ):
        entry = journal.add(source, kind, hostile, hostile, {"event": hostile, "detail": hostile})
        assert "<script" not in page.entry(entry, ZoneInfo("UTC")).html
