"""A simulated OSDP reader: libosdp's peripheral device on a pseudo-terminal, with a portal's contacts.

Human face: present a card, open a door contact, press a button, open the housing, cut the power and restore
it. Wire face: OSDP with secure channel. What the panel did is seen in `strike_is_released`, `light` and
`tones`, and told to `on_strike`.

The strike times its own relock, as a device does: the panel sends one command with a duration. When its
secure channel comes up the reader reports all inputs and its housing, as a panel can not ask libosdp's device
for them (its answer to osdp_ISTAT is a NAK).

Not simulated: half-duplex timing, text displays, key setting over the bus (keys are provisioned off it),
biometrics.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import osdp_sys  # type: ignore[import-not-found]

from simulators.cards import CardBits
from simulators.line import PtyLine

TICK_S: Final = 0.1
"""How often the device looks at its own timeouts; answers do not wait for it."""
STEPS_PER_FRAME: Final = 4
INPUTS: Final = 4
DPS: Final = 0
REX: Final = 1
_MAX_QUEUED_BYTES: Final = 4096
_OUTPUT_OFF: Final = 1
_OUTPUT_ON: Final = 2
_OUTPUT_TIMED_ON: Final = 5
_SECONDS_PER_TICK_OF_A_TIMER: Final = 0.1
_LIGHTS: Final = {0: "black", 1: "red", 2: "green", 3: "amber", 4: "blue", 5: "magenta", 6: "cyan", 7: "white"}


class _Channel:
    """What libosdp's device reads from and writes to: all that the driver sent on the line."""

    id = 1

    def __init__(self, line: PtyLine) -> None:
        self._line = line
        self._received = bytearray()

    def hear(self, data: bytes) -> None:
        self._received += data
        del self._received[:-_MAX_QUEUED_BYTES]

    def read(self, limit_bytes: int) -> bytes:
        piece = bytes(self._received[:limit_bytes])
        del self._received[:limit_bytes]
        return piece

    def write(self, frame: bytes) -> int:
        self._line.send(frame)
        return len(frame)

    def flush(self) -> None:
        self._received.clear()


