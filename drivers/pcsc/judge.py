"""Which kind of card it is, and who judges it.

PIV first where it is configured, then DESFire, then the serial number. Whoever recognizes a card has the last word: a
PIV card that was revoked is not let in by its serial number.

Belongs here: that order. Does not belong here: one kind of card, or the reader's service.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from drivers.pcsc.apdu import CardError, CardGoneError, Command, Transceiver, exchange, has_extended_length
from drivers.pcsc.certificates import UNREADABLE
from drivers.pcsc.desfire import APPLICATION_BYTES, KEY_BYTES, judge_desfire
from drivers.pcsc.piv import judge_piv
from drivers.pcsc.trust import Trust
from drivers.pcsc.verdict import CardKind, Verdict
from drivers.ports import Credential, ReadRefusal

_GET_UID: Final = Command(0xFF, 0xCA, 0x00, 0x00, le=0)
"""Answered by a contactless reader in the card's place (PC/SC part 3, 3.2.2.1.3)."""
_UID_BYTES: Final = (4, 7, 10)


class CardJudge:
    """Judges whatever is put before a reader.

    `now`: the time that counts (aware UTC). `trust`: whom to believe about PIV cards, asked anew for each card; None
    where PIV is not configured. `desfire_keys`: see contract.site.GateDevices. `plain_uid`: whether a serial number
    is taken as identification. Raises ValueError for a DESFire key that is none.
    """

    def __init__(
        self,
        now: Callable[[], dt.datetime],
        trust: Callable[[], Trust] | None = None,
        desfire_keys: Mapping[str, str] | None = None,
        *,
        plain_uid: bool = False,
    ) -> None:
        self._now = now
        self._trust = trust
        self._desfire_keys = _keys(desfire_keys or {})
        self._plain_uid = plain_uid

    def judge(self, card: Transceiver, atr: bytes) -> Verdict:
        """Return the judgement of `card`. Raises CardGoneError if it was taken away or reset meanwhile."""
        try:
            verdict = None
            if self._trust is not None:
                verdict = judge_piv(card, self._trust(), self._now(), extended=has_extended_length(atr))
            if verdict is None and self._desfire_keys:
                verdict = judge_desfire(card, self._desfire_keys)
            return verdict or self._judge_uid(card)
        except CardGoneError:
            raise
        except (CardError, *UNREADABLE) as error:  # whatever a card holds, it stops no gate
            return Verdict(kind=CardKind.UNKNOWN, refusal=ReadRefusal.UNSUPPORTED_CARD, words=str(error))

    def _judge_uid(self, card: Transceiver) -> Verdict:
        response = exchange(card, _GET_UID)
        if not response.is_ok or len(response.data) not in _UID_BYTES:
            words = "it is none of the kinds of card that are configured here, and has no serial number"
            return Verdict(kind=CardKind.UNKNOWN, refusal=ReadRefusal.UNSUPPORTED_CARD, words=words)
        if not self._plain_uid:
            words = "it offers no more than its serial number, which anybody can copy"
            return Verdict(kind=CardKind.UID, refusal=ReadRefusal.UID_ONLY, words=words)
        credential = Credential(format=f"uid-{len(response.data)}", number=int.from_bytes(response.data, "big"))
        return Verdict(kind=CardKind.UID, credential=credential, steps=("it is identified by its serial number only",))


def _keys(keys: Mapping[str, str]) -> dict[bytes, bytes]:
    """Return applications and keys as bytes. Raises ValueError, without a key in it."""
    known: dict[bytes, bytes] = {}
    for application, key in keys.items():
        try:
            number, value = bytes.fromhex(application), bytes.fromhex(key)
        except ValueError:
            number, value = b"", b""
        if len(number) != APPLICATION_BYTES or len(value) != KEY_BYTES:
            raise ValueError(f"the DESFire key of application {application!r} has to be 6 and 32 hexadecimal digits")
        known[number] = value
    return known
