"""An announcement as one JSON object, for systems that know no CAP.

Belongs here: its shape. Does not belong here: when something is said, or sending it.
"""

from typing import Final

import msgspec

from contract.clock import to_datetime
from controller.domain.announcement import Announcement
from controller.service.announcing.cap import Sender

MEDIA_TYPE: Final = "application/json"


def webhook_message(told: Announcement, sender: Sender) -> bytes:
    """Return the object. Times ISO 8601, UTC; `figures` holds what is known, all of the whole site."""
    return msgspec.json.encode(
        {
            "version": 1,
            "id": sender.identifier(told),
            "site": sender.site,
            "site_name": sender.site_name,
            "controller": sender.controller,
            "operation": told.operation,
            "said": told.turn,
            "kind": told.kind,
            "plan": told.plan,
            "reason": told.reason,
            "confirmed": told.is_confirmed,
            "at": to_datetime(told.at_ns).isoformat(),
            "opened_at": to_datetime(told.opened_ns).isoformat(),
            "ends_at": to_datetime(told.ends_ns).isoformat(),
            "figures": {name.value: amount for name, amount in told.figures.items()},
        }
    )
