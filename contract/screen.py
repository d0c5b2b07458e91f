"""What the screen of a gate officer may know, in two documents.

*Faces*, one for all gates: a row for each credential, found by a digest and sealed under a key, both drawn by HKDF from
the credential's canonical text and the document's secret. So a row opens when its card is presented, and whoever has
the document without its secret has noise. *ScreenOrder*, one for each gate: that secret, who may sign in, and until
when it all holds. An order is signed, sealed to the gate, and kept in memory alone.

Belongs here: both documents. Does not belong here: what a screen shows when (edge/screen), who may sign in
(controller).
"""

import bisect
import hashlib
import hmac
import itertools
import secrets
import struct
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.clock import NS_PER_S
from contract.gate_documents import open_document, seal_document
from contract.ids import AccountId, ControllerId, EdgeId
from contract.periods import HOUR_S

PHOTO_AT_MOST_BYTES: Final = 16 * 1024
"""A passport photo of 240 x 320 pixels has some 10 KiB as JPEG."""
FACES_AT_MOST_BYTES: Final = 64 * 1024 * 1024
"""A document that would be larger has names and no photos (ADR 0029)."""
LEASE_S: Final = 12 * HOUR_S
"""An order holds for so long at most: a gate that hears from no controller then shows nobody any more (L2)."""
_KIND: Final = "ScreenOrder"
_SECRET_BYTES: Final = 32
_DIGEST_BYTES: Final = 16
_KEY_BYTES: Final = 32
_ROW: Final = struct.Struct(f">{_DIGEST_BYTES}sII")
"""Digest, place and length of the sealed row."""
_ROOM_BYTES: Final = 64
_NONCE: Final = bytes(12)
"""Each key seals one row, once."""


class FacesError(ValueError):
    """Faces or an order that can not be used."""


class Face(msgspec.Struct, frozen=True, array_like=True):
    """Who stands at the gate. `photo`: JPEG, or empty."""

    name: str
    category: str
    photo: bytes = b""

    def __repr__(self) -> str:
        """Without the person."""
        return "Face(...)"


class ScreenOfficer(msgspec.Struct, frozen=True, array_like=True):
    """A gate officer who may sign in: digest of his sign-in name, and argon2id hash of his password (PHC string)."""

    account: AccountId
    name_digest: bytes
    password_hash: str

    def __repr__(self) -> str:
        """Without what could be tried offline."""
        return f"ScreenOfficer({self.account!r}, ...)"


class ScreenOrder(msgspec.Struct, frozen=True, array_like=True):
    """What one gate's screen may do. `number` rises: when it was made, ns; times in seconds since 1970-01-01 UTC.

    `secret` opens the faces whose document has `faces_sha256`; it is empty where there are none.
    """

    edge: EdgeId
    number: int
    lease_until_s: int
    secret: bytes
    faces_sha256: bytes
    faces_bytes: int
    officers: list[ScreenOfficer]

    def __repr__(self) -> str:
        """Without the secret."""
        return f"ScreenOrder({self.edge!r}, {self.number}, ...)"

    def officer(self, sign_in_name: str) -> ScreenOfficer | None:
        """Return who has that sign-in name, if he may sign in."""
        digest = name_digest(self.secret, sign_in_name)
        return next((each for each in self.officers if hmac.compare_digest(each.name_digest, digest)), None)


def new_secret() -> bytes:
    """Draw the secret of one document of faces."""
    return secrets.token_bytes(_SECRET_BYTES)


def name_digest(secret: bytes, sign_in_name: str) -> bytes:
    """Return the HMAC under which an officer is found by his sign-in name, however he writes it."""
    text = unicodedata.normalize("NFKC", sign_in_name.strip()).casefold()
    return hmac.digest(secret, b"sign-in-name\0" + text.encode(errors="surrogatepass"), hashlib.sha256)


