"""Which sirens and relays sound: those that orders ask for, but for what an officer at the gate has silenced.

What was silenced stays silent as long as the same operations ask for it, and sounds again with the next one. Belongs
here: that rule. Does not belong here: outputs and their times (edge/signalling.py).
"""

from collections.abc import Collection, Mapping

from contract.ids import SignalId


class Signals:
    """The signals of one gate. `known`: those that it has; what an order names beside them is passed over.

    `ordered` is always what orders ask for now: each signal with when the latest of its operations was opened (ns).
    """

    def __init__(self, known: Collection[SignalId]) -> None:
        self._known = frozenset(known)
        self._silenced: dict[SignalId, int] = {}

    def silence(self, ordered: Mapping[SignalId, int]) -> None:
        """Silence all that sounds now."""
        self._silenced = {signal: since_ns for signal, since_ns in ordered.items() if signal in self._known}

    def sounding(self, ordered: Mapping[SignalId, int]) -> frozenset[SignalId]:
        """Return what sounds. An order that is over is forgotten, and with it that it was silenced."""
        self._silenced = {
            signal: since_ns
            for signal, since_ns in self._silenced.items()
            if signal in ordered and ordered[signal] <= since_ns
        }
        return frozenset(signal for signal in ordered if signal in self._known and signal not in self._silenced)
