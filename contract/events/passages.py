"""What people do at an access point: granted, denied, passed. Belongs here: events about who presents a credential."""

import enum

from contract.events.base import Event
from contract.ids import AccessPointId, CameraId, HolderId, PassId, ReaderId
from contract.site import Assurance


class DenialReason(enum.StrEnum):
    """Why a gate did not grant: a closed set."""

    UNKNOWN_CREDENTIAL = "unknown-credential"
    NOT_PERMITTED_HERE = "not-permitted-here"
    OUTSIDE_SCHEDULE = "outside-schedule"
    PASS_NOT_YET_VALID = "pass-not-yet-valid"  # noqa: S105  not a secret
    PASS_EXPIRED = "pass-expired"  # noqa: S105  not a secret
    PASS_BLOCKED = "pass-blocked"  # noqa: S105  not a secret
    ANTI_PASSBACK = "anti-passback"
    NO_POLICY = "no-policy"
    POLICY_EXPIRED = "policy-expired"
    NOT_AUTHENTICATED = "not-authenticated"
    """The access point asks for a card that proves a secret, and this read was a number that can be copied."""
    NO_PIN = "no-pin"
    """The access point asks for a PIN, and the pass has none."""
    WRONG_PIN = "wrong-pin"
    PIN_TIMEOUT = "pin-timeout"
    PIN_LOCKED = "pin-locked"
    """Too many wrong PINs in a row: the pass is refused for a while where a PIN is asked for."""
    SECOND_PERSON_MISSING = "second-person-missing"
    SAME_PERSON_TWICE = "same-person-twice"
    LOCKDOWN = "lockdown"
    """An order from the control centre lets nobody in from outside."""
    INTERLOCKED = "interlocked"
    """Another portal of the same interlock is released or open, or nobody knows."""
    NO_VEHICLE = "no-vehicle"
    """The access point is a lane, and no vehicle stands in it."""
    VEHICLE_REFUSED = "vehicle-refused"
    """The vehicle in the lane did not go on; whose card it was may pass by himself."""


class AccessGranted(Event, frozen=True, array_like=True, tag="granted"):
    """A holder may pass. Whether he did is told by AccessTaken or AccessNotTaken, where the gate can see it.

    `assurance`: what his card proved. Two persons who pass together are two of these.
    """

    access_point: AccessPointId
    holder: HolderId
    pass_id: PassId
    credential: str
    anti_passback_overridden: bool = False
    assurance: Assurance = Assurance.IDENTIFIED


class AccessTaken(Event, frozen=True, array_like=True, tag="taken"):
    """The holder of the grant with that number (same edge, same epoch) went through."""

    access_point: AccessPointId
    grant_number: int


class AccessNotTaken(Event, frozen=True, array_like=True, tag="not-taken"):
    """The holder of the grant with that number (same edge, same epoch) did not go through."""

    access_point: AccessPointId
    grant_number: int


class AccessDenied(Event, frozen=True, array_like=True, tag="denied"):
    """Somebody may not pass, and why; `holder` where the credential is known."""

    access_point: AccessPointId
    reason: DenialReason
    credential: str
    holder: HolderId | None = None


class ReadRefused(Event, frozen=True, array_like=True, tag="read-refused"):
    """A reader saw something that is not a credential: `reason` names the fault (parity, checksum, not secure)."""

    reader: ReaderId
    reason: str


class Duress(Event, frozen=True, array_like=True, tag="duress"):
    """The grant with that number (same edge, same epoch) was made to a duress PIN: its holder acts under threat.

    0 where nothing was granted to it: the door stayed shut, or a second person or a vehicle has to come first. An event
    of its own, so that the alarm outlives the grant, which goes when its holder leaves; it names nobody.
    """

    access_point: AccessPointId
    grant_number: int


class BadPins(Event, frozen=True, array_like=True, tag="bad-pins"):
    """A pass had so many wrong PINs in a row at `access_point` that it is refused there for a while."""

    access_point: AccessPointId


class PassageSnapshot(Event, frozen=True, array_like=True, tag="snapshot"):
    """A picture of the passage whose grant has that number; lives and dies with it (L4)."""

    camera: CameraId
    grant_number: int
    jpeg: bytes
