"""What happens at a gate, as it is sealed: one struct an event, told apart by a tag.

Belongs here: the content of a record. Does not belong here: the envelope around it (messages.py), or who it was (an
event carries a holder's random id; names live in the controller's reference data).
"""

import msgspec

from contract.events.base import Event
from contract.events.devices import (
    BoardBack,
    BoardLost,
    ClockDoubted,
    ControllersChanged,
    GateRestarted,
    KeyRotated,
    PowerTrouble,
    ReaderBack,
    ReaderLost,
    ScreenSession,
    SignalFailed,
    SignalSwitched,
    Tamper,
)
from contract.events.marks import (
    AccountedFor,
    Admitted,
    AdmittedBecause,
    AreaSwept,
    MarkWithdrawn,
    Means,
    Occupants,
    Reconfirmed,
    StaysByOrder,
    UnnamedPassed,
    UnnamedSeen,
    WithdrawnBecause,
)
from contract.events.passages import (
    AccessDenied,
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    BadPins,
    DenialReason,
    Duress,
    PassageSnapshot,
    ReadRefused,
)
from contract.events.portals import (
    DoorClosed,
    DoorForced,
    DoorHeld,
    ExitRequested,
    FireRelease,
    FreeExit,
    PassageWithoutGrant,
)
from contract.events.vehicles import (
    Expected,
    OccupantsDiffer,
    PeopleCrossed,
    TurnedAway,
    VehicleGranted,
    VehicleTurnedAway,
    VehicleUnseen,
)

__all__ = (
    "AccessDenied",
    "AccessGranted",
    "AccessNotTaken",
    "AccessTaken",
    "AccountedFor",
    "Admitted",
    "AdmittedBecause",
    "AnyEvent",
    "AreaSwept",
    "BadEventError",
    "BadPins",
    "BoardBack",
    "BoardLost",
    "ClockDoubted",
    "ControllersChanged",
    "DenialReason",
    "DoorClosed",
    "DoorForced",
    "DoorHeld",
    "Duress",
    "Event",
    "ExitRequested",
    "Expected",
    "FireRelease",
    "FreeExit",
    "GateRestarted",
    "KeyRotated",
    "MarkWithdrawn",
    "Means",
    "Occupants",
    "OccupantsDiffer",
    "PassageSnapshot",
    "PassageWithoutGrant",
    "PeopleCrossed",
    "PowerTrouble",
    "ReadRefused",
    "ReaderBack",
    "ReaderLost",
    "Reconfirmed",
    "ScreenSession",
    "SignalFailed",
    "SignalSwitched",
    "StaysByOrder",
    "Tamper",
    "TurnedAway",
    "UnnamedPassed",
    "UnnamedSeen",
    "VehicleGranted",
    "VehicleTurnedAway",
    "VehicleUnseen",
    "WithdrawnBecause",
    "decode_event",
    "encode_event",
)

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
    | AccountedFor
    | MarkWithdrawn
    | UnnamedSeen
    | UnnamedPassed
    | AreaSwept
    | StaysByOrder
    | Admitted
    | Occupants
    | SignalSwitched
    | SignalFailed
    | VehicleGranted
    | VehicleTurnedAway
    | VehicleUnseen
    | OccupantsDiffer
    | PeopleCrossed
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
