"""From a sealed event to the fold's words: which events say where people are, and what each of them says.

Belongs here: that one list. Does not belong here: what the words do (fold.py, restore.py), or events that move nobody.
"""

from typing import Final

from contract.events import (
    AccessDenied,
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    AccountedFor,
    Admitted,
    AnyEvent,
    AreaSwept,
    MarkWithdrawn,
    Occupants,
    OccupantsDiffer,
    Reconfirmed,
    StaysByOrder,
    UnnamedPassed,
    VehicleGranted,
)
from controller.domain.presence.answer import Answer
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.rides import Differing
from controller.domain.presence.stamp import Stamp

_ALWAYS: Final = (
    AccessGranted,
    AccessTaken,
    AccessNotTaken,
    Reconfirmed,
    StaysByOrder,
    UnnamedPassed,
    Occupants,
    VehicleGranted,
    OccupantsDiffer,
    Admitted,
    AreaSwept,
    MarkWithdrawn,
)


def moves(layout: Layout, event: AnyEvent) -> bool:
    """Tell whether an event says where people are, so that it counts only above the cut (rule 8)."""
    if isinstance(event, AccountedFor):
        return event.area in layout.here
    return isinstance(event, _ALWAYS) or _is_at_muster_point(layout, event)


def fold(presence: Presence, stamp: Stamp, event: AnyEvent, period_s: int) -> Answer | None:
    """Offer an event to the fold. `stamp`: of its record, `period_s`: of the key that opened it. None: moves nobody."""
    match event:
        case AccessGranted():
            return presence.granted(stamp, event.holder, event.access_point, period_s)
        case AccessTaken():
            return presence.taken(stamp, event.grant_number, period_s)
        case AccessNotTaken():
            return presence.not_taken(stamp, event.grant_number, period_s)
        case Reconfirmed():
            return presence.reconfirmed(stamp, event.holder, event.area, period_s)
        case AccessDenied() if event.holder is not None and _is_at_muster_point(presence.layout, event):
            return presence.granted(stamp, event.holder, event.access_point, period_s)
        case _:
            return _act(presence, stamp, event, period_s)


def _act(presence: Presence, stamp: Stamp, event: AnyEvent, period_s: int) -> Answer | None:
    match event:
        case AccountedFor() if event.area in presence.layout.here:
            return presence.seen(stamp, event.act_id, event.operation, event.holder, event.area, period_s)
        case StaysByOrder():
            return presence.seen(stamp, event.act_id, event.operation, event.holder, event.area, period_s)
        case Admitted():
            return presence.admitted(stamp, event.act_id, event.holder, event.access_point, period_s)
        case Occupants():
            return presence.occupants(
                stamp, event.act_id, event.access_point, event.grant_number, event.amount, period_s
            )
        case VehicleGranted():
            return presence.vehicle(stamp, event.grant_number, period_s)
        case OccupantsDiffer():
            return presence.vehicle(stamp, event.grant_number, period_s, Differing(event.entered, event.leaving))
        case UnnamedPassed():
            return presence.unnamed_passed(stamp, event.act_id, event.area, event.other, event.amount, period_s)
        case AreaSwept():
            return presence.swept(stamp, event.act_id, event.operation, event.area, event.unnamed, period_s)
        case MarkWithdrawn():
            return presence.withdrawn(stamp, event.operation, event.mark, period_s)
        case _:
            return None


def restore(restoration: Restoration, stamp: Stamp, event: AnyEvent, period_s: int) -> bool:
    """Offer a stored event; arguments as for `fold`. Returns whether it says where people are."""
    match event:
        case AccessGranted():
            restoration.granted(stamp, event.holder, event.access_point, period_s)
        case AccessTaken():
            restoration.taken(stamp, event.grant_number, period_s)
        case AccessNotTaken():
            restoration.not_taken(stamp, event.grant_number, period_s)
        case Reconfirmed():
            restoration.reconfirmed(stamp, event.holder, event.area, period_s)
        case _ if moves(restoration.layout, event):
            restoration.act(lambda presence: fold(presence, stamp, event, period_s))
        case _:
            return False
    return True


def _is_at_muster_point(layout: Layout, event: AnyEvent) -> bool:
    if not isinstance(event, AccessDenied) or event.holder is None:
        return False
    way = layout.ways.get(event.access_point)
    return way is not None and bool(way.muster_point)
