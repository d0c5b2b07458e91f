"""Proof of a DESFire key as EV2 cards give it: AuthenticateEV2First (0x71), then the UID under the session keys.

After NXP AN12196 and AN12343; a session has a key for secrecy and one for MACs, an identifier and a counter.

Belongs here: that protocol. Does not belong here: which key, and what follows (desfire.py).
"""

import secrets
from dataclasses import dataclass
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

_AUTHENTICATE_EV2_FIRST: Final = 0x71
_KEY_NUMBER: Final = b"\0"
_NO_CAPABILITIES: Final = b"\0"
_IDENTIFIER_BYTES: Final = 4
_MAC_BYTES: Final = 8
_STATUS_OK: Final = b"\0"
_PADDING: Final = b"\x80"
_FOR_SECRECY: Final = bytes.fromhex("a55a00010080")
_FOR_MACS: Final = bytes.fromhex("5aa500010080")
_OF_CARD: Final = bytes.fromhex("5aa5")
"""Begins the vector of what the card seals."""


@dataclass(frozen=True, slots=True, repr=False)
class Ev2Session:
    """Keys for secrecy and for MACs, and the identifier that the card chose for this session."""

    secrecy: bytes
    macs: bytes
    identifier: bytes

    def mac(self, first: bytes, counter: int, data: bytes = b"") -> bytes:
        """Return the short MAC of a command or answer. `first`: the command's or status's byte."""
        return cmac(self.macs, first + counter.to_bytes(2, "little") + self.identifier + data)[1::2]

    def opened(self, counter: int, data: bytes) -> bytes:
        """Return what the card sealed, without its padding; empty if that is wrong."""
        vector = (_OF_CARD + self.identifier + counter.to_bytes(2, "little")).ljust(BLOCK, b"\0")
        plain = decrypted(self.secrecy, encrypted(self.secrecy, ZEROS, vector), data).rstrip(b"\0")
        return plain[:-1] if plain.endswith(_PADDING) else b""


def uid_by_ev2(card: Transceiver, key: bytes) -> bytes | None:
    """Return the UID that a card says under `key`, which it proved to hold; None if it does not know this protocol.

    Raises CardRefusedError (KEY_MISMATCH) and CardError.
    """
    response = send(card, _AUTHENTICATE_EV2_FIRST, _KEY_NUMBER + _NO_CAPABILITIES)
    if response.status != MORE or len(response.data) != BLOCK:
        return None
    return _uid(card, session(card, key, response.data))


def session(card: Transceiver, key: bytes, theirs_sealed: bytes) -> Ev2Session:
    """Prove the key to the card, and check that it proves it to us. Raises CardRefusedError."""
    theirs = decrypted(key, ZEROS, theirs_sealed)
    ours = secrets.token_bytes(BLOCK)
    response = send(card, NEXT, encrypted(key, ZEROS, ours + rotated(theirs)))
    if response.status != DONE or len(response.data) != 2 * BLOCK:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it does not take the key of this site")
    plain = decrypted(key, ZEROS, response.data)
    if not secrets.compare_digest(plain[_IDENTIFIER_BYTES : _IDENTIFIER_BYTES + BLOCK], rotated(ours)):
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it does not hold the key of this site")
    mixed = bytes(a ^ b for a, b in zip(ours[2:8], theirs[:6], strict=True))
    both = ours[:2] + mixed + theirs[6:] + ours[8:]
    return Ev2Session(cmac(key, _FOR_SECRECY + both), cmac(key, _FOR_MACS + both), plain[:_IDENTIFIER_BYTES])


def _uid(card: Transceiver, opened: Ev2Session) -> bytes:
    response = send(card, GET_CARD_UID, opened.mac(bytes((GET_CARD_UID,)), 0))
    sealed, mac = response.data[:-_MAC_BYTES], response.data[-_MAC_BYTES:]
    if response.status != DONE or len(sealed) != BLOCK:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it did not repeat its UID under the key")
    if not secrets.compare_digest(opened.mac(_STATUS_OK, 1, sealed), mac):
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "its answer under the key is not its own")
    uid = opened.opened(1, sealed)
    if len(uid) != UID_BYTES:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "what it says under the key is no UID")
    return uid
