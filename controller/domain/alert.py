"""A signed alert of another system, and whether it may be believed.

An alert travels as JSON with two fields: `alert`, a JSON text, and `signature` (Ed25519, RFC 8032, hex) over the bytes
`sacs/1/Alert`, NUL, the source's id, NUL, and that text in UTF-8. The text has `version` (1), `id` (8 to 64 of letters,
digits, `.`, `_`, `-`, never used twice), `source`, `plan`, `reason` and `issued_at` (ISO 8601 with its zone). Belongs
here: the format and its checks. Does not belong here: what an alert causes (service/triggers.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.clock import NS_PER_S, from_datetime
from contract.signing import BadSignatureError, check_signature
from controller.domain.operation import REASONS, OperationKind, Plan, Reason

VERSION: Final = 1
LONGEST_BYTES: Final = 4096
FRESH_S: Final = 120
"""How far an alert's time may lie from ours, either way: the clocks of two systems differ, and networks are slow."""


class AlertError(ValueError):
    """An alert that is not believed; the message says why."""


class Alert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What another system says."""

    version: int
    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{8,64}$")]
    source: str
    plan: Plan
    reason: Reason
    issued_at: Annotated[datetime, msgspec.Meta(tz=True)]

    @property
    def issued_ns(self) -> int:
        """When it was issued, in ns since 1970 UTC."""
        return from_datetime(self.issued_at)


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alert: str
    signature: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")]


def read_alert(body: bytes, sources: Mapping[str, Ed25519PublicKey], now_ns: int) -> Alert:
    """Return the alert in `body`, if one of `sources` signed it just now. Raises AlertError."""
    if len(body) > LONGEST_BYTES:
        raise AlertError(f"an alert has at most {LONGEST_BYTES} bytes")
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        alert = msgspec.json.decode(envelope.alert, type=Alert)
        text, issued_ns = envelope.alert.encode(), alert.issued_ns
    except (msgspec.DecodeError, UnicodeError, OverflowError) as error:
        raise AlertError(f"not an alert: {error}") from None
    key = sources.get(alert.source)
    if key is None:
        raise AlertError("the source is not in the site file: add it as [[alert_source]] with its public key")
    try:
        check_signature("Alert", alert.source, text, bytes.fromhex(envelope.signature), key)
    except BadSignatureError:
        raise AlertError("the signature does not fit the alert and the source's key") from None
    if alert.version != VERSION:
        raise AlertError(f"an alert of another version: this program knows {VERSION}")
    if alert.reason not in REASONS[OperationKind.EMERGENCY]:
        raise AlertError(f"no reason for an emergency: use {', '.join(sorted(REASONS[OperationKind.EMERGENCY]))}")
    if not is_fresh(issued_ns, now_ns):
        raise AlertError(f"issued more than {FRESH_S} s away from now: compare the clocks of both systems")
    return alert


def is_fresh(at_ns: int, now_ns: int) -> bool:
    """Whether something of that time may open an operation now: what is older tells of the past."""
    return abs(now_ns - at_ns) <= FRESH_S * NS_PER_S
