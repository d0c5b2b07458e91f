"""Sirens, lamps and relays of a gate in the site file, which an operation sounds by order.

    [[gate.signal]]
    id = "north-siren"
    name = "Siren at the north gate"
    hardware = "relays"        # the board, or OSDP reader, on whose output it hangs
    output = 3
    plans = ["evacuate"]       # for which plans it sounds
    in_drills = true           # whether it sounds in a drill as well

Belongs here: the shape. Does not belong here: whether the device has that output (edge/hardware), or when something
sounds (controller/domain/door_plan.py says it, edge/domain/signals.py obeys).
"""

from typing import Annotated

import msgspec

from contract.ids import SignalId
from contract.plans import Plan

_Number = Annotated[int, msgspec.Meta(ge=0)]


class SignalConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that sounds, flashes or is switched while an operation of one of these `plans` lasts.

    `hardware`: the OSDP reader or board on whose `output` it hangs. `in_drills`: whether a drill of such a plan sounds
    it too; if not, drills are silent here.
    """

    id: SignalId
    hardware: str
    output: _Number
    plans: Annotated[list[Plan], msgspec.Meta(min_length=1)]
    name: str = ""
    in_drills: bool = False
