"""Signed messages: who says it, what it says, and an Ed25519 signature over both and over its purpose.

Belongs here: the envelope. Does not belong here: where keys come from (enrolment), or what is signed (messages.py).
Source: RFC 8032 (Ed25519).
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_PREFIX: Final = b"sacs/1/"
T = TypeVar("T", bound=msgspec.Struct)


class SignatureError(Exception):
    """A message that is not what it claims to be."""


class UnknownSignerError(SignatureError):
    """The signer is not enrolled here."""


class BadSignatureError(SignatureError):
    """The signature does not fit the message, its signer or its purpose."""


class BadMessageError(SignatureError):
    """Bytes that are no signed message of this version."""


class Signed(msgspec.Struct, frozen=True, array_like=True):
    """An encoded message with its signer's name and signature (64 bytes)."""

    signer: str
    body: bytes
    signature: bytes


def signature_of(purpose: str, signer: str, body: bytes, key: Ed25519PrivateKey) -> bytes:
    """Sign `body` for one `purpose` (the message's name), so that it can not be passed off as another."""
    return key.sign(_signed_bytes(purpose, signer, body))


def check_signature(purpose: str, signer: str, body: bytes, signature: bytes, key: Ed25519PublicKey) -> None:
    """Raise BadSignatureError unless `signer` signed `body` for that `purpose`."""
    try:
        key.verify(signature, _signed_bytes(purpose, signer, body))
    except InvalidSignature:
        message = f"the signature of {signer!r} does not fit this {purpose}"
        raise BadSignatureError(message) from None


def sign(message: msgspec.Struct, signer: str, key: Ed25519PrivateKey) -> bytes:
    """Return `message` encoded and signed; its purpose is the name of its type."""
    body = msgspec.msgpack.encode(message)
    return msgspec.msgpack.encode(Signed(signer, body, signature_of(type(message).__name__, signer, body, key)))


def verify(data: bytes, expected: type[T], signers: Mapping[str, Ed25519PublicKey]) -> tuple[str, T]:
    """Return signer and message of signed `data`, if one of `signers` signed it as `expected`.

    Raises UnknownSignerError, BadSignatureError or BadMessageError.
    """
    signed = _decode(data, Signed)
    key = signers.get(signed.signer)
    if key is None:
        message = f"{signed.signer!r} is not enrolled here"
        raise UnknownSignerError(message)
    check_signature(expected.__name__, signed.signer, signed.body, signed.signature, key)
    return signed.signer, _decode(signed.body, expected)


def _decode(data: bytes, expected: type[T]) -> T:
    try:
        return msgspec.msgpack.decode(data, type=expected)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"not a {expected.__name__}: {error}"
        raise BadMessageError(message) from error


def _signed_bytes(purpose: str, signer: str, body: bytes) -> bytes:
    return b"\0".join((_PREFIX + purpose.encode(), signer.encode(), body))
