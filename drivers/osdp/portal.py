"""Strikes, barriers and turnstiles at outputs of an OSDP device.

The device times its own relock: a gate that dies leaves no door open. libosdp's binding can tell it no more than 25.5 s
at once; a longer release is told again before it runs out, so that a gate that dies relocks within 25.5 s.

Belongs here: outputs of one portal. Does not belong here: which command does what (commands.py), contacts (reader.py).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contract.ids import AccessPointId, PortalId
from contract.site import PortalConfig
from drivers.osdp import commands
from drivers.osdp.config import outputs_of
from drivers.osdp.identity import OUTPUTS, Capabilities
from drivers.osdp.messages import Command
from drivers.ports import BadCommandError

ONE_COMMAND_MS: Final = 25_500
RENEW_S: Final = 20.0
"""So long before the device would relock there is time for a reader that is polled rarely, and for one lost command."""

Submit = Callable[[Command], bool]
"""Takes a command for the line at once; returns whether its device is online."""


@dataclass(slots=True)
class _Release:
    """What runs at one output: until when (the loop's clock), and the timer that renews it."""

    until_s: float = 0.0
    renewal: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        if self.renewal is not None:
            self.renewal.cancel()
        self.until_s, self.renewal = 0.0, None


class OsdpPortal:
    """See drivers.ports.PortalHardware. `address`: the device whose outputs release it. Made by OsdpBus."""

    def __init__(self, config: PortalConfig, address: int, submit: Submit) -> None:
        self._config = config
        self._address = address
        self._submit = submit
        self._outputs = outputs_of(config)
        self._releases = {output: _Release() for output in self._outputs.values()}
        self._can = Capabilities()

    @property
    def id(self) -> PortalId:
        """See drivers.ports.PortalHardware."""
        return self._config.id

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        """See drivers.ports.PortalHardware; 1 ms to an hour. A release that runs longer already is not cut short.

        False as well for an output that the device says it does not have. Raises BadCommandError for a turnstile
        without its access point.
        """
        if not 1 <= duration_ms <= commands.LONGEST_RELEASE_MS:
            raise BadCommandError(f"{self.id}: released for 1 to {commands.LONGEST_RELEASE_MS} ms, not {duration_ms}")
        named = self._outputs if access_point is None else [access_point]
        ways = {self._outputs[point] for point in named if point in self._outputs}
        if len(ways) != 1:
            raise BadCommandError(f"{self.id}: there is no one way {access_point} through it")
        (output,) = ways
        if not self._is_there(output):
            return False
        release = self._releases[output]
        until_s = max(release.until_s, asyncio.get_running_loop().time() + duration_ms / 1000)
        release.stop()
        release.until_s = until_s
        return self._hold_open(output)

    def lock(self) -> bool:
        """See drivers.ports.PortalHardware."""
        for release in self._releases.values():
            release.stop()
        told = [self._submit(commands.lock(self._address, output, self._config.fail)) for output in self._releases]
        return all(told)

    def came_online(self, can: Capabilities) -> None:
        """The device is there, perhaps with all its outputs as they were when it got power: lock what is not timed."""
        self._can = can
        for output in filter(self._is_there, self._releases):
            self._submit(commands.rest(self._address, output, self._config.fail))

    def lost(self) -> None:
        """The device is away: what it was told ends by its own timers."""
        for release in self._releases.values():
            release.stop()

    def _is_there(self, output: int) -> bool:
        """Whether the device has this output, as far as it tells."""
        return not self._can.has(OUTPUTS) or output < self._can.items(OUTPUTS)

    def _hold_open(self, output: int) -> bool:
        loop = asyncio.get_running_loop()
        release = self._releases[output]
        remaining_ms = max(round((release.until_s - loop.time()) * 1000), 1)
        told_ms = min(remaining_ms, ONE_COMMAND_MS)
        is_submitted = self._submit(commands.unlock(self._address, output, self._config.fail, told_ms))
        if not is_submitted:
            release.stop()
        elif remaining_ms > told_ms:
            release.renewal = loop.call_later(RENEW_S, self._hold_open, output)
        else:
            release.renewal = None
        return is_submitted
