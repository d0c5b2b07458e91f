"""Sirens and relays at outputs of a board.

Belongs here: which output. Does not belong here: how a board is told, or when something sounds.
"""

from contract.ids import SignalId
from contract.site import SignalConfig
from drivers.boards.portal import Outputs


class BoardSignal:
    """See drivers.ports.SignalHardware."""

    def __init__(self, config: SignalConfig, outputs: Outputs) -> None:
        self._config = config
        self._outputs = outputs

    @property
    def id(self) -> SignalId:
        """See drivers.ports.SignalHardware."""
        return self._config.id

    def sound(self, duration_ms: int) -> bool:
        """See drivers.ports.SignalHardware."""
        return self._outputs.release(self._config.output, duration_ms)

    def silence(self) -> bool:
        """See drivers.ports.SignalHardware."""
        return self._outputs.engage(self._config.output)
