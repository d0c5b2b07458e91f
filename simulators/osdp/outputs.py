"""What a reader drives: outputs with timers of their own, a light, a tone, a text. Time is an argument (seconds).

Belongs here: what the device does by itself after a command. Does not belong here: the command's bytes (commands.py),
what is wired to an output (a door).
"""

from dataclasses import dataclass
from typing import Final

from simulators.osdp.codes import Color, OutputControl
from simulators.osdp.commands import Blinking, LightSetting, OutputSetting, Text, Tone

_S_PER_DS: Final = 0.1
_STEADY: Final = Blinking(1, 0, Color.BLACK, Color.BLACK)
_LIGHT_UNCHANGED: Final = 0
_LIGHT_CANCEL: Final = 1
_LIGHT_TEMPORARY: Final = 2
_LIGHT_PERMANENT: Final = 1
_TONE_CODES: Final = range(3)
_TONE_OFF: Final = 1
_TEXT_CODES: Final = range(1, 5)
_TEXT_TEMPORARY: Final = 3
"""From this code on a text is temporary (6.13)."""


class SettingError(ValueError):
    """A record that the device can not carry out (NAK 9)."""


@dataclass(slots=True)
class Output:
    """One output (6.10). A timed operation covers the permanent state until `until_s`."""

    permanent: bool = False
    timed: bool = False
    until_s: float | None = None

    @property
    def is_on(self) -> bool:
        """Whether current flows now."""
        return self.permanent if self.until_s is None else self.timed

    def obey(self, setting: OutputSetting, now_s: float) -> None:
        """Carry out one record. Raises SettingError."""
        if setting.control not in tuple(OutputControl):
            raise SettingError(f"{setting.control} is no control code of an output")
        control = OutputControl(setting.control)
        if control in {OutputControl.TIMED_ON, OutputControl.TIMED_OFF}:
            if not setting.timer_ds:
                raise SettingError("a timed operation needs a time")
            self.timed = control is OutputControl.TIMED_ON
            self.until_s = now_s + setting.timer_ds * _S_PER_DS
        elif control is not OutputControl.NONE:
            self.permanent = control in {OutputControl.ON_NOW, OutputControl.ON_AFTER}
            if control in {OutputControl.OFF_NOW, OutputControl.ON_NOW}:
                self.until_s = None

    def advance(self, now_s: float) -> None:
        """End a timed operation that is over."""
        if self.until_s is not None and now_s >= self.until_s:
            self.until_s = None


@dataclass(slots=True)
class Light:
    """A reader's light (6.11)."""

    permanent: Blinking = _STEADY
    temporary: Blinking | None = None
    until_s: float | None = None

    @property
    def shown(self) -> Blinking:
        """What it does now."""
        return self.permanent if self.temporary is None else self.temporary

    def obey(self, setting: LightSetting, now_s: float) -> None:
        """Carry out one record. Raises SettingError."""
        if setting.temporary_control not in {_LIGHT_UNCHANGED, _LIGHT_CANCEL, _LIGHT_TEMPORARY}:
            raise SettingError(f"{setting.temporary_control} is no temporary control code of a light")
        if setting.permanent_control not in {_LIGHT_UNCHANGED, _LIGHT_PERMANENT}:
            raise SettingError(f"{setting.permanent_control} is no permanent control code of a light")
        if setting.permanent_control == _LIGHT_PERMANENT:
            self.permanent = setting.permanent
        if setting.temporary_control == _LIGHT_CANCEL:
            self.temporary = self.until_s = None
        elif setting.temporary_control == _LIGHT_TEMPORARY:
            self.temporary = setting.temporary
            self.until_s = now_s + setting.temporary_ds * _S_PER_DS if setting.temporary_ds else None

    def advance(self, now_s: float) -> None:
        """End a temporary state that is over."""
        if self.until_s is not None and now_s >= self.until_s:
            self.temporary = self.until_s = None


@dataclass(slots=True)
class Buzzer:
    """A reader's tone (6.12). `tones`: how many were asked for since power-on. `is_steady`: sounds on."""

    tones: int = 0
    is_steady: bool = False

    def obey(self, tone: Tone) -> None:
        """Carry out osdp_BUZ. Raises SettingError."""
        if tone.code not in _TONE_CODES:
            raise SettingError(f"{tone.code} is no tone")
        self.is_steady = tone.code > _TONE_OFF and tone.count == 0
        if tone.code > _TONE_OFF:
            self.tones += tone.count


@dataclass(slots=True)
class Display:
    """A reader's text display (6.13): one line."""

    permanent: str = ""
    temporary: str | None = None
    until_s: float | None = None

    @property
    def shown(self) -> str:
        """What can be read now."""
        return self.permanent if self.temporary is None else self.temporary

    def obey(self, text: Text, now_s: float) -> None:
        """Carry out osdp_TEXT. Raises SettingError."""
        if text.code not in _TEXT_CODES:
            raise SettingError(f"{text.code} is no text command")
        if text.code < _TEXT_TEMPORARY:
            self.permanent, self.temporary, self.until_s = text.text, None, None
        else:
            self.temporary, self.until_s = text.text, now_s + text.seconds

    def advance(self, now_s: float) -> None:
        """End a temporary text that is over."""
        if self.until_s is not None and now_s >= self.until_s:
            self.temporary = self.until_s = None