def pack_faces(secret: bytes, faces: Iterable[tuple[str, Face]]) -> bytes:
    """Return the document for (canonical text, face) pairs. Raises FacesError: a credential comes twice."""
    rows: list[tuple[bytes, bytes]] = []
    for credential, face in faces:
        digest, key = _derived(secret, credential)
        data = msgspec.msgpack.encode(face)
        padded = len(data).to_bytes(4, "big") + data + bytes(-(4 + len(data)) % _ROOM_BYTES)
        rows.append((digest, AESGCM(key).encrypt(_NONCE, padded, None)))
    rows.sort()
    for before, after in itertools.pairwise(rows):
        if before[0] == after[0]:
            message = "one credential belongs to two faces"
            raise FacesError(message)
    table, place = bytearray(), 4 + len(rows) * _ROW.size
    for digest, sealed in rows:
        table += _ROW.pack(digest, place, len(sealed))
        place += len(sealed)
    return b"".join((len(rows).to_bytes(4, "big"), table, *(sealed for _, sealed in rows)))


class Faces:
    """An opened document of faces, with its secret."""

    def __init__(self, secret: bytes, document: bytes) -> None:
        """Take the bytes that `pack_faces` made. Raises FacesError."""
        self._secret = secret
        self._document = document
        self._count = int.from_bytes(document[:4], "big")
        if len(document) < 4 + self._count * _ROW.size:
            message = "faces that were cut off"
            raise FacesError(message)

    def __len__(self) -> int:
        """Return how many credentials it knows."""
        return self._count

    def find(self, credential: str) -> Face | None:
        """Return whose credential that is; None for nobody's, and for a row that was damaged."""
        wanted, key = _derived(self._secret, credential)
        at = bisect.bisect_left(range(self._count), wanted, key=lambda row: self._row(row)[0])
        if at == self._count:
            return None
        digest, place, length = self._row(at)
        if digest != wanted:
            return None
        try:
            padded = AESGCM(key).decrypt(_NONCE, self._document[place : place + length], None)
            return msgspec.msgpack.decode(padded[4 : 4 + int.from_bytes(padded[:4], "big")], type=Face)
        except (InvalidTag, ValueError, msgspec.DecodeError):
            return None

    def _row(self, at: int) -> tuple[bytes, int, int]:
        digest, place, length = _ROW.unpack_from(self._document, 4 + at * _ROW.size)
        return digest, place, length


def seal_order(order: ScreenOrder, gate_key: bytes, controller: ControllerId, signer: Ed25519PrivateKey) -> bytes:
    """Sign an order as `controller` and seal it to the gate's policy key (32 bytes, X25519)."""
    return seal_document(_KIND, msgspec.msgpack.encode(order), order.edge, gate_key, controller, signer)


def open_order(
    sealed: bytes, edge: EdgeId, gate_key: X25519PrivateKey, signers: Mapping[str, Ed25519PublicKey]
) -> ScreenOrder:
    """Return the order in `sealed`, if an enrolled controller signed it for this gate.

    Raises contract.sealing.WrapRefusedError (sealed to another), contract.signing.SignatureError, FacesError.
    """
    try:
        order = msgspec.msgpack.decode(open_document(_KIND, sealed, edge, gate_key, signers), type=ScreenOrder)
    except msgspec.DecodeError as error:
        message = f"not a screen order: {error}"
        raise FacesError(message) from error
    if order.edge != edge:
        message = f"an order for {order.edge}, not for {edge}"
        raise FacesError(message)
    if order.lease_until_s > order.number // NS_PER_S + LEASE_S:
        message = "an order that would hold for longer than any may"
        raise FacesError(message)
    return order


def _derived(secret: bytes, credential: str) -> tuple[bytes, bytes]:
    """Return digest and key of a credential's row (RFC 5869)."""
    derive = HKDF(SHA256(), _DIGEST_BYTES + _KEY_BYTES, salt=secret, info=b"sacs/1/face")
    both = derive.derive(credential.encode(errors="surrogatepass"))
    return both[:_DIGEST_BYTES], both[_DIGEST_BYTES:]
