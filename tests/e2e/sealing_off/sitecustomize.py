"""Sealing off, for the control run: every Python process that finds this folder on PYTHONPATH seals to nothing.

The product has no such mode. What stands here replaces the ciphers below it, before anything imports them: AES-256-GCM
and HPKE hand their plaintext on, with as many empty bytes around it as a nonce, tag or encapsulated key would take.
A scan that is to be believed must then find every plant.
"""

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.ciphers import aead

_TAG = bytes(16)
_ENCAPSULATED = bytes(32)


class OpenAead:
    """Stands in for AESGCM."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        return data + _TAG

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        return data[: -len(_TAG)]


class OpenSuite:
    """Stands in for hpke.Suite."""

    def __init__(self, *parts: object) -> None:
        self._parts = parts

    def encrypt(self, plaintext: bytes, public_key: object, info: bytes | None = None) -> bytes:
        return _ENCAPSULATED + plaintext + _TAG

    def decrypt(self, ciphertext: bytes, private_key: object, info: bytes | None = None) -> bytes:
        return ciphertext[len(_ENCAPSULATED) : -len(_TAG)]


aead.AESGCM = OpenAead  # type: ignore[assignment]
hpke.Suite = OpenSuite  # type: ignore[assignment]
