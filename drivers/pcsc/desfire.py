"""The judge of DESFire cards: EV1 commands with AES, which EV2 and EV3 cards understand as well.

Card and gate prove the same key to each other (AuthenticateAES, 0xAA): each answers the other's random number, and the
card's answer is checked. The key is the application's key 0 of this card alone, diversified from the site's
(diversification.py) by UID and application. The UID is said in clear first, and again under the session key
(GetCardUID): a card that names another one there is a copy. AuthenticateEV2First (0x71) is not used.

Commands are wrapped as ISO/IEC 7816-4 APDUs, class 90.

Belongs here: this protocol. Does not belong here: where keys lie.
"""

import secrets
import zlib
from collections.abc import Mapping
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.cmac import CMAC

from contract.site import Assurance
from drivers.pcsc.apdu import Command, Response, Transceiver, decode, encode
from drivers.pcsc.diversification import diversified
from drivers.pcsc.verdict import CardKind, CardRefusedError, Verdict
from drivers.ports import DESFIRE, Credential, ReadRefusal

UID_BYTES: Final = 7
KEY_BYTES: Final = 16
APPLICATION_BYTES: Final = 3
_BLOCK: Final = 16
_CLASS: Final = 0x90
_GET_VERSION: Final = 0x60
_SELECT_APPLICATION: Final = 0x5A
_AUTHENTICATE_AES: Final = 0xAA
_NO_APPLICATION: Final = b"\0\0\0"
_GET_CARD_UID: Final = 0x51
_NEXT: Final = 0xAF
_KEY_NUMBER: Final = b"\0"
_DONE: Final = 0x9100
_MORE: Final = 0x91AF
_VERSION_BYTES: Final = (7, 7, 14)
"""GetVersion answers in three parts: hardware, software, then UID, batch and date."""


def judge_desfire(card: Transceiver, site_keys: Mapping[bytes, bytes]) -> Verdict | None:
    """Return the judgement of a DESFire card; None for a card that is none, or has no application of this site.

    `site_keys`: application (3 bytes, as it is written) -> the site's key. Raises CardError.
    """
    uid = _uid(card)
    if uid is None:
        return None
    for application, site_key in site_keys.items():
        # On the wire an application's number begins with its lowest byte.
        if _send(card, _SELECT_APPLICATION, application[::-1]).status != _DONE:
            continue
        steps: tuple[str, ...] = (f"it has the application {application.hex()}",)
        try:
            _prove(card, diversified(site_key, uid + application), uid)
            _send(card, _SELECT_APPLICATION, _NO_APPLICATION)  # ends the session, so that it serves nobody else
        except CardRefusedError as error:
            return Verdict(kind=CardKind.DESFIRE, refusal=error.reason, words=error.words, steps=steps)
        number = int.from_bytes(uid, "big")
        credential = Credential(format=DESFIRE, number=number, assurance=Assurance.AUTHENTICATED)
        steps = (*steps, "it proved its own key of that application, and its UID under it")
        return Verdict(kind=CardKind.DESFIRE, credential=credential, steps=steps)
    return None


def _uid(card: Transceiver) -> bytes | None:
    """Return the UID that the card says it has; None if it is no DESFire card, or hides it (random id)."""
    parts: list[bytes] = []
    response = _send(card, _GET_VERSION)
    for size in _VERSION_BYTES:
        is_last = len(parts) == len(_VERSION_BYTES) - 1
        if len(response.data) != size or response.status != (_DONE if is_last else _MORE):
            return None
        parts.append(response.data)
        if not is_last:
            response = _send(card, _NEXT)
    uid = parts[-1][:UID_BYTES]
    return uid if any(uid) else None


def _prove(card: Transceiver, key: bytes, uid: bytes) -> None:
    """Authenticate to each other under `key`, and check the UID. Raises CardRefusedError."""
    session = _authenticate(card, key)
    # Every command goes through the session's CMAC, whose value is the next initial vector.
    mac = CMAC(AES128(session))
    mac.update(bytes((_GET_CARD_UID,)))
    response = _send(card, _GET_CARD_UID)
    if response.status != _DONE or len(response.data) < _BLOCK:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it did not repeat its UID under the key")
    plain = _decrypted(session, mac.finalize(), response.data[:_BLOCK])
    said, check = plain[:UID_BYTES], plain[UID_BYTES : UID_BYTES + 4]
    # The check is the CRC-32 of data and status, without its last inversion, lowest byte first.
    if (zlib.crc32(said + b"\0") ^ 0xFFFFFFFF).to_bytes(4, "little") != check:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "what it says under the key is no UID")
    if said != uid:
        raise CardRefusedError(ReadRefusal.COPIED, "its UID is another one under the key than in clear")


def _authenticate(card: Transceiver, key: bytes) -> bytes:
    """Return the session key. Raises CardRefusedError."""
    response = _send(card, _AUTHENTICATE_AES, _KEY_NUMBER)
    if response.status != _MORE or len(response.data) != _BLOCK:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "the application takes no AES key 0")
    theirs_sealed = response.data
    theirs = _decrypted(key, bytes(_BLOCK), theirs_sealed)
    ours = secrets.token_bytes(_BLOCK)
    encryptor = Cipher(AES128(key), CBC(theirs_sealed)).encryptor()
    proof = encryptor.update(ours + theirs[1:] + theirs[:1]) + encryptor.finalize()
    response = _send(card, _NEXT, proof)
    if response.status != _DONE or len(response.data) != _BLOCK:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it does not take the key of this site")
    answer = _decrypted(key, proof[-_BLOCK:], response.data)
    if not secrets.compare_digest(answer, ours[1:] + ours[:1]):
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "it does not hold the key of this site")
    return ours[:4] + theirs[:4] + ours[12:] + theirs[12:]


def _decrypted(key: bytes, vector: bytes, data: bytes) -> bytes:
    decryptor = Cipher(AES128(key), CBC(vector)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _send(card: Transceiver, instruction: int, data: bytes = b"") -> Response:
    return decode(card.transmit(encode(Command(_CLASS, instruction, 0, 0, data, 0))))
