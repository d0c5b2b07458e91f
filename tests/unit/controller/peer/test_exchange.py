"""Asking another controller: what fails of it keeps nothing else back, and is alarmed for as long as it is so."""

from types import SimpleNamespace
from typing import Any

import pytest

from contract.clock import ManualClock
from contract.ids import ControllerId
from controller.peer import exchange as asking
from controller.peer.entries import BadEntriesError
from controller.peer.exchange import Exchange
from controller.peer.words import Entries, SessionsTold, Status
from controller.service.alarms import Alarms

OTHER, THIRD = ControllerId("other"), ControllerId("third")
NOW_NS = 1_800_000_000 * 10**9


class Told:
    """What another controller says; the same for all that ask."""

    def __init__(self, card: Any, _: object) -> None:  # noqa: ANN401  a card of the list
        self.card = card

    def status(self) -> Status:
        return Status(1, False, 0, b"run", 7, 1, "https://other.example.org")

    def entries(self, _: object) -> Entries:
        return Entries(7, "", [b"x"], more=False)

    def sessions(self) -> SessionsTold:
        return SessionsTold([(b"t", "a", 1, 1)])


class Parts:
    """Everything that is told, in memory."""

    def __init__(self) -> None:
        self.alarms = Alarms()
        self.heard: list[str] = []
        self.is_bad = True
        self.early: set[ControllerId] = set()

    def take_due(self) -> None:
        self.heard.append("due")

    def ahead(self) -> set[ControllerId]:
        return self.early

    async def take(self, _: object, told: object = None) -> None:
        self.heard.append("entries" if isinstance(told, Entries) else "marks")
        if self.is_bad and isinstance(told, Entries):
            raise BadEntriesError("other gave an entry that it has not signed")

    def hear(self, *_: object) -> None:
        self.heard.append("sessions or console")

    def end_those_of_others(self, listed: list[ControllerId]) -> None:
        assert listed == [OTHER], "what others told ends"
        self.heard.append("ends")

    def exchange(self) -> Exchange:
        card = SimpleNamespace(controller=OTHER, verify_key=b"")
        listed = SimpleNamespace(now=SimpleNamespace(number=1), keeper=SimpleNamespace(controller=THIRD), peers=[card])
        truth = SimpleNamespace(
            alarms=self.alarms,
            clock=ManualClock(NOW_NS),
            learning=SimpleNamespace(is_on=False, has_adopted=False, may_be_told=False),
            comparison=SimpleNamespace(forget=lambda _: None, differ=set),
            key_ring=SimpleNamespace(missing={}),
            movements=SimpleNamespace(presence=SimpleNamespace(closed_s=0)),
        )
        membership = SimpleNamespace(wire=SimpleNamespace(listed=listed, files=None))
        parts: Any = self
        made = Exchange(membership, truth, parts, parts, parts, parts, parts)  # type: ignore[arg-type]
        made._of(card).closed_s = 0  # type: ignore[arg-type]
        return made

    def open_alarms(self) -> list[str]:
        return [line.kind for line in self.alarms.lines()]


async def test_an_entry_that_is_refused_keeps_no_mark_back_and_stays_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "Peer", Told)
    parts = Parts()
    exchange = parts.exchange()
    await exchange.ask_all()
    assert parts.heard[0] == "ends"
    assert "marks" in parts.heard
    assert parts.open_alarms() == ["exchange-failed"]
    parts.heard.clear()
    await exchange.ask_all()
    assert "entries" not in parts.heard, "what is known up to there is not asked for again"
    assert parts.open_alarms() == ["exchange-failed"]


async def test_what_is_well_raises_no_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "Peer", Told)
    parts = Parts()
    parts.is_bad = False
    exchange = parts.exchange()
    exchange.on_entries.append(lambda: parts.heard.append("told"))
    await exchange.ask_all()
    assert parts.heard == [
        "ends", "sessions or console", "entries", "told", "sessions or console", "marks", "due", "told",
    ]  # fmt: skip
    assert parts.open_alarms() == []


async def test_a_clock_that_is_ahead_is_alarmed_until_nothing_waits_for_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "Peer", Told)
    parts = Parts()
    over: list[tuple[str, str]] = []
    parts.alarms.on_over.append(lambda _, kind, __, place: over.append((kind, place)))
    parts.is_bad, parts.early = False, {THIRD}
    exchange = parts.exchange()
    await exchange.ask_all()
    assert [(line.kind, line.place) for line in parts.alarms.lines()] == [("controller-clock-ahead", THIRD)]
    parts.early = set()
    over.clear()
    await exchange.ask_all()
    assert ("controller-clock-ahead", THIRD) in over
