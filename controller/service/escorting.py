"""Visitors without their escort: an alarm while there are any, which names neither them nor where they are (L1).

Belongs here: how long a visitor may be alone. Does not belong here: who is (domain/presence/escorts.py).
"""

from collections.abc import Mapping
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import HolderId
from controller.domain.presence.escorts import left_alone
from controller.domain.presence.fold import Presence
from controller.service.alarms import Alarms

ALONE_AFTER_S: Final = 60
"""Two persons do not pass a gate in the same second, and their records may come by two ways."""


class EscortWatch:
    """Keeps, in memory alone, since when each visitor without his escort has been so."""

    def __init__(self, presence: Presence, alarms: Alarms) -> None:
        self._presence: Final = presence
        self._alarms: Final = alarms
        self._since_ns: dict[HolderId, int] = {}

    def tick(self, escorts: Mapping[HolderId, HolderId], now_ns: int) -> None:
        """Look who is alone now. `escorts`: who escorts each visitor."""
        alone = left_alone(self._presence, escorts)
        self._since_ns = {visitor: self._since_ns.get(visitor, now_ns) for visitor in alone}
        if any(now_ns - since_ns > ALONE_AFTER_S * NS_PER_S for since_ns in self._since_ns.values()):
            self._alarms.of_system(now_ns, "visitor-alone")
        else:
            self._alarms.settled("visitor-alone")
