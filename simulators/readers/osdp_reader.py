"""A simulated OSDP reader: a peripheral device (simulators/osdp) on a pseudo-terminal, in real time.

Human face: present, hold or pull a card, type keys, open a contact or the housing, fail its supply, cut the power,
change or lose its key, make it misbehave. What the panel did is seen in `outputs`, `light`, `tones` and `text`, and
told to whoever asked with `on_output`. Wire face: OSDP with secure channel, several readers on a line.

The device times its outputs itself: a panel sends one command with a duration. When a panel is new to it, it reports
its inputs, its housing and its supply by itself, whether asked for them or not.

Not simulated: how long a half-duplex line takes to turn around, and what a reader hears of its neighbours.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Final

import msgspec

from simulators.cards import CardBits
from simulators.line import PtyLine
from simulators.osdp.codes import Nak
from simulators.osdp.device import PeripheralDevice
from simulators.osdp.state import Misbehaviour, ReaderState

DPS: Final = 0
REX: Final = 1
STRIKE: Final = 0
"""The output that drives a strike, where there is one."""
LATE_S: Final = 0.3
"""How long a reader that is too late takes for an answer; the standard allows 200 ms (5.7)."""

OutputListener = Callable[[bool], None]
"""Called with True when an output is switched on, and with False when it is switched off."""


class SimulatedOsdpReader:
    """One device. `key`: 16 bytes, its SCBK; None for a device that only speaks clear text.

    `on_strike` is called with True when the strike is released and False when it relocks; `baud`: bits per second;
    `serial`: its serial number, the address unless said. It is off until `power_on`, which needs a running event loop.
    """

    def __init__(
        self,
        line: PtyLine,
        address: int,
        key: bytes | None,
        on_strike: OutputListener = lambda _released: None,
        *,
        baud: int = 9600,
        inputs: int = 4,
        outputs: int = 2,
        serial: int | None = None,
    ) -> None:
        """Raise StateError for what no reader can be."""
        state = ReaderState(
            address=address,
            serial=address if serial is None else serial,
            key=key,
            baud=baud,
            inputs=(False,) * inputs,
            outputs=outputs,
        )
        self._line = line
        self._listeners: list[tuple[int, OutputListener]] = [(STRIKE, on_strike)]
        self._device = PeripheralDevice(state, os.urandom)
        self._were_on = self._device.body.output_states
        self._timer: asyncio.TimerHandle | None = None
        self._is_covered = False
        line.listen(self._hear, lambda: self._device.state.baud)

    @property
    def address(self) -> int:
        """Its address on the line, which a panel may have changed (osdp_COMSET)."""
        return self._device.state.address

    @property
    def baud(self) -> int:
        """Its rate in bits per second, which a panel may have changed (osdp_COMSET)."""
        return self._device.state.baud

    @property
    def key(self) -> bytes | None:
        """Its SCBK, which a panel may have changed (osdp_KEYSET)."""
        return self._device.state.key

    @property
    def is_secure(self) -> bool:
        """Whether a panel has its secure channel up."""
        return self._device.is_secure

    @property
    def strike_is_released(self) -> bool:
        """Whether the strike's output is on."""
        return self.outputs[STRIKE]

    @property
    def outputs(self) -> list[bool]:
        """Which outputs are on."""
        return self._device.body.output_states

    @property
    def light(self) -> str:
        """The colour of its light while that is on."""
        return self._device.body.light_color

    @property
    def tones(self) -> int:
        """How many tones a panel asked for since power-on."""
        return self._device.body.buzzer.tones

    @property
    def text(self) -> str:
        """What its display shows."""
        return self._device.body.display.shown

    @property
    def keys_taken(self) -> int:
        """How many keys it was given over the bus."""
        return self._device.keys_taken

    @property
    def misbehaviours(self) -> frozenset[Misbehaviour]:
        """In which ways it is broken or hostile."""
        return self._device.state.misbehaviours

    @property
    def state(self) -> ReaderState:
        """All that `restore` needs to make another reader like it. Contains the key."""
        body = self._device.body
        return msgspec.structs.replace(
            self._device.state,
            inputs=tuple(body.inputs),
            is_tampered=body.is_tampered,
            has_power_failure=body.has_power_failure,
        )

    def restore(self, state: ReaderState) -> None:
        """Become the reader that `state` describes, as after a restart."""
        self.power_off()
        self._device = PeripheralDevice(state, os.urandom)
        self._were_on = self._device.body.output_states
        if state.is_powered:
            self.power_on()

    def on_output(self, number: int, listener: OutputListener) -> None:
        """Call `listener` whenever output `number` changes from now on. Raises IndexError for an output that is not."""
        _ = self.outputs[number]
        self._listeners.append((number, listener))

    def power_on(self) -> None:
        """Start the device, with nothing but what it keeps without power. Does nothing if it runs."""
        self._device.power_on()

    def power_off(self) -> None:
        """Cut the power: silence on the line, the strike falls."""
        self._device.power_off()
        self._look()

    def present(self, card: CardBits) -> bool:
        """Hold a card before the reader for as long as it takes to be read.

        Returns False if the read is lost: the reader is dead, nobody listens, or another card is held before it.
        """
        if self._is_covered or not self._device.is_heard:
            return False
        self._device.body.present(card)
        return True

    def hold(self, card: CardBits) -> bool:
        """Hold a card before the reader until it is pulled away: it is read once. Returns False if the read is lost."""
        is_read = self.present(card)
        self._is_covered = True
        return is_read

    def pull(self) -> None:
        """Take the held card away."""
        self._is_covered = False

    def type_keys(self, keys: str) -> bool:
        """Press keys of its keypad: 0 to 9, * and #. Returns False if they are lost. Raises ValueError for others."""
        if self._device.is_heard:
            for key in keys:
                self._device.body.press(key)
        return self._device.is_heard

    def set_input(self, number: int, *, active: bool) -> None:
        """Change the contact at input `number` (DPS, REX or another)."""
        self._device.body.set_input(number, active=active)

    def set_tampered(self, *, tampered: bool) -> None:
        """Open or close the housing."""
        self._device.body.set_tampered(tampered=tampered)

    def set_power_failure(self, *, failed: bool) -> None:
        """Let its supply fail, so that it lives on a battery, or come back."""
        self._device.body.set_power_failure(failed=failed)

    def change_key(self, key: bytes) -> None:
        """Give it another key, off the bus. Raises StateError."""
        self._device.set_key(key)

    def lose_key(self) -> None:
        """Set it back to how it was delivered: no key of its own, the default key, install mode."""
        self._device.set_key(None, installs=True)

    def misbehave(self, *ways: Misbehaviour) -> None:
        """Misbehave in exactly these ways from now on; in none, it is well again."""
        self._device.misbehave(frozenset(ways))

    def nak_next(self, code: Nak = Nak.UNABLE_TO_PROCESS, times: int = 1) -> None:
        """Refuse the next so many commands."""
        self._device.nak_next(code, times)

    def _hear(self, data: bytes) -> None:
        baud = self.baud  # an answer to osdp_COMSET goes out at the rate at which it was asked
        answer = self._device.receive(data, _now_s())
        if answer and Misbehaviour.LATE in self.misbehaviours:
            asyncio.get_running_loop().call_later(LATE_S, self._line.send, answer, baud)
        elif answer:
            self._line.send(answer, baud)
        self._look()

    def _advance(self) -> None:
        # A timer may fire a clock tick early; the device must not miss its own moment.
        self._device.advance(max(_now_s(), self._device.next_change_s or 0.0))
        self._look()

    def _look(self) -> None:
        """Tell which outputs changed, and come back when the next thing changes by itself."""
        are_on = self._device.body.output_states
        were_on, self._were_on = self._were_on, are_on
        for number, listener in self._listeners:
            if are_on[number] != were_on[number]:
                listener(are_on[number])
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._device.next_change_s
        self._timer = None if due_s is None else asyncio.get_running_loop().call_at(due_s, self._advance)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
