"""Sealing: a record is readable with its period's private key and with nothing else.

How it works. A source (a gate, or a camera of a gate) draws a *content key* for each period: 256 random bits. It wraps
that key with HPKE (RFC 9180, base mode, DHKEM X25519, HKDF-SHA256, AES-256-GCM) to each controller's public
key of the period and signs all wraps together once. Each record is sealed with AES-256-GCM under a random 96-bit nonce;
its associated data are the content key's name and the record's number. When the controllers destroy the period's
private key, every copy of the wraps is worthless, and so is every copy of every record.

Belongs here: pure cryptography. Does not belong here: where private keys live (controller/vault), or when they die.
"""

import enum
import hashlib
import secrets
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from contract.ids import EPOCH_BYTES, ControllerId, EdgeId, Epoch
from contract.periods import Period
from contract.signing import check_signature, signature_of

VERSION: Final = 1
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
_KEY_BYTES: Final = 32
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealedBy(enum.StrEnum):
    """Who vouches for the records of a content key: the purpose of the signature on its wraps."""

    SOURCE = "Wraps"
    """The source that the key's name tells: these are its own words."""
    CONTROLLER = "ResealedWraps"
    """A controller, in its own store alone: it put the source's records under another period than they came with."""
    PEER = "RewrappedWraps"
    """A controller that could open it, for another one that was enrolled later: the same key, the same records."""


class SealingError(Exception):
    """A sealed thing that can not be opened."""


class TruncatedRecordError(SealingError):
    """Too short to be a sealed record: cut off on the way or on disk."""


class RecordRefusedError(SealingError):
    """Altered, or sealed for another gate, epoch, period or number, or under another key."""


class WrapRefusedError(SealingError):
    """A wrapped key that this private key does not open, or that belongs to another source or controller."""


class NotWrappedForError(SealingError):
    """The source did not seal to this controller."""


class BadWrapsError(SealingError):
    """Bytes that are no signed wraps of this version."""


class KeyName(msgspec.Struct, frozen=True, array_like=True):
    """What names one content key: its source, the source's epoch, the period, and the camera where it seals video."""

    edge: Annotated[EdgeId, msgspec.Meta(min_length=1, max_length=63)]
    epoch: Annotated[Epoch, msgspec.Meta(min_length=EPOCH_BYTES, max_length=EPOCH_BYTES)]
    period: Period
    camera: Annotated[str, msgspec.Meta(max_length=120)] = ""

    def encoded(self) -> bytes:
        """Return the name as bytes: unambiguous, as each text is preceded by its length."""
        edge, camera, kind = self.edge.encode(), self.camera.encode(), self.period.kind.encode()
        return b"".join((
            bytes((VERSION, len(kind), len(edge))), kind, edge, len(camera).to_bytes(2, "big"), camera, self.epoch,
            self.period.start_s.to_bytes(8, "big"), self.period.length_s.to_bytes(4, "big"),
        ))  # fmt: skip


class ContentKey:
    """Seals and opens the records of one source and period."""

    def __init__(self, name: KeyName, key: bytes) -> None:
        """Take the 32 bytes of the key that `name` names. Raises ValueError for another length."""
        if len(key) != _KEY_BYTES or len(name.epoch) != EPOCH_BYTES:
            message = f"a content key has {_KEY_BYTES} bytes and an epoch {EPOCH_BYTES}"
            raise ValueError(message)
        self.name = name
        self._key = key
        self._cipher = AESGCM(key)
        self._prefix = name.encoded()

    @classmethod
    def draw(cls, name: KeyName) -> "ContentKey":
        """Draw a new random key for `name`."""
        return cls(name, secrets.token_bytes(_KEY_BYTES))

    def seal(self, number: int, plaintext: bytes) -> bytes:
        """Return nonce and ciphertext of the record with that number (0 to 2**64 - 1, of which messages carry half)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, self._prefix + number.to_bytes(8, "big"))

    def open(self, number: int, sealed: bytes) -> bytes:
        """Return the plaintext of a sealed record. Raises TruncatedRecordError or RecordRefusedError."""
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            message = f"record {number} has {len(sealed)} bytes: it was cut off"
            raise TruncatedRecordError(message)
        try:
            return self._cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._prefix + number.to_bytes(8, "big")
            )
        except InvalidTag:
            message = f"record {number} was altered, or sealed under another name, number or key"
            raise RecordRefusedError(message) from None

    def wrap(
        self, controllers: Mapping[ControllerId, bytes], signer: Ed25519PrivateKey, by: SealedBy = SealedBy.SOURCE
    ) -> bytes:
        """Wrap the key to each controller's public key of the period (32 bytes, X25519) and sign all wraps once.

        Returns encoded Wraps: what every message carries and every video file begins with.
        """
        wraps = {
            controller: _SUITE.encrypt(
                self._key, X25519PublicKey.from_public_bytes(public), _info(self.name, controller)
            )
            for controller, public in sorted(controllers.items())
        }
        body = _wraps_body(self.name, wraps)
        return msgspec.msgpack.encode(Wraps(self.name, wraps, signature_of(by, self.name.edge, body, signer)))


class Wraps(msgspec.Struct, frozen=True, array_like=True):
    """One content key wrapped to each controller, signed by the gate; see SealedBy."""

    name: KeyName
    wraps: dict[ControllerId, bytes]
    signature: bytes

    def check(self, signer: Ed25519PublicKey, by: SealedBy = SealedBy.SOURCE) -> None:
        """Raise contract.signing.BadSignatureError unless whoever has that key signed these wraps as `by`."""
        body = _wraps_body(self.name, self.wraps)
        check_signature(by, self.name.edge, body, self.signature, signer)

    def wrap_for(self, controller: ControllerId) -> bytes:
        """Return the wrap for `controller`. Raises NotWrappedForError."""
        try:
            return self.wraps[controller]
        except KeyError:
            message = f"{self.name.edge} did not seal to {controller}: is the controller enrolled there?"
            raise NotWrappedForError(message) from None


def decode_wraps(data: bytes) -> Wraps:
    """Return the wraps in `data`, not yet checked. Raises BadWrapsError."""
    try:
        return msgspec.msgpack.decode(data, type=Wraps)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not wraps of a content key: {error}"
        raise BadWrapsError(message) from error


def wraps_hash(data: bytes) -> bytes:
    """Return the name under which opened wraps are remembered: SHA-256 of the encoded wraps."""
    return hashlib.sha256(data).digest()


def unwrap(name: KeyName, controller: ControllerId, wrap: bytes, private: X25519PrivateKey) -> ContentKey:
    """Open one wrap with the period's private key. Raises WrapRefusedError."""
    try:
        return ContentKey(name, _SUITE.decrypt(wrap, private, _info(name, controller)))
    except (InvalidTag, ValueError):
        message = f"the wrap of {name.edge} for {controller} does not open with this period's key"
        raise WrapRefusedError(message) from None


def seal_to(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    """Seal `plaintext` to one public key (32 bytes, X25519) with HPKE; `info` binds its purpose."""
    return _SUITE.encrypt(plaintext, X25519PublicKey.from_public_bytes(public), info)


def open_sealed_to(private: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Open what `seal_to` made. Raises WrapRefusedError."""
    try:
        return _SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError):
        message = "sealed to another key, or for another purpose"
        raise WrapRefusedError(message) from None


def _info(name: KeyName, controller: ControllerId) -> bytes:
    return b"sacs/1/content-key\0" + name.encoded() + controller.encode()


def _wraps_body(name: KeyName, wraps: Mapping[ControllerId, bytes]) -> bytes:
    return msgspec.msgpack.encode((name, sorted(wraps.items())))
