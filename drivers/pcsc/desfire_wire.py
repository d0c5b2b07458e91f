"""What both ways to prove a DESFire key stand on: wrapped commands, and AES in CBC mode.

Belongs here: these. Does not belong here: a protocol (desfire_ev1.py, desfire_ev2.py).
"""

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from drivers.pcsc.apdu import Command, Response, Transceiver, decode, encode

BLOCK: Final = 16
ZEROS: Final = bytes(BLOCK)
UID_BYTES: Final = 7
NEXT: Final = 0xAF
GET_CARD_UID: Final = 0x51
DONE: Final = 0x9100
MORE: Final = 0x91AF
_CLASS: Final = 0x90


def send(card: Transceiver, instruction: int, data: bytes = b"") -> Response:
    """Return the answer to one command, wrapped as an ISO/IEC 7816-4 APDU. Raises CardError."""
    return decode(card.transmit(encode(Command(_CLASS, instruction, 0, 0, data, 0))))


def encrypted(key: bytes, vector: bytes, data: bytes) -> bytes:
    """Encrypt whole blocks with AES-128 in CBC mode."""
    encryptor = Cipher(AES128(key), CBC(vector)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def decrypted(key: bytes, vector: bytes, data: bytes) -> bytes:
    """Decrypt whole blocks with AES-128 in CBC mode."""
    decryptor = Cipher(AES128(key), CBC(vector)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def cmac(key: bytes, data: bytes) -> bytes:
    """Return the CMAC of `data` (NIST SP 800-38B)."""
    mac = CMAC(AES128(key))
    mac.update(data)
    return mac.finalize()


def rotated(number: bytes) -> bytes:
    """Rotate a random number by one byte to the left: what each side returns of the other's."""
    return number[1:] + number[:1]
