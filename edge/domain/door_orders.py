"""Orders from the control centre to a gate: who may leave freely, that nobody comes in, and what sounds.

An order holds until its stated end, whoever lives or dies meanwhile; of one controller the last issued counts, and of
several controllers each. Belongs here: which orders are in force. Does not belong here: doors (portals.py), sirens
(signals.py), or whether somebody may pass (decide.py).
"""

from contract.ids import ControllerId, SignalId
from contract.messages import DoorOrder


class DoorOrders:
    """The orders that a gate has heard. Times in ns since 1970 UTC."""

    def __init__(self) -> None:
        self._orders: dict[ControllerId, DoorOrder] = {}

    def take(self, order: DoorOrder) -> bool:
        """Take an order; return whether it is news. One that was issued before the last one is passed over."""
        before = self._orders.get(order.controller)
        if before is not None and order.issued_ns <= before.issued_ns:
            return False
        self._orders[order.controller] = order
        return True

    def exits_free(self, now_ns: int) -> bool:
        """Tell whether everybody may leave without card or button."""
        return any(order.exits_free and now_ns < order.until_ns for order in self._orders.values())

    def entries_denied(self, now_ns: int) -> bool:
        """Tell whether nobody may come in from outside."""
        return any(order.entries_denied and now_ns < order.until_ns for order in self._orders.values())

    def signals(self, now_ns: int) -> dict[SignalId, int]:
        """Return what shall sound, each with when the latest operation was opened that asks for it."""
        asked: dict[SignalId, int] = {}
        for order in self._orders.values():
            if now_ns < order.until_ns:
                for signal in order.signals:
                    asked[signal] = max(asked.get(signal, 0), order.signals_since_ns)
        return asked
