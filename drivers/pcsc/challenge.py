"""A challenge that only the holder of a private key can answer, for each kind of key that PIV cards have.

Key kinds and their numbers: SP 800-78-5, table 6-2. Belongs here: making and checking. Does not belong here: asking the
card (piv_card.py).
"""

import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

_RSA: Final = {2048: 0x07, 3072: 0x05}
_SHA256_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")
"""DigestInfo of SHA-256 (RFC 8017, 9.2, note 1)."""
_NONCE_BYTES: Final = 32


@dataclass(frozen=True, slots=True, repr=False)
class Challenge:
    """`algorithm`: its number in a command. `data`: what the card signs, as it is. `digest`: what that stands for."""

    algorithm: int
    data: bytes
    digest: bytes
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey
    hash: hashes.HashAlgorithm

    def is_answered_by(self, answer: bytes) -> bool:
        """Whether `answer` was made with the private half of the key."""
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                self.key.verify(answer, self.digest, padding.PKCS1v15(), Prehashed(self.hash))
            else:
                self.key.verify(answer, self.digest, ec.ECDSA(Prehashed(self.hash)))
        except (InvalidSignature, ValueError):
            return False
        return True


def challenge_for(key: object) -> Challenge | None:
    """Return a fresh challenge for a public key; None for a kind of key that PIV cards do not have.

    A card signs what it is given without hashing or padding it, so both are done here: an RSA key gets a whole block
    (RFC 8017, 9.2), an elliptic one a digest of its own length.
    """
    nonce = secrets.token_bytes(_NONCE_BYTES)
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA:
        digest = _digest(hashes.SHA256(), nonce)
        info = _SHA256_INFO + digest
        block = b"\0\1" + b"\xff" * (key.key_size // 8 - len(info) - 3) + b"\0" + info
        return Challenge(_RSA[key.key_size], block, digest, key, hashes.SHA256())
    if isinstance(key, ec.EllipticCurvePublicKey):
        if isinstance(key.curve, ec.SECP256R1):
            digest = _digest(hashes.SHA256(), nonce)
            return Challenge(0x11, digest, digest, key, hashes.SHA256())
        if isinstance(key.curve, ec.SECP384R1):
            digest = _digest(hashes.SHA384(), nonce)
            return Challenge(0x14, digest, digest, key, hashes.SHA384())
    return None


def _digest(kind: hashes.HashAlgorithm, data: bytes) -> bytes:
    hashed = hashes.Hash(kind)
    hashed.update(data)
    return hashed.finalize()
