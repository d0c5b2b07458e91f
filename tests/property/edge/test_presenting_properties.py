"""People, cards and digits in any order at a gate that asks for a PIN and a second person: nobody passes otherwise.

The account kept here is plain: who last presented a card, what was typed after it, when, and who stands there already.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from contract.clock import ManualClock
from contract.events import AccessDenied, AccessGranted, AnyEvent, BadPins, DenialReason, Duress
from contract.ids import HolderId, PortalId
from edge.gate_time import GateTime
from edge.journal import Journal
from tests.unit.edge.parts import NOON_NS
from tests.unit.edge.scene import Person, PlayedGate
from tests.unit.edge.test_presenting import BOTH

NS = 10**9
PIN_S, PAIR_S, LOCKED_S, MOST = 10, 15, 300, 3
ANN, BOB = Person(1, "5739", "5793"), Person(2, "246810")
NO_PIN, STRANGER = Person(3), Person(99)
KNOWN = (ANN, BOB, NO_PIN)

steps = st.one_of(
    st.tuples(
        st.just("present"), st.sampled_from([(ANN, "5739"), (ANN, "5793"), (ANN, "0"), (BOB, "0"), (BOB, "246810")])
    ),
    st.tuples(st.just("read"), st.sampled_from([ANN, BOB, ANN, BOB, NO_PIN, STRANGER])),
    st.tuples(st.just("type"), st.sampled_from(["5739", "5793", "246810", "5739", "246810", "1397", ""])),
    st.tuples(st.just("wait"), st.sampled_from([0.5, 4.0, 9.5, 16.0, 301.0])),
)


class RememberingJournal:
    """Takes events and numbers them."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []

    def append(self, event: AnyEvent) -> int:
        self.events.append(event)
        return len(self.events)


@dataclass
class Account:
    """What should be: the card that waits for its PIN, the person who waits for another, wrong PINs in a row."""

    now: float = 0
    card: tuple[Person, float] | None = None
    first: tuple[Person, float] | None = None
    wrong: Counter[HolderId] = field(default_factory=Counter)
    locked: dict[HolderId, float] = field(default_factory=dict)
    passed: list[HolderId] = field(default_factory=list)
    duress: int = 0
    alarms: int = 0
    denied: Counter[DenialReason] = field(default_factory=Counter)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        if self.card and self.now >= self.card[1]:
            self.card = None
            self.denied[DenialReason.PIN_TIMEOUT] += 1
        if self.first and self.now >= self.first[1]:
            self.first = None
            self.denied[DenialReason.SECOND_PERSON_MISSING] += 1

    def read(self, person: Person) -> None:
        if self.card and self.card[0] is not person:
            self.denied[DenialReason.PIN_TIMEOUT] += 1
        self.card = None
        if person is STRANGER:
            self.denied[DenialReason.UNKNOWN_CREDENTIAL] += 1
        elif person is NO_PIN:
            self.denied[DenialReason.NO_PIN] += 1
        elif self.now < self.locked.get(person.holder, 0):
            self.denied[DenialReason.PIN_LOCKED] += 1
        else:
            self.card = person, self.now + PIN_S
            if self.first:
                self.first = self.first[0], max(self.first[1], self.now + PIN_S)

    def type(self, digits: str) -> None:
        if self.card is None:
            return
        person, self.card = self.card[0], None
        if digits not in {person.pin, person.duress_pin}:
            self.denied[DenialReason.WRONG_PIN] += 1
            self.wrong[person.holder] += 1
            if self.wrong[person.holder] == MOST:
                self.wrong[person.holder], self.locked[person.holder] = 0, self.now + LOCKED_S
                self.alarms += 1
            return
        self.wrong[person.holder] = 0
        self.duress += digits == person.duress_pin
        if self.first is None:
            self.first = person, self.now + PAIR_S
        elif self.first[0] is person:
            self.denied[DenialReason.SAME_PERSON_TWICE] += 1
        else:
            self.passed += [self.first[0].holder, person.holder]
            self.first = None


@given(st.lists(steps, max_size=40))
def test_whoever_passes_has_shown_card_and_pin_beside_another_person(history: list[tuple[str, object]]) -> None:
    asyncio.run(_play(history))


async def _play(history: list[tuple[str, object]]) -> None:
    clock, journal, account = ManualClock(NOON_NS), RememberingJournal(), Account()
    gate = PlayedGate(BOTH, KNOWN, clock, GateTime(clock), cast("Journal", journal))
    gate.door("door", is_open=False)
    for _, of in history:
        if isinstance(of, Person):
            gate.read(of)
            account.read(of)
        elif isinstance(of, str):
            gate.type(of)
            account.type(of)
        elif isinstance(of, tuple):
            gate.read(of[0])
            gate.type(of[1])
            account.read(of[0])
            account.type(of[1])
        elif isinstance(of, float):
            gate.after(of)
            account.wait(of)
        granted = [event.holder for event in journal.events if isinstance(event, AccessGranted)]
        assert granted == account.passed
        assert len(gate.strikes[PortalId("door")].unlocked) == len(granted) // 2
    denied = Counter(event.reason for event in journal.events if isinstance(event, AccessDenied))
    assert denied == account.denied
    assert sum(isinstance(event, Duress) for event in journal.events) == account.duress
    assert sum(isinstance(event, BadPins) for event in journal.events) == account.alarms
