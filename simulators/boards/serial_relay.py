"""A simulated serial relay board of the kind that never acknowledges (LCUS, KMTronic).

Human face: `power_off`, `power_on`, `relays`. Wire face: a head byte, the relay's number from 1, 1 or 0, and with some
a checksum. It answers nothing, whatever it hears, and has no inputs and no timer: a relay that was closed stays closed.

Belongs here: framer and board. Does not belong here: which boards there are (models.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from simulators.boards.models import SerialRelayModel
from simulators.boards.outputs import OnOutput, Relays
from simulators.line import PtyLine

_BODY_BYTES: Final = 3


@dataclass(frozen=True, slots=True)
class Switch:
    """An order to close or open relay `number`, counted from 0."""

    number: int
    closed: bool


class SwitchFramer:
    """Orders out of bytes as they arrive; looks for the next head byte after anything else. `bad` counts those."""

    def __init__(self, model: SerialRelayModel) -> None:
        self.bad = 0
        self._model = model
        self._length = _BODY_BYTES + model.has_sum
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Switch]:
        """Take a piece; yield each order that it completes."""
        for byte in data:
            self._buffer.append(byte)
            while self._buffer and self._buffer[0] != self._model.head:
                self.bad += 1
                del self._buffer[0]
            if len(self._buffer) == self._length:
                switch = self._switch()
                if switch is None:
                    self.bad += 1
                    del self._buffer[0]
                else:
                    self._buffer.clear()
                    yield switch

    def _switch(self) -> Switch | None:
        head, number, state = self._buffer[:_BODY_BYTES]
        if self._model.has_sum and self._buffer[_BODY_BYTES] != (head + number + state) % 256:
            return None
        if not 1 <= number <= self._model.outputs or state > 1:
            return None
        return Switch(number - 1, bool(state))


class SimulatedSerialRelay:
    """One board. `framer.bad` counts what it could not understand."""

    def __init__(self, line: PtyLine, model: SerialRelayModel, baud: int) -> None:
        self.baud = baud
        self.model = model
        self.relays = Relays(model.outputs)
        self.has_power = False
        self.framer = SwitchFramer(model)
        line.listen(self._hear, lambda: self.baud)

    def power_on(self) -> None:
        """Start it: all relays open."""
        self.has_power = True

    def power_off(self) -> None:
        """Cut the power: all relays fall."""
        self.has_power = False
        self.relays.drop()

    def on_output(self, number: int, listener: OnOutput) -> None:
        """Wire something to a relay. Raises IndexError for one that the board has not."""
        self.relays.listen(number, listener)

    def _hear(self, data: bytes) -> None:
        if not self.has_power:
            return
        for switch in self.framer.feed(data):
            self.relays.set(switch.number, closed=switch.closed)
