"""Contacts under any history: what is told is exactly what rested, in order, whoever looked when."""

from itertools import groupby, pairwise
from operator import itemgetter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from contract.ids import AccessPointId, PortalId
from contract.site import PortalConfig
from drivers.contacts import Contacts, PortalEvent
from drivers.ports import DoorPositionChanged, RequestToExit

MS = 1_000_000
COUNTED_MS = 400
DEBOUNCE_MS = {PortalId("north"): 50, PortalId("south"): 400}
DPS = {PortalId("north"): 0, PortalId("south"): 2}
TERMINALS = 4


def portal(name: PortalId) -> PortalConfig:
    first = DPS[name]
    return PortalConfig(
        name, "board", [AccessPointId(name)], dps_input=first, rex_input=first + 1, debounce_ms=DEBOUNCE_MS[name]
    )


class ContactsMachine(RuleBasedStateMachine):
    """Compares with the plain definition: stretches of equal states, and which of them were long enough."""

    def __init__(self) -> None:
        super().__init__()
        self.contacts = Contacts(portal(name) for name in DEBOUNCE_MS)
        self.now_ms = 0
        self.history: list[tuple[int, tuple[bool, ...]]] = []
        self.told: list[PortalEvent] = []

    @rule(after_ms=st.integers(0, 700), states=st.tuples(*[st.booleans()] * TERMINALS))
    def take(self, after_ms: int, states: tuple[bool, ...]) -> None:
        self.now_ms += after_ms
        self.told += self.contacts.take(states, self.now_ms * MS)
        self.history.append((self.now_ms, states))

    @rule(after_ms=st.integers(0, 700))
    def look(self, after_ms: int) -> None:
        self.now_ms += after_ms
        self.told += self.contacts.advance(self.now_ms * MS)

    @precondition(lambda self: self.contacts.due_ns() is not None)
    @rule()
    def look_when_due(self) -> None:
        due_ns = self.contacts.due_ns()
        assert due_ns is not None
        assert due_ns > self.now_ms * MS, "what was due was told"
        self.now_ms = due_ns // MS
        events = self.contacts.advance(due_ns)
        assert len(events) >= self._is_change_due(due_ns // MS)
        self.told += events

    def _is_change_due(self, at_ms: int) -> bool:
        """Whether a button was let go (which is told to nobody) is not the only thing that is due."""
        return any(self._believed(name, DPS[name], at_ms) != self._believed(name, DPS[name], at_ms - 1) for name in DPS)

    @rule()
    def lose(self) -> None:
        self.contacts.lost()
        self.history.clear()
        self.told.clear()

    @invariant()
    def what_is_told_is_what_rested(self) -> None:
        for name, dps in DPS.items():
            doors = [
                event.open for event in self.told if isinstance(event, DoorPositionChanged) and event.portal == name
            ]
            assert doors == self._believed(name, dps, self.now_ms)
            pressed = [event for event in self.told if isinstance(event, RequestToExit) and event.portal == name]
            assert len(pressed) == sum(self._believed(name, dps + 1, self.now_ms))

    @invariant()
    def every_long_change_counts(self) -> None:
        for name, dps in DPS.items():
            told = iter(
                [event.open for event in self.told if isinstance(event, DoorPositionChanged) and event.portal == name]
            )
            long = [state for length_ms, state in self._stretches(dps, self.now_ms) if length_ms > COUNTED_MS]
            assert all(state in told for state, _ in groupby(long)), "each is told, in order"

    def _believed(self, name: PortalId, terminal: int, until_ms: int) -> list[bool]:
        """Return the states in which a contact came to be believed, by the definition."""
        believed: list[bool] = []
        for length_ms, state in self._stretches(terminal, until_ms):
            if length_ms >= DEBOUNCE_MS[name] and believed[-1:] != [state]:
                believed.append(state)
        return believed

    def _stretches(self, terminal: int, until_ms: int) -> list[tuple[int, bool]]:
        """Return (length in ms, state) of each stretch of equal states."""
        seen = [(at, states[terminal]) for at, states in self.history if at <= until_ms]
        starts = [at for number, (at, state) in enumerate(seen) if number == 0 or seen[number - 1][1] is not state]
        lengths = [end - start for start, end in pairwise([*starts, until_ms])]
        return list(zip(lengths, (state for state, _ in groupby(seen, key=itemgetter(1))), strict=True))


TestContacts = ContactsMachine.TestCase
TestContacts.settings = settings(stateful_step_count=30, max_examples=60)
