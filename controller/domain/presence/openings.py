"""Doors that stood open and passages that nobody read, by what gates say of their portals.

A door that was forced, is held open or was opened by the fire release lets people through until it is closed: at least
one, and as many as usually pass there in that time. A turnstile that turned without a grant, or a free exit that
opened, is one person each. Order of arrival changes nothing: of each portal the events are kept by stamp, and are gone
with their key. Belongs here: for how long what stood open. Does not belong here: how many that are (unwatched.py).
"""

from bisect import insort
from collections.abc import Iterator
from operator import itemgetter
from typing import Final, NamedTuple

from contract.events import AnyEvent, DoorClosed, DoorForced, DoorHeld, FireRelease, FreeExit, PassageWithoutGrant
from contract.ids import AccessPointId, PortalId
from controller.domain.presence.stamp import Stamp

_stamp_of: Final = itemgetter(0)
_Portal = DoorForced | DoorHeld | DoorClosed | FireRelease | FreeExit | PassageWithoutGrant


class StoodOpen(NamedTuple):
    """A portal stood open; `until_ns` None: it still does."""

    portal: PortalId
    from_ns: int
    until_ns: int | None


class PassedUnread(NamedTuple):
    """One person passed a portal without a read; `access_point` None: outwards, at a free exit."""

    portal: PortalId
    at_ns: int
    access_point: AccessPointId | None


def _opens(event: _Portal) -> bool:
    return isinstance(event, DoorForced | DoorHeld) or (isinstance(event, FireRelease) and event.active)


def _shuts(event: _Portal) -> bool:
    return isinstance(event, DoorClosed) or (isinstance(event, FireRelease) and not event.active)


class Openings:
    """What the portals of a site did, as far as it can be read."""

    def __init__(self) -> None:
        self._events: Final[dict[PortalId, list[tuple[Stamp, int, _Portal]]]] = {}

    def add(self, stamp: Stamp, event: AnyEvent, period_s: int) -> None:
        """Take an event, any one; `period_s`: start of the period whose key opened it. Each record once."""
        if isinstance(event, _Portal):
            insort(self._events.setdefault(event.portal, []), (stamp, period_s, event), key=_stamp_of)

    def close_period(self, closed_s: int) -> None:
        """Forget what can not be read any more: periods up to the one that starts at `closed_s`.

        A portal that has stood open since then stays so: the last word about it is kept, for it is about no person.
        """
        for portal, events in list(self._events.items()):
            last = [entry for entry in events if _opens(entry[2]) or _shuts(entry[2])][-1:]
            kept = [entry for entry in events if entry[1] > closed_s or (entry in last and _opens(entry[2]))]
            if kept:
                self._events[portal] = kept
            else:
                del self._events[portal]

    def stood_open(self) -> Iterator[StoodOpen]:
        """Yield from when until when portals stood open, or still do."""
        for portal, events in self._events.items():
            since_ns: int | None = None
            for stamp, _, event in events:
                if _opens(event):
                    since_ns = stamp.occurred_ns if since_ns is None else since_ns
                elif _shuts(event) and since_ns is not None:
                    yield StoodOpen(portal, since_ns, stamp.occurred_ns)
                    since_ns = None
            if since_ns is not None:
                yield StoodOpen(portal, since_ns, None)

    def passed_unread(self) -> Iterator[PassedUnread]:
        """Yield who passed without a read."""
        for portal, events in self._events.items():
            for stamp, _, event in events:
                if isinstance(event, PassageWithoutGrant):
                    yield PassedUnread(portal, stamp.occurred_ns, event.access_point)
                elif isinstance(event, FreeExit):
                    yield PassedUnread(portal, stamp.occurred_ns, None)
