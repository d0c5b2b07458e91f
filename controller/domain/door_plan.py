"""What open operations ask of the doors and sirens (G5).

Evacuating and relocating free the exits. A lockdown lets nobody in, and never keeps anybody from leaving. Sheltering
leaves the doors as they are: whoever is outside shall come in. Life safety wins, with one limit: a fire input that no
commander confirmed frees no exit by order while a lockdown is open, for whoever attacks could pull it to have every
door opened; the fire release is hard-wired and frees its own doors whatever stands here. A drill moves no door; its
sirens sound where the site file says so. An all-clear ends what an operation asked; whoever leads may silence the
sirens before, and the doors stay. Belongs here: that. Does not belong here: orders and their delivery
(service/door_orders.py).
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from contract.ids import SignalId
from contract.site import Gate
from controller.domain.operation import Operation, OperationKind, Plan

_LEAVING: Final = frozenset({Plan.EVACUATE, Plan.RELOCATE})


class DoorPlan(NamedTuple):
    """What holds until `until_ns` (ns since 1970 UTC), when the last of the operations would end by itself.

    `sounding`: for which plans sirens sound, each with whether it is a drill's; `sounding_since_ns`: when the latest of
    those operations was opened.
    """

    exits_free: bool
    entries_denied: bool
    until_ns: int
    sounding: frozenset[tuple[Plan, bool]] = frozenset()
    sounding_since_ns: int = 0

    def signals(self, gate: Gate) -> list[SignalId]:
        """Return which of a gate's sirens and relays sound."""
        return [
            signal.id
            for signal in gate.signal
            if any(plan in signal.plans and (signal.in_drills or not is_drill) for plan, is_drill in self.sounding)
        ]


AS_ALWAYS: Final = DoorPlan(exits_free=False, entries_denied=False, until_ns=0)


def door_plan(operations: Iterable[Operation]) -> DoorPlan:
    """Return what the open `operations` ask of the doors together."""
    going_on = [each for each in operations if each.plan is not None and each.all_clear_ns is None]
    emergencies = [each for each in going_on if each.kind is OperationKind.EMERGENCY]
    locking = [each for each in emergencies if each.plan is Plan.LOCKDOWN]
    unheeded = [each for each in emergencies if each.plan in _LEAVING and locking and not each.is_confirmed]
    heeded = [each for each in going_on if each not in unheeded]
    if not heeded:
        return AS_ALWAYS
    audible = [each for each in heeded if each.silenced_ns is None]
    return DoorPlan(
        exits_free=any(each.plan in _LEAVING for each in emergencies if each not in unheeded),
        entries_denied=bool(locking),
        until_ns=max(each.ends_ns for each in heeded),
        sounding=frozenset((each.plan, each.kind is OperationKind.DRILL) for each in audible if each.plan is not None),
        sounding_since_ns=max((each.opened_ns for each in audible), default=0),
    )
