"""The policy of one gate: who may pass where and when, as one packed document.

A document holds a header and one row of fixed length for each credential, sorted by the credential's digest, so that a
million credentials cost their bytes and no more: a look-up is a binary search in the document itself. A digest is an
HMAC under a key that is drawn for the document and stands inside it; the document is signed by the controller and
sealed to the gate's policy key, so a copied file names no credential (G6). PINs stand there in the same way, bound to
their pass; whoever has opened the document could try all of them, so its seal is what protects them.

Belongs here: the document. Does not belong here: the decision (edge/domain/decide.py), or who gets which access level.
"""

import hashlib
import hmac
import itertools
import secrets
import struct
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.gate_documents import open_document, seal_document
from contract.ids import AccessPointId, ControllerId, EdgeId, HolderId, PassId, VehicleId
from contract.site import AntiPassback

VERSION: Final = 3
DIGEST_BYTES: Final = 16
PIN_DIGEST_BYTES: Final = 4
"""A wrong PIN passes once in 4,000,000,000 tries: far less often than one that is guessed."""
_ROW: Final = struct.Struct(f">16s12s12sHIIB{PIN_DIGEST_BYTES}s{PIN_DIGEST_BYTES}s")
_ID_BYTES: Final = 12
_BLOCKED: Final = 1
_EXTENDED_TIME: Final = 2
_PIN: Final = 4
_DURESS_PIN: Final = 8
FOREVER_S: Final = 2**32 - 1
_LENGTH_BYTES: Final = 4
_KIND: Final = "Policy"


class PolicyError(ValueError):
    """A policy document that can not be used."""


class Window(msgspec.Struct, frozen=True, array_like=True):
    """A span of one weekday (0 is Monday) in the site's time zone: minutes of the day, `until_min` not included."""

    weekday: int
    from_min: int
    until_min: int


class AccessLevel(msgspec.Struct, frozen=True, array_like=True):
    """Where somebody may pass and when; no window means always."""

    access_points: frozenset[AccessPointId]
    windows: list[Window] = []


class VehicleRow(msgspec.Struct, frozen=True, array_like=True):
    """What a gate may know of one vehicle: no plate, only its digest (`credential_digest` of `plate:` and its text).

    `level` counts into the header's levels. `drivers`: the holders who may drive it; none means anybody who may pass.
    `is_delivery`: expected from `valid_from_s` until `valid_until_s` (seconds since 1970-01-01 UTC) and not otherwise.
    """

    digest: bytes
    vehicle: VehicleId
    level: int
    valid_from_s: int = 0
    valid_until_s: int = FOREVER_S
    blocked: bool = False
    is_delivery: bool = False
    drivers: list[HolderId] = []

    def __repr__(self) -> str:
        """Without the digest: the plates of a country are soon tried."""
        return f"VehicleRow(vehicle={self.vehicle!r}, ...)"


class PolicyHeader(msgspec.Struct, frozen=True, array_like=True):
    """What holds for the whole document. Times in seconds since 1970-01-01 UTC."""

    version: int
    edge: EdgeId
    policy_version: int
    issued_at_s: int
    expires_at_s: int
    time_zone: str
    anti_passback: AntiPassback
    levels: list[AccessLevel]
    digest_key: bytes
    vehicles: list[VehicleRow] = []


class PolicyRow(msgspec.Struct, frozen=True):
    """What a gate may know of one pass: no name, no number. `level` counts into the header's levels.

    `pin` and `duress_pin`: what `pin_digest` makes of them, None where the pass has none. `extended_time`: its holder
    needs longer to pass.
    """

    holder: HolderId
    pass_id: PassId
    level: int
    valid_from_s: int = 0
    valid_until_s: int = FOREVER_S
    blocked: bool = False
    extended_time: bool = False
    pin: bytes | None = None
    duress_pin: bytes | None = None

    def __repr__(self) -> str:
        """Without the digests: four digits are soon found from one."""
        return f"PolicyRow(pass_id={self.pass_id!r}, ...)"


class Policy:
    """An opened policy document: answers who a credential belongs to."""

    def __init__(self, document: bytes) -> None:
        """Take the bytes that `pack` made. Raises PolicyError."""
        try:
            header_bytes = int.from_bytes(document[:_LENGTH_BYTES], "big")
            start = _LENGTH_BYTES + header_bytes
            self.header = msgspec.msgpack.decode(document[_LENGTH_BYTES:start], type=PolicyHeader)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = f"not a policy: {error}"
            raise PolicyError(message) from error
        if (len(document) - start) % _ROW.size or self.header.version != VERSION:
            message = "a policy that was cut off, or of another version"
            raise PolicyError(message)
        self._document = document
        self._start = start
        self._count = (len(document) - start) // _ROW.size
        self._vehicles: dict[bytes, tuple[VehicleRow, ...]] = {}
        for row in self.header.vehicles:
            self._vehicles[row.digest] = (*self._vehicles.get(row.digest, ()), row)

    def __len__(self) -> int:
        """Return how many credentials the document knows."""
        return self._count

    def find(self, credential: str) -> PolicyRow | None:
        """Return the row of a credential given as its canonical text, or None if nobody has it."""
        wanted = credential_digest(self.header.digest_key, credential)
        low, high = 0, self._count
        while low < high:
            middle = (low + high) // 2
            at = self._start + middle * _ROW.size
            found = self._document[at : at + DIGEST_BYTES]
            if found == wanted:
                return self._row(at)
            if found < wanted:
                low = middle + 1
            else:
                high = middle
        return None

    def vehicles(self, plate: str) -> tuple[VehicleRow, ...]:
        """Return the rows of a plate given as its canonical text (A-Z and 0-9): none if nobody has entered it.

        Several where a delivery is expected more than once.
        """
        return self._vehicles.get(plate_digest(self.header.digest_key, plate), ()) if plate else ()

    def _row(self, at: int) -> PolicyRow:
        _, holder, pass_id, level, from_s, until_s, flags, pin, duress = _ROW.unpack_from(self._document, at)
        return PolicyRow(
            HolderId(holder.hex()),
            PassId(pass_id.hex()),
            level,
            from_s,
            until_s,
            bool(flags & _BLOCKED),
            bool(flags & _EXTENDED_TIME),
            pin if flags & _PIN else None,
            duress if flags & _DURESS_PIN else None,
        )


