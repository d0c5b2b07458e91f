"""One portal of a gate at work: how it stands, and the machine that concludes what happened there.

Belongs here: that record, and which machine a portal needs. Does not belong here: what is done with it (portals.py).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from contract.ids import OUTSIDE, AccessPointId
from contract.site import AccessPoint, PortalConfig, PortalKind
from edge.domain.passage import Passage
from edge.domain.turnstile import Turnstile


@dataclass(slots=True)
class PortalAtWork:
    """A portal as far as it is known."""

    config: PortalConfig
    passage: Passage | Turnstile
    exit_way: AccessPointId | None = None
    """A turnstile's way out of the premises, which a request to exit releases."""
    is_open: bool | None = None
    was_released: bool = False
    """Since its contact said last that it is shut."""
    is_on_fire: bool = False
    is_freed: bool = False
    """An order holds it released, so that everybody may leave."""
    release_again_ns: int = 0
    timer: asyncio.TimerHandle | None = None

    @property
    def is_turnstile(self) -> bool:
        """Whether it counts single turns."""
        return self.config.kind is PortalKind.TURNSTILE


def is_freed_by_order(config: PortalConfig) -> bool:
    """Tell whether an order can hold a portal free: a strike, or a machine that stays free while it is held."""
    is_strike = config.kind is PortalKind.DOOR and not config.passage_ms
    return is_strike or config.stays_free


def portal_at_work(config: PortalConfig, points: Mapping[AccessPointId, AccessPoint]) -> PortalAtWork:
    """Return a portal of which nothing is known yet."""
    extra_ms = max(0, config.extended_unlock_ms - config.unlock_ms)
    expected_ms = max(config.unlock_ms, config.passage_ms)
    out = [point for point in config.access_points if points[point].to_area == OUTSIDE]
    if config.kind is PortalKind.TURNSTILE:
        free = out if config.free_exit else ()
        turnstile = Turnstile(expected_ms=expected_ms, extra_ms=extra_ms, seen=config.passed_inputs, free=free)
        return PortalAtWork(config, turnstile, out[0] if out else None)
    door = Passage(
        expected_ms=expected_ms,
        held_after_ms=config.held_after_ms,
        extra_ms=extra_ms,
        warn_before_ms=config.warn_before_ms,
        free_exit=config.free_exit,
        has_contact=config.dps_input >= 0,
    )
    return PortalAtWork(config, door)
