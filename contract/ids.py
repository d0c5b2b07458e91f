"""Names of things: plain strings with a type of their own, so that none is taken for another.

Belongs here: identifiers that cross a border. Does not belong here: what the identified thing is.
"""

import re
import secrets
from typing import Final, NewType

SiteId = NewType("SiteId", str)
EdgeId = NewType("EdgeId", str)
ControllerId = NewType("ControllerId", str)
AreaId = NewType("AreaId", str)
PortalId = NewType("PortalId", str)
AccessPointId = NewType("AccessPointId", str)
ReaderId = NewType("ReaderId", str)
SignalId = NewType("SignalId", str)
CameraId = NewType("CameraId", str)
LaneId = NewType("LaneId", str)
VehicleId = NewType("VehicleId", str)
"""A vehicle of the reference data, or an expected delivery: 96 random bits in hex."""
HolderId = NewType("HolderId", str)
PassId = NewType("PassId", str)
AccountId = NewType("AccountId", str)
OperationId = NewType("OperationId", str)
MusterPointId = NewType("MusterPointId", str)
ActId = NewType("ActId", str)
"""An officer's act: 96 random bits in hex, drawn where he acts; a repeated one is one act."""
Epoch = NewType("Epoch", bytes)
"""128 random bits that name one run of one gate's program; never a stored counter."""

OUTSIDE: Final = AreaId("outside")
"""Where everybody is who is not on the premises."""
ANYWHERE: Final = AreaId("any")
"""The `from` of a reader that only says "now here"."""

EPOCH_BYTES: Final = 16
_MACHINE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LABEL_LIMIT = 120


class BadIdError(ValueError):
    """A name that can not be used; the message says which and what would do."""


def machine_name(text: str) -> str:
    """Return `text` if it can name a machine: it becomes part of topics, certificates and file names.

    Allowed are 1 to 63 of a-z, 0-9 and inner hyphens (a host name label, RFC 1123 section 2.1).
    Raises BadIdError otherwise.
    """
    if not _MACHINE.fullmatch(text):
        message = f"{text!r} can not name a machine: use 1 to 63 of a-z, 0-9 and '-', not at either end"
        raise BadIdError(message)
    return text


def label(text: str) -> str:
    """Return `text` if it can name an area, portal, access point, reader, siren, lane or camera on screens and in logs.

    Any printable text of 1 to 120 characters. Raises BadIdError otherwise.
    """
    if not text.strip() or len(text) > _LABEL_LIMIT or not text.isprintable():
        message = f"{text!r} can not be a name: use 1 to {_LABEL_LIMIT} printable characters"
        raise BadIdError(message)
    return text


def new_epoch() -> Epoch:
    """Draw the epoch of a program that starts now."""
    return Epoch(secrets.token_bytes(EPOCH_BYTES))


def new_holder_id() -> HolderId:
    """Draw a holder's id: 96 random bits in hex, which say nothing about the person."""
    return HolderId(secrets.token_hex(12))


def new_pass_id() -> PassId:
    """Draw a pass's id: 96 random bits in hex; the printed pass number is something else."""
    return PassId(secrets.token_hex(12))


def new_account_id() -> AccountId:
    """Draw an officer's account id: 96 random bits in hex, which say nothing about the person."""
    return AccountId(secrets.token_hex(12))


def new_operation_id() -> OperationId:
    """Draw an operation's id: 96 random bits in hex."""
    return OperationId(secrets.token_hex(12))


def new_vehicle_id() -> VehicleId:
    """Draw the id of a vehicle or of an expected delivery: 96 random bits in hex, which say nothing about a plate."""
    return VehicleId(secrets.token_hex(12))


def new_act_id() -> ActId:
    """Draw an act's id: 96 random bits in hex."""
    return ActId(secrets.token_hex(12))
