"""CMAC with AES (NIST SP 800-38B), with a starting value as DESFire cards chain it, and NXP's key diversification.

Belongs here: these two. Does not belong here: what is authenticated with them (desfire.py).
"""

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC

BLOCK: Final = 16
NOTHING: Final = bytes(BLOCK)
_REDUCTION: Final = 0x87
_PAD: Final = b"\x80"
_DIVERSIFIED_BYTES: Final = 32
_AES128_KEY: Final = b"\x01"


def cbc_encrypt(key: bytes, start: bytes, plain: bytes) -> bytes:
    """Encrypt whole blocks with AES-128 in CBC mode."""
    encryptor = Cipher(AES128(key), CBC(start)).encryptor()
    return encryptor.update(plain) + encryptor.finalize()


def cbc_decrypt(key: bytes, start: bytes, sealed: bytes) -> bytes:
    """Decrypt whole blocks with AES-128 in CBC mode."""
    decryptor = Cipher(AES128(key), CBC(start)).decryptor()
    return decryptor.update(sealed) + decryptor.finalize()


def cmac(key: bytes, message: bytes, start: bytes = NOTHING, *, fill_bytes: int = BLOCK) -> bytes:
    """Return the 16 bytes of the CMAC.

    `start`: what the first block is added to; zero in the standard. `fill_bytes`: least length of a padded message.
    """
    first = _doubled(cbc_encrypt(key, NOTHING, NOTHING))
    whole = bool(message) and len(message) % BLOCK == 0 and len(message) >= fill_bytes
    if not whole:
        message += _PAD
        message = message.ljust(max(fill_bytes, -(-len(message) // BLOCK) * BLOCK), b"\x00")
    last = _xor(message[-BLOCK:], first if whole else _doubled(first))
    return cbc_encrypt(key, start, message[:-BLOCK] + last)[-BLOCK:]


def diversified_key(site_key: bytes, uid: bytes, application: bytes, system: bytes = b"") -> bytes:
    """Return a card's own AES-128 key (NXP AN10922, 2.2): from its UID, the application and a name of the system.

    The message always fills two blocks. Raises ValueError for more than 31 bytes of names.
    """
    names = uid + application + system
    if len(names) >= _DIVERSIFIED_BYTES:
        raise ValueError(f"a key is diversified by {_DIVERSIFIED_BYTES - 1} bytes at most, not {len(names)}")
    return cmac(site_key, _AES128_KEY + names, fill_bytes=_DIVERSIFIED_BYTES)


def _doubled(block: bytes) -> bytes:
    number = int.from_bytes(block, "big") << 1
    if number >> (8 * BLOCK):
        number ^= 1 << (8 * BLOCK) | _REDUCTION
    return number.to_bytes(BLOCK, "big")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
