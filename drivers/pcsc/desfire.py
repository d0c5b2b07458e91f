"""The judge of DESFire cards.

Card and gate prove the same key to each other, and the card's answer is checked: by EV1's AuthenticateAES, which later
cards understand as well, or by AuthenticateEV2First where a card takes only that. The key is the application's key 0 of
this card alone, diversified from the site's (diversification.py) by UID and application. The UID is said in clear, and
again under the session key: a card that names another one there is a copy.

Belongs here: which key, and what follows. Does not belong here: the two protocols (desfire_ev1.py, desfire_ev2.py).
"""

from collections.abc import Mapping
from typing import Final

from contract.site import Assurance
from drivers.pcsc.apdu import Transceiver
from drivers.pcsc.desfire_ev1 import uid_by_ev1
from drivers.pcsc.desfire_ev2 import uid_by_ev2
from drivers.pcsc.desfire_wire import DONE, MORE, NEXT, UID_BYTES, send
from drivers.pcsc.diversification import diversified
from drivers.pcsc.verdict import CardKind, CardRefusedError, Verdict
from drivers.ports import DESFIRE, Credential, ReadRefusal

KEY_BYTES: Final = 16
APPLICATION_BYTES: Final = 3
_GET_VERSION: Final = 0x60
_SELECT_APPLICATION: Final = 0x5A
_NO_APPLICATION: Final = b"\0\0\0"
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
        if send(card, _SELECT_APPLICATION, application[::-1]).status != DONE:
            continue
        steps: tuple[str, ...] = (f"it has the application {application.hex()}",)
        try:
            _prove(card, diversified(site_key, uid + application), uid)
            send(card, _SELECT_APPLICATION, _NO_APPLICATION)  # ends the session, so that it serves nobody else
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
    response = send(card, _GET_VERSION)
    for size in _VERSION_BYTES:
        is_last = len(parts) == len(_VERSION_BYTES) - 1
        if len(response.data) != size or response.status != (DONE if is_last else MORE):
            return None
        parts.append(response.data)
        if not is_last:
            response = send(card, NEXT)
    uid = parts[-1][:UID_BYTES]
    return uid if any(uid) else None


def _prove(card: Transceiver, key: bytes, uid: bytes) -> None:
    """Authenticate to each other under `key`, and check the UID. Raises CardRefusedError."""
    said = uid_by_ev1(card, key)
    if said is None:
        said = uid_by_ev2(card, key)
    if said is None:
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, "the application takes no AES key 0")
    if said != uid:
        raise CardRefusedError(ReadRefusal.COPIED, "its UID is another one under the key than in clear")
