"""Orders to the gates' doors and sirens: made when what open operations ask of them has changed.

An order holds to its end also when its controller dies; the last one of an operation says that the doors are as always.
After a restart the order is given again. Belongs here: making them. Does not belong here: what is asked
(domain/door_plan.py), or MQTT (link.py).
"""

from collections.abc import Collection

from contract.clock import Clock
from contract.ids import ControllerId
from contract.messages import VERSION, DoorOrder
from contract.site import Gate
from controller.domain.door_plan import DoorPlan, door_plan
from controller.service.operating.operations import Operations


class DoorOrders:
    """Makes the orders of one controller. `gates`: to whom."""

    def __init__(self, clock: Clock, controller: ControllerId, gates: Collection[Gate], operations: Operations) -> None:
        self._clock = clock
        self._controller = controller
        self._gates = gates
        self._operations = operations
        self._given: DoorPlan | None = None

    def due(self) -> list[DoorOrder]:
        """Return an order for each gate if there is something new to say, the first time always; else nothing."""
        now_ns = self._clock.now_ns()
        plan = door_plan(self._operations.open_now(now_ns))
        if plan == self._given:
            return []
        self._given = plan
        return [
            DoorOrder(
                VERSION,
                self._controller,
                gate.id,
                now_ns,
                plan.until_ns,
                plan.exits_free,
                plan.entries_denied,
                plan.signals(gate),
                plan.sounding_since_ns,
            )
            for gate in self._gates
        ]
