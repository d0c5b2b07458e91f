"""When what a gate sealed reaches a controller: at once, or when the cable, the gate or the controller is back.

Delivery is taken to need no time where nothing is wrong: it takes less than a moment of a scene can tell. Belongs here:
who hears whom when. Does not belong here: what is said.
"""

from collections.abc import Iterator
from random import Random
from typing import Final

from contract.clock import NS_PER_S
from contract.periods import HOUR_S
from simulators.scenes.file import About
from simulators.scenes.mishaps import BrokerWiped, ControllerDown, Cut, Dead, Disorder

_FOR_EVER_NS: Final = 1 << 62
_APART_NS: Final = 1000
"""A backlog comes in order, a thousandth of a millisecond apart."""
_Span = tuple[int, int]


class Links:
    """The links between gates and controllers of one scene that begins at `begin_ns`."""

    def __init__(self, about: About, gates: list[str], begin_ns: int, chance: Random) -> None:
        self.controllers: Final = about.controllers
        self._chance = chance
        self._begin_ns = begin_ns
        self._disorders = [each for each in about.mishap if isinstance(each, Disorder)]
        self._wiped = [each for each in about.mishap if isinstance(each, BrokerWiped)]
        self._down: dict[tuple[str, int], list[_Span]] = {}
        self._off: dict[int, list[_Span]] = {controller: [] for controller in range(self.controllers)}
        for mishap in about.mishap:
            if isinstance(mishap, ControllerDown):
                span = self._span(mishap.from_h, mishap.to_h)
                if mishap.burns:
                    span = (span[0], _FOR_EVER_NS)
                self._off[mishap.controller].append(span)
        for gate in gates:
            for controller in range(self.controllers):
                self._down[gate, controller] = sorted([*self._off[controller], *self._cuts(about, gate, controller)])

    def _cuts(self, about: About, gate: str, controller: int) -> Iterator[_Span]:
        for mishap in about.mishap:
            if isinstance(mishap, Dead):
                cuts = gate in mishap.gates
            elif isinstance(mishap, Cut):
                cuts = gate in (mishap.gates or [gate]) and controller in (mishap.controllers or [controller])
            else:
                continue
            if cuts:
                yield self._span(mishap.from_h, mishap.to_h)

    def _span(self, from_h: float, to_h: float) -> _Span:
        return self.at(from_h), self.at(to_h)

    def at(self, hours: float) -> int:
        """Return the moment so many hours after the scene's begin."""
        return self._begin_ns + round(hours * HOUR_S) * NS_PER_S

    def hears(self, controller: int, gate: str, at_ns: int) -> bool:
        """Tell whether that controller hears that gate at that moment."""
        return self._back(self._down[gate, controller], at_ns) == at_ns

    def is_up(self, controller: int, at_ns: int) -> bool:
        """Tell whether that controller runs at that moment."""
        return self._back(self._off[controller], at_ns) == at_ns

    def arrivals(self, controller: int, source: str, sent_ns: int) -> list[int]:
        """Return when what `source` sent at `sent_ns` reaches that controller, once or several times; never: empty."""
        first_ns = self._back(self._down.get((source, controller), self._off[controller]), sent_ns)
        if first_ns == _FOR_EVER_NS:
            return []
        if first_ns != sent_ns:  # a backlog keeps its order
            first_ns += (sent_ns - self._begin_ns) // NS_PER_S * _APART_NS
        found = [first_ns]
        for disorder in self._disorders:
            if self._chance.random() < disorder.late:
                found[0] += round(self._chance.uniform(0, disorder.delay_s) * NS_PER_S)
            if self._chance.random() < disorder.twice:
                found.append(found[0] + round(self._chance.uniform(0, disorder.delay_s) * NS_PER_S))
        for wiped in self._wiped:
            at_ns, lost_ns = self.at(wiped.at_h), round(wiped.lost_s * NS_PER_S)
            if wiped.controller == controller and at_ns - lost_ns <= found[0] < at_ns:
                # Half of it had come through before; all of it comes again.
                again_ns = at_ns + round(wiped.again_s * NS_PER_S) + (found[0] - at_ns + lost_ns) // NS_PER_S
                found = [found[0], again_ns] if self._chance.random() < 0.5 else [again_ns]
        return found

    @staticmethod
    def _back(spans: list[_Span], at_ns: int) -> int:
        for from_ns, to_ns in spans:
            if from_ns <= at_ns < to_ns:
                at_ns = to_ns
        return at_ns
