"""Proof of a DESFire key as EV1 cards give it: AuthenticateAES (0xAA), then the UID under the session key.

Belongs here: that protocol. Does not belong here: which key, and what follows (desfire.py).
"""

import secrets
import zlib
from typing import Final

from drivers.pcsc.apdu import Transceiver
from drivers.pcsc.desfire_wire import (
    BLOCK,
    DONE,
    GET_CARD_UID,
    MORE,
    NEXT,
    UID_BYTES,
    ZEROS,
    cmac,
    decrypted,
    encrypted,
    rotated,
    send,
)
from drivers.pcsc.verdict import CardRefusedError
from drivers.ports import ReadRefusal

_AUTHENTICATE_AES: Final = 0xAA
_KEY_NUMBER: Final = b"\0"


def uid_by_ev1(card: Transceiver, key: bytes) -> bytes | None:
    """Return the UID that a card says under `key`, which it proved to hold; None if it does not know this protocol.

    Raises CardRefusedError (KEY_MISMATCH) and CardError.
    """
    response = send(card, _AUTHENTICATE_AES, _KEY_NUMBER)
    if response.status != MORE or len(response.data) != BLOCK:
        return None
    return _uid(card, _session_key(card, key, response.data))


def _session_key(card: Transceiver, key: bytes, theirs_sealed: bytes) -> bytes:
    """Prove the key to the card, and check that it proves it to us. Each block sealed is the next one's vector."""
    theirs = decrypted(key, ZEROS, theirs_sealed)
    ours = secrets.token_bytes(BLOCK)
    proof = encrypted(key, theirs_sealed, ours + rotated(theirs))
    response = send(card, NEXT, proof)
    if response.status != DONE or len(response.data) != BLOCK:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it does not take the key of this site")
    if not secrets.compare_digest(decrypted(key, proof[-BLOCK:], response.data), rotated(ours)):
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it does not hold the key of this site")
    return ours[:4] + theirs[:4] + ours[12:] + theirs[12:]


def _uid(card: Transceiver, session: bytes) -> bytes:
    response = send(card, GET_CARD_UID)
    if response.status != DONE or len(response.data) < BLOCK:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it did not repeat its UID under the key")
    # Every command goes through the session's CMAC, whose value is the next initial vector.
    plain = decrypted(session, cmac(session, bytes((GET_CARD_UID,))), response.data[:BLOCK])
    uid, check = plain[:UID_BYTES], plain[UID_BYTES : UID_BYTES + 4]
    # The check is the CRC-32 of data and status, without its last inversion, lowest byte first.
    if (zlib.crc32(uid + b"\0") ^ 0xFFFFFFFF).to_bytes(4, "little") != check:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "what it says under the key is no UID")
    return uid
