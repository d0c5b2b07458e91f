"""Entries about alarms that somebody has to answer: which device, how often, how long; never a person who passed.

Belongs here: their kinds alone.
"""

from typing import Final

from controller.ledger.kinds.kind import EntryClass, kind_of, word

_ALARM: Final = "alarm cause gate place waited_s"

KINDS: Final = (
    kind_of("alarm-acknowledged", EntryClass.TRAIL, word("An officer acknowledged an alarm"), f"{_ALARM} times by"),
    kind_of(
        "alarm-louder",
        EntryClass.TRAIL,
        word("Nobody acknowledged an alarm in its time: it went to the commanders, on every page"),
        _ALARM,
    ),
)
