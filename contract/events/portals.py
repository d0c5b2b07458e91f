"""What a portal does, and who moves it unnamed. Belongs here: events at a door, turnstile or barrier, no credential."""

from contract.events.base import Event
from contract.ids import AccessPointId, PortalId


class DoorForced(Event, frozen=True, array_like=True, tag="forced"):
    """A portal opened without a grant and without a request to exit."""

    portal: PortalId


class DoorHeld(Event, frozen=True, array_like=True, tag="held"):
    """A portal stays open past its time."""

    portal: PortalId


class DoorClosed(Event, frozen=True, array_like=True, tag="closed"):
    """A portal that was forced or held is closed again."""

    portal: PortalId


class ExitRequested(Event, frozen=True, array_like=True, tag="rex"):
    """Somebody asked to leave at a button or sensor, unnamed."""

    portal: PortalId


class PassageWithoutGrant(Event, frozen=True, array_like=True, tag="passage-without-grant"):
    """A turnstile turned by one person towards whom it was not released."""

    portal: PortalId
    access_point: AccessPointId


class FreeExit(Event, frozen=True, array_like=True, tag="free-exit"):
    """A portal with a free exit opened (turned outwards) without a grant: somebody left without a card, unnamed."""

    portal: PortalId


class FireRelease(Event, frozen=True, array_like=True, tag="fire"):
    """A portal's hard-wired fire release has opened it (`active`), or was reset at the door."""

    portal: PortalId
    active: bool
