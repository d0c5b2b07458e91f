"""A lock of two barriers, and the vehicles in it: bodies on loops and under booms.

Belongs here: the site file of such a gate, and where bodies are. Does not belong here: what they do
(test_vehicle_machine.py).
"""

from dataclasses import dataclass, field
from typing import Final

CAR, OTHER = "W12345X", "W12345Y"
WAYS: Final = ("outer", "inner")
_PORTALS = "".join(
    f"""
[[gate.reader]]
id = "{way}"
kind = "serial"
access_point = "{way}"
device = "{way}"
[[gate.portal]]
id = "{way}"
kind = "barrier"
hardware = "io"
access_points = ["{way}"]
strike_output = {number}
dps_input = {number}
rex_input = -1
unlock_ms = 700
passage_ms = 5000
stays_free = true
[[gate.lane]]
id = "{way}"
access_point = "{way}"
portal = "{way}"
hardware = "io"
presence_input = {2 + 2 * number}
clearance_input = {3 + 2 * number}
camera = "eye"
plate = "required"
"""
    for number, way in enumerate(WAYS)
)
SITE = f"""
[[area]]
id = "lock"
[[area]]
id = "yard"
[[access_point]]
id = "outer"
from = "outside"
to = "lock"
[[access_point]]
id = "inner"
from = "lock"
to = "yard"
[[gate]]
id = "north"
[[gate.board]]
id = "io"
kind = "modbus"
device = "modbus"
profile = "waveshare-rtu-relay-d-8ch"
[[gate.camera]]
id = "eye"
[[gate.interlock]]
portals = ["outer", "inner"]
{_PORTALS}
"""


@dataclass(eq=False)
class Body:
    """One vehicle: what was shown and said of it while it stood there, and what became of it."""

    trailer: bool
    plates: list[str] = field(default_factory=lambda: [""])
    occupants: int | None = None
    was_let: bool = False
    is_through: bool = False


@dataclass
class Place:
    """What is at one barrier. `up_until`: when its boom comes down, by the orders that it heard.

    `loop`: who stands there, `front`: his front is under the boom; `under`: those that are off the loop.
    """

    loop: Body | None = None
    front: bool = False
    under: list[Body] = field(default_factory=list)
    is_up: bool = False
    up_until: float = 0.0
    orders_heard: int = 0
    locks_heard: int = 0

    @property
    def is_under(self) -> bool:
        return self.front or bool(self.under)