def credential_digest(digest_key: bytes, credential: str) -> bytes:
    """Return the first 16 bytes of HMAC-SHA-256 of a credential's canonical text."""
    return hmac.digest(digest_key, credential.encode(), hashlib.sha256)[:DIGEST_BYTES]


def plate_digest(digest_key: bytes, plate: str) -> bytes:
    """Return the digest of a plate's canonical text; no credential's text looks like it."""
    return credential_digest(digest_key, f"plate:{plate}")


def pin_digest(digest_key: bytes, pass_id: PassId, pin: str) -> bytes:
    """Return the first 4 bytes of HMAC-SHA-256 of a PIN, bound to its pass: equal PINs do not look equal."""
    text = f"pin\0{pass_id}\0{pin}".encode(errors="replace")
    return hmac.digest(digest_key, text, hashlib.sha256)[:PIN_DIGEST_BYTES]


def new_digest_key() -> bytes:
    """Draw the key of one document."""
    return secrets.token_bytes(32)


def pack(header: PolicyHeader, rows: Iterable[tuple[str, PolicyRow]]) -> bytes:
    """Return the document for `header` and (credential text, row) pairs.

    Raises PolicyError if a credential comes twice, or for a row that the document can not hold.
    """
    key = header.digest_key
    packed = sorted(_pack_row(credential_digest(key, credential), row) for credential, row in rows)
    for before, after in itertools.pairwise(packed):
        if before[:DIGEST_BYTES] == after[:DIGEST_BYTES]:
            message = "one credential belongs to two passes: block or replace one of them"
            raise PolicyError(message)
    encoded = msgspec.msgpack.encode(header)
    return b"".join((len(encoded).to_bytes(_LENGTH_BYTES, "big"), encoded, *packed))


def _pack_row(digest: bytes, row: PolicyRow) -> bytes:
    flags = _BLOCKED * row.blocked | _EXTENDED_TIME * row.extended_time
    flags |= _PIN * (row.pin is not None) | _DURESS_PIN * (row.duress_pin is not None)
    try:
        ids = _id_bytes(row.holder), _id_bytes(row.pass_id)
        pins = _pin_bytes(row.pin), _pin_bytes(row.duress_pin)
        return _ROW.pack(digest, *ids, row.level, row.valid_from_s, row.valid_until_s, flags, *pins)
    except (ValueError, struct.error):
        message = (
            f"a pass does not fit into a policy: ids have {_ID_BYTES} bytes in hex, levels count to 65535, "
            f"times to {FOREVER_S}, a PIN's digest has {PIN_DIGEST_BYTES} bytes"
        )
        raise PolicyError(message) from None


def _id_bytes(text: str) -> bytes:
    """Return the bytes of a random id. Raises ValueError for another length: struct would fill it up or cut it."""
    data = bytes.fromhex(text)
    if len(data) != _ID_BYTES:
        raise ValueError(text)
    return data


def _pin_bytes(digest: bytes | None) -> bytes:
    """Return the bytes of a PIN's digest, or of none. Raises ValueError for another length, as for ids."""
    if digest is None:
        return bytes(PIN_DIGEST_BYTES)
    if len(digest) != PIN_DIGEST_BYTES:
        raise ValueError(len(digest))
    return digest


def seal_policy(
    document: bytes, edge: EdgeId, gate_key: bytes, controller: ControllerId, signer: Ed25519PrivateKey
) -> bytes:
    """Sign `document` as `controller` and seal it to the gate's policy key (32 bytes, X25519)."""
    return seal_document(_KIND, document, edge, gate_key, controller, signer)


def open_policy(
    sealed: bytes, edge: EdgeId, gate_key: X25519PrivateKey, signers: Mapping[str, Ed25519PublicKey]
) -> Policy:
    """Return the policy in `sealed`, if an enrolled controller signed it for this gate.

    Raises contract.sealing.WrapRefusedError (sealed to another), contract.signing.SignatureError, PolicyError.
    """
    policy = Policy(open_document(_KIND, sealed, edge, gate_key, signers))
    if policy.header.edge != edge:
        message = f"a policy for {policy.header.edge}, not for {edge}"
        raise PolicyError(message)
    return policy
