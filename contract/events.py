"""What happens at a gate, as it is sealed: one struct an event, told apart by a tag.

Belongs here: the content of a record. Does not belong here: the envelope around it (messages.py), or who it was
(an event carries a holder's random id; names live in the controller's reference data).
"""

import enum

import msgspec

from contract.ids import AccessPointId, AccountId, AreaId, CameraId, ControllerId, HolderId, PassId, PortalId, ReaderId
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


class Event(msgspec.Struct, frozen=True, array_like=True, tag=True):
    """What all events have: when it happened, by the gate's clock, in nanoseconds since 1970-01-01 UTC."""

    occurred_ns: int


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


class Tamper(Event, frozen=True, array_like=True, tag="tamper"):
    """A reader's housing was opened (`active`) or closed."""

    reader: ReaderId
    active: bool


class ReaderLost(Event, frozen=True, array_like=True, tag="reader-lost"):
    """A reader no longer answers; `reason` in a few words of the driver."""

    reader: ReaderId
    reason: str


class ReaderBack(Event, frozen=True, array_like=True, tag="reader-back"):
    """A reader answers again."""

    reader: ReaderId


class GateRestarted(Event, frozen=True, array_like=True, tag="restarted"):
    """The gate came back from an unclean stop: what happened since `doubtful_from_ns` may be missing."""

    doubtful_from_ns: int


class ClockDoubted(Event, frozen=True, array_like=True, tag="clock-doubted"):
    """The machine's clock leapt by `leap_ms` and was not believed."""

    leap_ms: int


class Duress(Event, frozen=True, array_like=True, tag="duress"):
    """The grant with that number (same edge, same epoch) was made to a duress PIN: its holder acts under threat.

    0 where nothing was granted to it: the door stayed shut, or a second person has to come first. An event of its own,
    so that the alarm outlives the grant, which goes when its holder leaves; it names nobody.
    """

    access_point: AccessPointId
    grant_number: int


class BadPins(Event, frozen=True, array_like=True, tag="bad-pins"):
    """A pass had so many wrong PINs in a row at `access_point` that it is refused there for a while."""

    access_point: AccessPointId


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


class PowerTrouble(Event, frozen=True, array_like=True, tag="power"):
    """A reader's supply failed (`active`) or came back."""

    reader: ReaderId
    active: bool


class KeyRotated(Event, frozen=True, array_like=True, tag="key-rotated"):
    """A reader answered with its next key: the one before it is refused from now on."""

    reader: ReaderId


class BoardLost(Event, frozen=True, array_like=True, tag="board-lost"):
    """A board of outputs and inputs no longer answers; `reason` in a few words of the driver."""

    board: str
    reason: str


class BoardBack(Event, frozen=True, array_like=True, tag="board-back"):
    """A board of outputs and inputs answers again."""

    board: str


class ControllersChanged(Event, frozen=True, array_like=True, tag="controllers-changed"):
    """From now on this gate seals to `controllers` and to nobody else, by the root's list with that `number`."""

    number: int
    controllers: list[ControllerId]


class PassageSnapshot(Event, frozen=True, array_like=True, tag="snapshot"):
    """A picture of the passage whose grant has that number; lives and dies with it (L4)."""

    camera: CameraId
    grant_number: int
    jpeg: bytes


class Reconfirmed(Event, frozen=True, array_like=True, tag="reconfirmed"):
    """An officer has seen the holder in that area, shortly before his record expired: a new cycle starts there.

    An officer's mark: the source that seals it is a controller, never a gate. It does not say which officer; the ledger
    does.
    """

    area: AreaId
    holder: HolderId


class ScreenSession(Event, frozen=True, array_like=True, tag="screen-session"):
    """A gate officer signed in at the gate's screen, or looks no more (`active` false). Says nothing of whom he saw."""

    account: AccountId
    active: bool


AnyEvent = (
    AccessGranted
    | AccessTaken
    | AccessNotTaken
    | AccessDenied
    | ReadRefused
    | DoorForced
    | DoorHeld
    | DoorClosed
    | ExitRequested
    | Tamper
    | ReaderLost
    | ReaderBack
    | GateRestarted
    | ClockDoubted
    | Duress
    | BadPins
    | PassageWithoutGrant
    | FreeExit
    | FireRelease
    | PowerTrouble
    | KeyRotated
    | BoardLost
    | BoardBack
    | ControllersChanged
    | PassageSnapshot
    | Reconfirmed
    | ScreenSession
)

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)


class BadEventError(ValueError):
    """Bytes that are no event of this version: the sender's fault, or damage."""


def encode_event(event: AnyEvent) -> bytes:
    """Return `event` as MessagePack bytes, ready to be sealed."""
    return _encoder.encode(event)


def decode_event(data: bytes) -> AnyEvent:
    """Return the event in opened bytes. Raises BadEventError."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not an event: {error}"
        raise BadEventError(message) from error
