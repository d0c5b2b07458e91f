"""Commands to OSDP devices, checked before they are submitted.

libosdp cuts what does not fit and tells nobody.

Belongs here: which command does what. Does not belong here: sending it.
"""

from enum import IntEnum
from typing import Final

from contract.site import Fail
from drivers.osdp.identity import BUZZER, LED, TEXT, Capabilities
from drivers.osdp.messages import Command, OutputControl, SetBuzzer, SetLed, SetOutput, SetText
from drivers.ports import BadCommandError, Indication

LONGEST_TIMER_DS: Final = 255
"""The wire has 16 bits for a timer; libosdp's Python binding (3.2.9) keeps eight of them."""
LONGEST_RELEASE_MS: Final = 3_600_000
"""An hour: who wants a door open for longer does not want it locked."""
TEXT_S: Final = 3
_MS_PER_DS: Final = 100


class LedColor(IntEnum):
    """LED colours of osdp_LED (0x69)."""

    BLACK = 0
    RED = 1
    GREEN = 2
    AMBER = 3
    BLUE = 4


_TEXTS: Final = {
    Indication.READY: "",
    Indication.GRANTED: "Please enter",
    Indication.DENIED: "No access",
    Indication.WARNING: "Close the door",
    Indication.PIN_WANTED: "PIN, then #",
    Indication.SECOND_PERSON_WANTED: "Second person",
    Indication.WAIT: "Please wait",
    Indication.COUNTED: "Thank you",
}


def unlock(address: int, output: int, fail: Fail, duration_ms: int) -> SetOutput:
    """Release a strike for `duration_ms`, rounded up to tenths of a second; the device relocks by itself.

    A fail-secure strike gets power for that time, a fail-safe one loses it. Raises BadCommandError for a duration that
    is not positive or that the device can not be told in one command.
    """
    timer_ds = -(-duration_ms // _MS_PER_DS)
    if not 1 <= timer_ds <= LONGEST_TIMER_DS:
        raise BadCommandError(f"one command releases for 1 to {LONGEST_TIMER_DS * _MS_PER_DS} ms, not {duration_ms}")
    control = OutputControl.TIMED_OFF if fail is Fail.SAFE else OutputControl.TIMED_ON
    return SetOutput(address, output, control, timer_ds)


def lock(address: int, output: int, fail: Fail) -> SetOutput:
    """Relock at once."""
    return SetOutput(address, output, OutputControl.ON if fail is Fail.SAFE else OutputControl.OFF, 0)


def rest(address: int, output: int, fail: Fail) -> SetOutput:
    """Lock, but let a release that is under way run its time: for a device that came online."""
    control = OutputControl.ON_AFTER_TIMER if fail is Fail.SAFE else OutputControl.OFF_AFTER_TIMER
    return SetOutput(address, output, control, 0)


def indication(address: int, what: Indication, can: Capabilities) -> tuple[Command, ...]:
    """Return the commands that show `what`: a steady light at rest, a temporary one, tones and a text otherwise.

    Only what the device says that it has: it would refuse anything else, and libosdp takes that for its loss.
    """
    light, *tones = _light_and_tones(address, what)
    shown: list[Command] = []
    if can.has(LED):
        shown.append(light)
    if can.has(BUZZER):
        shown += tones
    if can.has(TEXT) and _TEXTS[what]:
        shown.append(SetText(address, _TEXTS[what], TEXT_S))
    return tuple(shown)


def _light_and_tones(address: int, what: Indication) -> tuple[Command, ...]:
    match what:
        case Indication.READY:
            return (SetLed(address, 1, 0, LedColor.BLUE, LedColor.BLUE, 0),)
        case Indication.GRANTED | Indication.COUNTED:
            light = SetLed(address, 1, 0, LedColor.GREEN, LedColor.GREEN, 30)
            return light, SetBuzzer(address, 2, 1, 1)
        case Indication.DENIED:
            light = SetLed(address, 2, 2, LedColor.RED, LedColor.BLACK, 20)
            return light, SetBuzzer(address, 1, 1, 3)
        case Indication.WARNING:
            light = SetLed(address, 3, 3, LedColor.AMBER, LedColor.BLACK, 30)
            return light, SetBuzzer(address, 5, 5, 3)
        case Indication.PIN_WANTED:
            return SetLed(address, 2, 2, LedColor.BLUE, LedColor.BLACK, 50), SetBuzzer(address, 1, 1, 1)
        case Indication.SECOND_PERSON_WANTED | Indication.WAIT:
            return SetLed(address, 5, 5, LedColor.GREEN, LedColor.BLACK, 50), SetBuzzer(address, 1, 1, 2)
