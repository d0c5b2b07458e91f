"""A key of its own for each card, derived from the site's key (NXP AN10922, 2.2: AES-128).

Belongs here: the derivation. Does not belong here: what the key then opens (desfire.py).
"""

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

_AES128: Final = b"\x01"
"""The constant that separates keys of this length from others."""
_BLOCK: Final = 16
_MESSAGE: Final = 32
"""AN10922 always fills two blocks, where CMAC itself would make do with one: hence it is written out here."""
_REDUCTION: Final = 0x87
INPUT_MOST_BYTES: Final = 31


def diversified(master: bytes, card_input: bytes) -> bytes:
    """Return the AES-128 key of the card that `card_input` names: its UID, then whatever else tells it apart.

    `master`: 16 bytes; `card_input`: 1 to 31. Raises ValueError for any other length.
    """
    if not 0 < len(card_input) <= INPUT_MOST_BYTES:
        raise ValueError(f"the input of a diversified key has 1 to {INPUT_MOST_BYTES} bytes")
    message = _AES128 + card_input
    subkey = _doubled(_encrypted(master, bytes(_BLOCK)))
    if len(message) < _MESSAGE:
        message = (message + b"\x80").ljust(_MESSAGE, b"\0")
        subkey = _doubled(subkey)
    last = bytes(a ^ b for a, b in zip(message[_BLOCK:], subkey, strict=True))
    encryptor = Cipher(AES128(master), CBC(bytes(_BLOCK))).encryptor()
    return (encryptor.update(message[:_BLOCK] + last) + encryptor.finalize())[-_BLOCK:]


def _encrypted(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(AES128(key), ECB()).encryptor()  # noqa: S305 - one block of zeros, the first subkey of CMAC
    return encryptor.update(block) + encryptor.finalize()


def _doubled(block: bytes) -> bytes:
    """Multiply by x in GF(2^128) (NIST SP 800-38B, 6.1)."""
    number = int.from_bytes(block, "big") << 1
    carry = number >> (_BLOCK * 8)
    return ((number ^ (_REDUCTION if carry else 0)) & ((1 << (_BLOCK * 8)) - 1)).to_bytes(_BLOCK, "big")
