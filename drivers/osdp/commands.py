"""Commands to OSDP devices, checked before they are submitted.

libosdp cuts what does not fit and tells nobody.

Belongs here: which command does what. Does not belong here: sending it.
"""

from enum import IntEnum
from typing import Final

from drivers.osdp.messages import Command, SetBuzzer, SetLed, SetOutput
from drivers.ports import BadCommandError, Indication

LONGEST_TIMER_DS: Final = 255
"""The wire has 16 bits for a timer; libosdp's Python binding (3.2.9) keeps eight of them."""
_MS_PER_DS: Final = 100


class OutputControl(IntEnum):
    """Output control codes of osdp_OUT (0x68)."""

    PERMANENT_OFF = 1
    """Off at once; a timed operation ends."""
    TIMED_ON = 5
    """On for the timer's duration; then the device returns to the permanent state by itself."""


class LedColor(IntEnum):
    """LED colours of osdp_LED (0x69)."""

    BLACK = 0
    RED = 1
    GREEN = 2
    AMBER = 3
    BLUE = 4


def unlock(address: int, output: int, duration_ms: int) -> SetOutput:
    """Release the strike for `duration_ms`, rounded up to tenths of a second; the device relocks by itself.

    Raises BadCommandError for a duration that is not positive or that the device can not be told.
    """
    timer_ds = -(-duration_ms // _MS_PER_DS)
    if not 1 <= timer_ds <= LONGEST_TIMER_DS:
        raise BadCommandError(f"a strike is released for 1 to {LONGEST_TIMER_DS * _MS_PER_DS} ms, not {duration_ms}")
    return SetOutput(address, output, OutputControl.TIMED_ON, timer_ds)


def lock(address: int, output: int) -> SetOutput:
    """Relock at once."""
    return SetOutput(address, output, OutputControl.PERMANENT_OFF, 0)


def indication(address: int, what: Indication) -> tuple[Command, ...]:
    """Return the commands that show `what`: a steady light at rest, a temporary one and tones otherwise."""
    match what:
        case Indication.READY:
            return (SetLed(address, 1, 0, LedColor.BLUE, LedColor.BLUE, 0),)
        case Indication.GRANTED:
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
        case Indication.SECOND_PERSON_WANTED:
            return SetLed(address, 5, 5, LedColor.GREEN, LedColor.BLACK, 50), SetBuzzer(address, 1, 1, 2)
