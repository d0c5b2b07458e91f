"""Visitors who may be inside only as long as their escort is, and who are not.

Belongs here: telling who was left alone. Does not belong here: who escorts whom (reference data), or the alarm.
"""

from collections.abc import Mapping

from contract.ids import HolderId
from controller.domain.presence.fold import Presence


def left_alone(presence: Presence, escorts: Mapping[HolderId, HolderId]) -> set[HolderId]:
    """Return the visitors whom their chains place inside, and whose escorts' chains place those nowhere inside."""
    return {
        visitor
        for visitor, escort in escorts.items()
        if presence.where(visitor) is not None and presence.where(escort) is None
    }