class SimulatedOsdpReader:
    """One device. `key`: 16 bytes, its SCBK; None for a device that only speaks clear text.

    `on_strike` is called with True when the strike is released and False when it relocks.
    """

    def __init__(
        self,
        line: PtyLine,
        address: int,
        key: bytes | None,
        on_strike: Callable[[bool], None] = lambda _released: None,
    ) -> None:
        self.address = address
        self.strike_is_released = False
        self.light = "black"
        self.tones = 0
        self._line = line
        self._key = key
        self._on_strike = on_strike
        self._inputs = bytearray(INPUTS)
        self._is_tampered = False
        self._relock: asyncio.TimerHandle | None = None
        self._light_off: asyncio.TimerHandle | None = None
        self._steady_light = "black"
        self._device: Any = None
        self._channel = _Channel(line)
        self._was_secure = False
        self._ticking: asyncio.TimerHandle | None = None
        line.listen(self._hear)

    @property
    def is_secure(self) -> bool:
        """Whether a panel has its secure channel up."""
        return self._device is not None and bool(self._device.is_sc_active())

    def power_on(self) -> None:
        """Start the device, with nothing in its memory but its key. Does nothing if it runs."""
        if self._device is None:
            self._channel = _Channel(self._line)
            self._device = _new_device(self.address, self._key, self._channel)
            self._device.set_command_callback(self._obey)
            self._was_secure = False
            self._tick()

    def power_off(self) -> None:
        """Cut the power: silence on the line, the strike falls."""
        if self._ticking is not None:
            self._ticking.cancel()
        self._device = None
        self._steady_light = self.light = "black"
        self._set_strike(released=False)

    def present(self, card: CardBits) -> bool:
        """Hold a card before the reader. Returns False if the device is dead or nobody listens: the read is lost."""
        return self._submit(
            {
                "event": osdp_sys.EVENT_CARDREAD,
                "reader_no": 0,
                "format": osdp_sys.CARD_FMT_RAW_WIEGAND,
                "direction": 0,
                "length": card.count,
                "data": card.data,
            }
        )

    def set_input(self, number: int, *, active: bool) -> None:
        """Change the contact at input `number` (DPS, REX or another)."""
        if bool(self._inputs[number]) != active:
            self._inputs[number] = active
            self._report_inputs()

    def set_tampered(self, *, tampered: bool) -> None:
        """Open or close the housing."""
        if self._is_tampered != tampered:
            self._is_tampered = tampered
            self._report_local()

    def _hear(self, data: bytes) -> None:
        if self._device is not None:
            self._channel.hear(data)
            self._step()

    def _tick(self) -> None:
        self._step()
        self._ticking = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _step(self) -> None:
        for _ in range(STEPS_PER_FRAME):
            self._device.refresh()
        if self.is_secure and not self._was_secure:
            self._was_secure = True
            self._report_inputs()
            self._report_local()
        self._was_secure = self.is_secure

    def _submit(self, event: dict[str, Any]) -> bool:
        return self._device is not None and self._is_heard() and bool(self._device.submit_event(event))

    def _is_heard(self) -> bool:
        return self.is_secure if self._key is not None else bool(self._device.is_online())

    def _report_inputs(self) -> None:
        self._submit(
            {
                "event": osdp_sys.EVENT_STATUS,
                "type": osdp_sys.STATUS_REPORT_INPUT,
                "report": bytes(self._inputs),
            }
        )

    def _report_local(self) -> None:
        self._submit(
            {
                "event": osdp_sys.EVENT_STATUS,
                "type": osdp_sys.STATUS_REPORT_LOCAL,
                "report": bytes([self._is_tampered, 0]),
            }
        )

    def _obey(self, command: dict[str, Any]) -> tuple[int, None]:
        kind = command["command"]
        if kind == osdp_sys.CMD_OUTPUT:
            self._obey_output(command["control_code"], command["timer_count"])
        elif kind == osdp_sys.CMD_LED:
            self._obey_light(command)
        elif kind == osdp_sys.CMD_BUZZER:
            self.tones += command["rep_count"]
        return 0, None

    def _obey_output(self, control: int, timer: int) -> None:
        if control in {_OUTPUT_ON, _OUTPUT_TIMED_ON}:
            self._set_strike(released=True)
        elif control == _OUTPUT_OFF:
            self._set_strike(released=False)
        if control == _OUTPUT_TIMED_ON:
            loop = asyncio.get_running_loop()
            self._relock = loop.call_later(timer * _SECONDS_PER_TICK_OF_A_TIMER, self._time_is_up)

    def _time_is_up(self) -> None:
        self._set_strike(released=False)

    def _set_strike(self, *, released: bool) -> None:
        if self._relock is not None:
            self._relock.cancel()
            self._relock = None
        if self.strike_is_released != released:
            self.strike_is_released = released
            self._on_strike(released)

    def _obey_light(self, command: dict[str, Any]) -> None:
        if self._light_off is not None:
            self._light_off.cancel()
            self._light_off = None
        self.light = _LIGHTS.get(command["on_color"], "unknown")
        if command["temporary"]:
            loop = asyncio.get_running_loop()
            duration_s = command["timer_count"] * _SECONDS_PER_TICK_OF_A_TIMER
            self._light_off = loop.call_later(duration_s, self._light_is_over)
        else:
            self._steady_light = self.light

    def _light_is_over(self) -> None:
        self.light = self._steady_light


def _new_device(address: int, key: bytes | None, channel: _Channel) -> Any:  # noqa: ANN401 - untyped library
    osdp_sys.set_loglevel(osdp_sys.LOG_CRIT)
    info: dict[str, Any] = {
        "name": f"simulated-{address}",
        "address": address,
        "flags": osdp_sys.FLAG_ENFORCE_SECURE if key is not None else 0,
        "scbk": key,
        "channel": channel,
        "version": 1,
        "model": 1,
        "vendor_code": 0x5AC5,
        "serial_number": address,
        "firmware_version": 0x010000,
    }
    offered = [
        (osdp_sys.CAP_CONTACT_STATUS_MONITORING, 1, INPUTS),
        (osdp_sys.CAP_OUTPUT_CONTROL, 4, 1),
        (osdp_sys.CAP_CARD_DATA_FORMAT, 1, 0),
        (osdp_sys.CAP_READER_LED_CONTROL, 1, 1),
        (osdp_sys.CAP_READER_AUDIBLE_OUTPUT, 1, 1),
        (osdp_sys.CAP_CHECK_CHARACTER_SUPPORT, 1, 0),
        (osdp_sys.CAP_READERS, 0, 1),
    ]
    if key is not None:
        offered.append((osdp_sys.CAP_COMMUNICATION_SECURITY, 1, 1))
    capabilities = [
        {"function_code": code, "compliance_level": level, "num_items": items} for code, level, items in offered
    ]
    return osdp_sys.PeripheralDevice(info, capabilities=capabilities)
