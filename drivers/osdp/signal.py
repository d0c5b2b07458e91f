"""Sirens and relays at outputs of an OSDP device, which times each command itself.

Belongs here: one output. Does not belong here: which command does what (commands.py).
"""

from contract.ids import SignalId
from contract.site import Fail, SignalConfig
from drivers.osdp import commands
from drivers.osdp.portal import Submit


class OsdpSignal:
    """See drivers.ports.SignalHardware. `address`: the device on whose output it hangs. Made by OsdpBus."""

    def __init__(self, config: SignalConfig, address: int, submit: Submit) -> None:
        self._config = config
        self._address = address
        self._submit = submit

    @property
    def id(self) -> SignalId:
        """See drivers.ports.SignalHardware."""
        return self._config.id

    def sound(self, duration_ms: int) -> bool:
        """See drivers.ports.SignalHardware."""
        return self._submit(commands.unlock(self._address, self._config.output, Fail.SECURE, duration_ms))

    def silence(self) -> bool:
        """See drivers.ports.SignalHardware."""
        return self._submit(commands.lock(self._address, self._config.output, Fail.SECURE))
