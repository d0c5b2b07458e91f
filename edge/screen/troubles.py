"""Which news of portals and devices are trouble for the officer who stands at the gate.

A duress PIN is none of them: nothing of it may show at the gate. Belongs here: that choice. Does not belong here: the
words (words.py).
"""

from typing import Final

from edge.technician import DeviceLine, Line, PortalLine, PortalState

_PORTAL: Final = {
    PortalState.FORCED: "forced",
    PortalState.TURNED_WITHOUT_GRANT: "forced",
    PortalState.HELD: "held",
    PortalState.FIRE: "fire",
    PortalState.FIRE_OVER: None,
    PortalState.CLOSED: None,
    PortalState.SHUT: None,
    PortalState.RELEASED: None,
}
_DEVICE: Final = {
    "lost": "lost",
    "tamper": "tamper",
    "power-failed": "power-failed",
    "online": None,
    "tamper-over": None,
    "power-back": None,
}
CODES: Final = frozenset({code for code in (*_PORTAL.values(), *_DEVICE.values()) if code is not None})
"""All kinds of trouble."""


def trouble_of(line: Line) -> tuple[str, str | None] | None:
    """Return place and kind of trouble, the kind None where it is over; None for what is no trouble either way."""
    match line:
        case PortalLine(portal=place, state=state) if state in _PORTAL:
            return place, _PORTAL[state]
        case DeviceLine(device=place, event=event) if event in _DEVICE:
            return place, _DEVICE[event]
        case _:
            return None
