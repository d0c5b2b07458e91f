"""What a reader consists of, apart from its conversation: contacts, outputs, light, tone, text, housing, supply.

Belongs here: the device's functions and the reports that they cause. Does not belong here: messages (device.py), a door
(simulators/door.py). Time is an argument (seconds of any clock that does not go back).
"""

from collections import deque
from typing import Final

from simulators.cards import CardBits
from simulators.osdp import replies
from simulators.osdp.codes import Color, Function, Reply
from simulators.osdp.commands import LightSetting, OutputSetting
from simulators.osdp.outputs import Buzzer, Display, Light, Output, SettingError
from simulators.osdp.replies import Capability, Report

RECEIVE_BUFFER_BYTES: Final = 256
MOST_REPORTS: Final = 64
"""While nobody asks, the oldest reports are forgotten."""
_READER_FINE: Final = 0
_READER_TAMPERED: Final = 2


class ReaderBody:
    """The functions of one reader. `reports` wait for polls, oldest first."""

    def __init__(self, inputs: int, outputs: int) -> None:
        self.inputs = [False] * inputs
        self.is_tampered = False
        self.has_power_failure = False
        self.reports: deque[Report] = deque(maxlen=MOST_REPORTS)
        self.outputs = [Output() for _ in range(outputs)]
        self.light = Light()
        self.buzzer = Buzzer()
        self.display = Display()

    def power_off(self) -> None:
        """Lose what is not in permanent memory: outputs fall, the light goes out, nothing waits to be reported."""
        self.reports.clear()
        self.outputs = [Output() for _ in self.outputs]
        self.light, self.buzzer, self.display = Light(), Buzzer(), Display()

    @property
    def next_change_s(self) -> float | None:
        """When `advance` is due, or None if nothing will change by itself."""
        return min((timer.until_s for timer in self._timers() if timer.until_s is not None), default=None)

    def advance(self, now_s: float) -> None:
        """Let time pass. An output that changes by itself is reported (7.8)."""
        before = self.output_states
        for timer in self._timers():
            timer.advance(now_s)
        if self.output_states != before:
            self.reports.append(self.output_report)

    @property
    def output_states(self) -> list[bool]:
        """Which outputs are on."""
        return [output.is_on for output in self.outputs]

    @property
    def input_report(self) -> Report:
        """The state of all inputs (7.7)."""
        return Report(Reply.ISTATR, replies.states(self.inputs))

    @property
    def output_report(self) -> Report:
        """The state of all outputs (7.8)."""
        return Report(Reply.OSTATR, replies.states(self.output_states))

    @property
    def local_report(self) -> Report:
        """Housing and supply (7.6)."""
        return Report(Reply.LSTATR, replies.states([self.is_tampered, self.has_power_failure]))

    @property
    def reader_report(self) -> Report:
        """The one reader behind this device (7.9)."""
        return Report(Reply.RSTATR, bytes([_READER_TAMPERED if self.is_tampered else _READER_FINE]))

    def greet(self) -> None:
        """Report inputs, housing and supply to a control unit that is new: reads before it came are forgotten."""
        self.reports.clear()
        self.reports += (self.input_report, self.local_report)

    def present(self, bits: CardBits) -> None:
        """A card was read."""
        self.reports.append(replies.card(bits))

    def press(self, key: str) -> None:
        """A key was pressed. Raises ValueError for what is no key."""
        self.reports.append(replies.key(key))

    def set_input(self, number: int, *, active: bool) -> None:
        """A contact changed."""
        if self.inputs[number] != active:
            self.inputs[number] = active
            self.reports.append(self.input_report)

    def set_tampered(self, *, tampered: bool) -> None:
        """The housing was opened or closed."""
        if self.is_tampered != tampered:
            self.is_tampered = tampered
            self.reports.append(self.local_report)

    def set_power_failure(self, *, failed: bool) -> None:
        """The supply failed (the reader lives on its battery) or came back."""
        if self.has_power_failure != failed:
            self.has_power_failure = failed
            self.reports.append(self.local_report)

    def set_outputs(self, settings: list[OutputSetting], now_s: float) -> None:
        """Carry out osdp_OUT. Raises SettingError, before anything has changed."""
        if any(setting.output >= len(self.outputs) for setting in settings):
            raise SettingError("no such output")
        tried = [Output(output.permanent, output.timed, output.until_s) for output in self.outputs]
        for setting in settings:
            tried[setting.output].obey(setting, now_s)
        self.outputs = tried

    def set_lights(self, settings: list[LightSetting], now_s: float) -> None:
        """Carry out osdp_LED: one reader with one light. Raises SettingError, before anything has changed."""
        tried = Light(self.light.permanent, self.light.temporary, self.light.until_s)
        for setting in settings:
            if setting.reader or setting.light:
                raise SettingError("no such light")
            tried.obey(setting, now_s)
        self.light = tried

    @property
    def light_color(self) -> str:
        """The colour of the light while it is on, in lower-case words."""
        color = self.light.shown.on_color
        return Color(color).name.lower() if color in tuple(Color) else "unknown"

    def capabilities(self, *, with_security: bool) -> list[Capability]:
        """What it says it can do (7.5, Annex B)."""
        return [
            Capability(Function.CONTACT_STATUS, 1, len(self.inputs)),
            Capability(Function.OUTPUT_CONTROL, 4, len(self.outputs)),
            Capability(Function.CARD_DATA_FORMAT, 1, 0),
            Capability(Function.LED_CONTROL, 4, 1),
            Capability(Function.AUDIBLE_OUTPUT, 2, 1),
            Capability(Function.TEXT_OUTPUT, 1, 1),
            Capability(Function.CHECK_CHARACTER, 1, 0),
            Capability(Function.COMMUNICATION_SECURITY, int(with_security), int(with_security)),
            Capability(Function.RECEIVE_BUFFER_SIZE, RECEIVE_BUFFER_BYTES & 0xFF, RECEIVE_BUFFER_BYTES >> 8),
            Capability(Function.READERS, 0, 1),
        ]

    def _timers(self) -> list[Output | Light | Display]:
        return [*self.outputs, self.light, self.display]
