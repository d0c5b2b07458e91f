"""How well it is known where somebody is. Belongs here: the three words. Does not belong here: the evidence itself."""

import enum

from controller.domain.presence.chain import Evidence
from controller.domain.presence.fold import Placed


class Known(enum.StrEnum):
    """How well it is known where somebody is."""

    CONFIRMED = "confirmed"
    """His passage was seen, or an officer saw him."""
    GRANTED_ONLY = "granted-only"
    """He was let in; nobody saw him pass."""
    DOUBTFUL = "doubtful"
    """What was read of him contradicts itself, or its moment is in doubt."""


def known(placed: Placed) -> Known:
    """Return how well it is known."""
    if placed.is_doubtful:
        return Known.DOUBTFUL
    return Known.GRANTED_ONLY if placed.evidence is Evidence.GRANTED_ONLY else Known.CONFIRMED
