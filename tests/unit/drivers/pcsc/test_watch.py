"""The thread that watches a reader, on a service that follows a script: what can not be done to a virtual reader."""

from collections.abc import Callable, Iterator
from typing import Self

import pytest

from contract.clock import ManualClock
from contract.ids import ReaderId
from drivers.pcsc import watch
from drivers.pcsc.apdu import CardError, CardGoneError
from drivers.pcsc.judge import CardJudge
from drivers.pcsc.service import CardBusyError, Identity, ReaderGoneError, ServiceError, Sight
from drivers.pcsc.watch import CardWatch
from drivers.ports import CredentialRead, DeviceEvent, LossReason, ReaderLost, ReaderOnline, ReadRefusal, ReadRefused
from tests.unit.drivers.pcsc.issuer import NOW

NAME = "Reader 00 00"
Step = Sight | Exception | None


def empty(changes: int) -> Sight:
    return Sight((changes << 16) | 0x10, is_present=False, is_mute=False, atr=b"")


def card(changes: int, *, is_mute: bool = False) -> Sight:
    return Sight((changes << 16) | 0x20, is_present=True, is_mute=is_mute, atr=b"\x3b\x00")


class Uid:
    """A card's serial number, in the place of a connection; or what goes wrong with it."""

    atr = b"\x3b\x00"

    def __init__(self, answer: bytes | Exception) -> None:
        self.answer = answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def transmit(self, command: bytes) -> bytes:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer + b"\x90\x00"


class Script:
    """A service whose readers are seen as a script says; ends the watch with the script."""

    def __init__(self, steps: list[Step], cards: list[bytes | Exception]) -> None:
        self.steps: Iterator[Step] = iter(steps)
        self.cards = iter(cards)
        self.now: Sight = empty(0)
        self.end: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def readers(self) -> list[str]:
        return [NAME]

    def identity(self, _reader: str) -> Identity:
        return Identity(model="Model")

    def look(self, _reader: str, known: Sight | None = None, timeout_ms: int = 0) -> Sight | None:
        if not timeout_ms:
            return self.now
        try:
            step = next(self.steps)
        except StopIteration:
            self.end()
            return None
        if isinstance(step, Exception):
            raise step
        self.now = step or self.now
        return step

    def connect(self, _reader: str) -> Uid:
        return Uid(next(self.cards))

    def cancel(self) -> None:
        pass


def told(
    monkeypatch: pytest.MonkeyPatch, steps: list[Step], cards: list[bytes | Exception], hold_off_ms: int = 0
) -> list[DeviceEvent]:
    script = Script(steps, cards)
    monkeypatch.setattr(watch, "Service", lambda: script)
    monkeypatch.setattr(watch, "RETRY_FIRST_S", 0.01)
    events: list[DeviceEvent] = []
    made = CardWatch(
        ReaderId("in"),
        "Reader",
        CardJudge(lambda: NOW, plain_uid=True),
        ManualClock(1),
        events.append,
        hold_off_ms=hold_off_ms,
        is_secure=False,
    )
    script.end = made.stop
    made.work()
    return events


def of(events: list[DeviceEvent]) -> list[object]:
    """What counts, without what a reader says of itself."""
    said: list[object] = []
    for event in events:
        match event:
            case ReaderOnline():
                said.append("online")
            case ReaderLost(_, reason):
                said.append(reason)
            case ReadRefused(_, reason):
                said.append(reason)
            case CredentialRead(_, credential):
                said.append(credential.text)
    return said


A, B = bytes(4), bytes((1, 2, 3, 4))
READ_A, READ_B = "uid-4:00000000", "uid-4:01020304"


def test_a_card_that_comes_goes_and_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Step] = [empty(0), None, card(1), empty(2), None, card(3)]
    assert of(told(monkeypatch, steps, [A, A])) == ["online", READ_A, READ_A]


def test_a_card_that_was_exchanged_between_two_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of(told(monkeypatch, [card(1), card(3)], [A, B])) == ["online", READ_A, READ_B]


def test_another_program_that_uses_the_card_makes_no_second_read(monkeypatch: pytest.MonkeyPatch) -> None:
    used = Sight(card(1).state | 0x100, is_present=True, is_mute=False, atr=b"\x3b\x00")
    assert of(told(monkeypatch, [card(1), used, card(1)], [A])) == ["online", READ_A]


def test_a_reader_that_is_unplugged_under_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Step] = [empty(0), ReaderGoneError("gone"), ReaderGoneError("gone"), card(1)]
    assert of(told(monkeypatch, steps, [A])) == ["online", LossReason.READER_ABSENT, "online", READ_A]


def test_a_card_that_lay_there_before_the_reader_went_is_not_presented_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for loss, reason in (
        (ReaderGoneError("gone"), LossReason.READER_ABSENT),
        (ServiceError("gone"), LossReason.SERVICE_LOST),
    ):
        at_once: list[Step] = [card(1), loss, card(1)]
        assert of(told(monkeypatch, at_once, [A, A])) == ["online", READ_A, reason, "online"]
        seen_late: list[Step] = [card(1), loss, empty(0), card(1)]
        assert of(told(monkeypatch, seen_late, [A, A])) == ["online", READ_A, reason, "online"]
        exchanged: list[Step] = [card(1), loss, card(1)]
        assert of(told(monkeypatch, exchanged, [A, B])) == ["online", READ_A, reason, "online", READ_B]
        taken_away: list[Step] = [card(1), loss, empty(0), None, card(1)]
        assert of(told(monkeypatch, taken_away, [A, A])) == ["online", READ_A, reason, "online", READ_A]


def test_the_same_card_within_the_hold_off_is_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[Step] = [empty(0), None, card(1), empty(2), None, card(3), empty(4), None, card(5)]
    assert of(told(monkeypatch, steps, [A, A, B], hold_off_ms=1000)) == ["online", READ_A, READ_B]


def test_a_card_that_is_reset_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of(told(monkeypatch, [card(1)], [CardGoneError("reset"), A])) == ["online", READ_A]


def test_a_card_that_is_reset_for_ever_was_never_read(monkeypatch: pytest.MonkeyPatch) -> None:
    cards: list[bytes | Exception] = [CardGoneError("reset")] * 3
    assert of(told(monkeypatch, [card(1)], cards)) == ["online", ReadRefusal.CARD_REMOVED]


def test_a_card_that_another_program_keeps(monkeypatch: pytest.MonkeyPatch) -> None:
    busy: list[bytes | Exception] = [CardBusyError("busy"), A]
    assert of(told(monkeypatch, [card(1)], busy)) == ["online", READ_A]
    kept: list[bytes | Exception] = [CardBusyError("busy")] * 3
    assert of(told(monkeypatch, [card(1)], kept)) == ["online", ReadRefusal.UNSUPPORTED_CARD]


def test_a_card_that_says_nothing_or_nonsense(monkeypatch: pytest.MonkeyPatch) -> None:
    assert of(told(monkeypatch, [card(1, is_mute=True)], [])) == ["online", ReadRefusal.UNSUPPORTED_CARD]
    assert of(told(monkeypatch, [card(1)], [CardError("odd")])) == ["online", ReadRefusal.UNSUPPORTED_CARD]
