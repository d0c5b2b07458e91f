"""What open operations ask of the doors (G5).

Evacuating and relocating free the exits. A lockdown lets nobody in, and never keeps anybody from leaving. Sheltering
leaves the doors as they are: whoever is outside shall come in. Life safety wins, with one limit: a fire input that no
commander confirmed frees no exit by order while a lockdown is open, for whoever attacks could pull it to have every
door opened; the fire release is hard-wired and frees its own doors whatever stands here. A drill moves no door, and an
all-clear ends what an emergency asked. Belongs here: that. Does not belong here: orders and their delivery
(service/door_orders.py).
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from controller.domain.operation import Operation, OperationKind, Plan

_LEAVING: Final = frozenset({Plan.EVACUATE, Plan.RELOCATE})


class DoorPlan(NamedTuple):
    """What holds until `until_ns` (ns since 1970 UTC), when the last of the operations would end by itself."""

    exits_free: bool
    entries_denied: bool
    until_ns: int


AS_ALWAYS: Final = DoorPlan(exits_free=False, entries_denied=False, until_ns=0)


def door_plan(operations: Iterable[Operation]) -> DoorPlan:
    """Return what the open `operations` ask of the doors together."""
    emergencies = [each for each in operations if each.kind is OperationKind.EMERGENCY and each.all_clear_ns is None]
    locking = [each for each in emergencies if each.plan is Plan.LOCKDOWN]
    leaving = [each for each in emergencies if each.plan in _LEAVING and (each.is_confirmed or not locking)]
    if not locking and not leaving:
        return AS_ALWAYS
    return DoorPlan(bool(leaving), bool(locking), max(each.ends_ns for each in (*locking, *leaving)))
