"""Strikes, barriers and turnstiles at outputs of a board.

An output that is on releases; how a fail-safe or a fail-secure strike is wired to it stands on the wiring pages.

Belongs here: which output, and for how long. Does not belong here: how a board is told.
"""

from typing import Final, Protocol

from contract.ids import AccessPointId, PortalId
from contract.site import PortalConfig, PortalKind
from drivers.ports import BadCommandError

LONGEST_RELEASE_MS: Final = 3_600_000


class Outputs(Protocol):
    """The outputs of one board."""

    def release(self, number: int, duration_ms: int) -> bool:
        """Submit at once: on for so long. Returns whether it was submitted; raises BadCommandError."""
        ...

    def engage(self, number: int) -> bool:
        """Submit at once: off. Returns whether it was submitted."""
        ...


class BoardPortal:
    """See drivers.ports.PortalHardware."""

    def __init__(self, config: PortalConfig, outputs: Outputs) -> None:
        self._config = config
        self._outputs = outputs

    @property
    def id(self) -> PortalId:
        """See drivers.ports.PortalHardware."""
        return self._config.id

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        """See drivers.ports.PortalHardware; 1 ms to an hour, rounded up to what the board can time.

        A release that runs longer already is not cut short. Raises BadCommandError for a turnstile without its access
        point as well.
        """
        if not 1 <= duration_ms <= LONGEST_RELEASE_MS:
            raise BadCommandError(f"{self.id}: released for 1 to {LONGEST_RELEASE_MS} ms, not {duration_ms}")
        if self._config.kind is not PortalKind.TURNSTILE:
            return self._outputs.release(self._config.strike_output, duration_ms)
        if access_point not in self._config.outputs:
            raise BadCommandError(f"{self.id}: there is no one way {access_point} through it")
        return self._outputs.release(self._config.outputs[access_point], duration_ms)

    def lock(self) -> bool:
        """See drivers.ports.PortalHardware; all its directions."""
        submitted = [self._outputs.engage(number) for number in outputs_of(self._config)]
        return all(submitted)


def outputs_of(config: PortalConfig) -> tuple[int, ...]:
    """Return the outputs that release a portal."""
    return tuple(config.outputs.values()) if config.kind is PortalKind.TURNSTILE else (config.strike_output,)
