"""Alarms that wait for an officer, as pages show them: pure, no words, no markup.

Belongs here: whose page shows which of them. Does not belong here: which go louder and when (domain/alarm.py).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from controller.console.navigation import Oneself
from controller.console.view import View
from controller.domain.rights.deeds import Deed
from controller.domain.rights.roles import Role


class Waiting(msgspec.Struct, frozen=True):
    """An alarm that nobody has acknowledged; see CaseLine of the live picture."""

    id: str
    kind: str
    cause: str
    gate: str
    place: str
    since: datetime
    last: datetime
    times: int
    loud: bool
    louder_at: datetime
    over_at: datetime | None = None

    def where(self, names: Mapping[str, str]) -> list[str]:
        """Return gate and device, or area, by the names that people know."""
        return [names.get(each, each) for each in dict.fromkeys((self.gate, self.place)) if each]


class Acknowledged(Waiting, frozen=True, kw_only=True):
    """An alarm that an officer acknowledged."""

    at: datetime
    by: str

    def __repr__(self) -> str:
        """Name nobody."""
        return "Acknowledged(...)"


class Alarms(msgspec.Struct, frozen=True):
    """What waits, and what was acknowledged."""

    at: datetime
    waiting: list[Waiting]
    acknowledged: list[Acknowledged]


def waiting_in(view: View | None) -> list[Waiting]:
    """Return what waits by the live picture."""
    return msgspec.convert(view.cases if view else [], list[Waiting], from_attributes=True)


def may_acknowledge(me: Oneself | None) -> bool:
    """Whether somebody's roles are for it."""
    return me is not None and Deed.ACKNOWLEDGE_ALARM in me.deeds


def called_to(me: Oneself | None, waiting: Sequence[Waiting]) -> list[Waiting]:
    """Return the alarms that stand on every page of somebody: an operator's all, a commander's the loud ones."""
    if me is None or not may_acknowledge(me):
        return []
    return [each for each in waiting if each.loud or Role.OPERATOR in me.roles]
