"""The gallery of wrong PIV cards: everything that a door has to refuse, each wrong in one way only.

After the cards with which readers are tested for conformance (the ICAM and NIST test cards): tampered, out of date,
revoked, put together from two, without the key, from a stranger, incomplete, and lying.

Belongs here: making them. Does not belong here: what a reader must say to each.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.cards.behaviour import LeavingCard, LyingCard
from simulators.cards.ber import elements, tlv
from simulators.cards.piv import CARD_AUTHENTICATION_CERTIFICATE, CARD_AUTHENTICATION_KEY, CHUID, PivCard, algorithm_of
from simulators.cards.piv_issuer import ID_CARD_AUTHENTICATION, ID_CONTENT_SIGNING, Algorithm, PivIssuer, new_key
from simulators.cards.smartcard import SmartCard

_DAY: Final = dt.timedelta(days=1)
_SIGNATURE: Final = 0x3E


@dataclass(frozen=True, slots=True)
class WrongCard:
    """One way to be wrong. `words` say it to a technician; `make` draws a new card of that kind."""

    name: str
    words: str
    make: Callable[[PivIssuer], SmartCard]


def _tampered_chuid(issuer: PivIssuer) -> PivCard:
    card = issuer.issue(chuid_expires_on=issuer.now.date())
    later = f"{issuer.now + 365 * _DAY:%Y%m%d}".encode()
    card.objects[CHUID] = card.objects[CHUID].replace(f"{issuer.now:%Y%m%d}".encode(), later)
    return card


def _tampered_certificate(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    content = card.objects[CARD_AUTHENTICATION_CERTIFICATE]
    card.objects[CARD_AUTHENTICATION_CERTIFICATE] = content.replace(b"Simulated card", b"Simulated lord")
    return card


def _expired(issuer: PivIssuer) -> PivCard:
    return issuer.issue(valid=(issuer.now - 100 * _DAY, issuer.now - _DAY))


def _not_yet_valid(issuer: PivIssuer) -> PivCard:
    return issuer.issue(valid=(issuer.now + 300 * _DAY, issuer.now + 600 * _DAY))


def _revoked(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    issuer.revoke(card)
    return card


def _copied_chuid(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    card.objects[CHUID] = issuer.issue().objects[CHUID]
    return card


def _copied_certificate(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    card.objects[CARD_AUTHENTICATION_CERTIFICATE] = issuer.issue().objects[CARD_AUTHENTICATION_CERTIFICATE]
    return card


def _key_mismatch(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    card.keys[CARD_AUTHENTICATION_KEY] = new_key(Algorithm.P256)
    return card


def _untrusted(issuer: PivIssuer) -> PivCard:
    return PivIssuer.found(issuer.now, "Unknown").issue()


def _untrusted_signer(issuer: PivIssuer) -> PivCard:
    return issuer.issue(signer=PivIssuer.found(issuer.now, "Unknown").signer)


def _expired_signer(issuer: PivIssuer) -> PivCard:
    return issuer.issue(signer=issuer.new_signer((issuer.now - 100 * _DAY, issuer.now - _DAY)))


def _wrong_signer(issuer: PivIssuer) -> PivCard:
    """A CHUID that was signed with a certificate of the site that is for something else."""
    valid = (issuer.now - _DAY, issuer.now + _DAY)
    return issuer.issue(signer=issuer.new_signer(valid, ID_CARD_AUTHENTICATION))


def _wrong_purpose(issuer: PivIssuer) -> PivCard:
    return issuer.issue(purpose=ID_CONTENT_SIGNING)


def _expired_chuid(issuer: PivIssuer) -> PivCard:
    return issuer.issue(chuid_expires_on=(issuer.now - _DAY).date())


def _unsigned_chuid(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    fields = elements(card.objects[CHUID])
    card.objects[CHUID] = b"".join(tlv(tag, b"" if tag == _SIGNATURE else value) for tag, value in fields)
    return card


def _without(tag: int) -> Callable[[PivIssuer], PivCard]:
    def make(issuer: PivIssuer) -> PivCard:
        card = issuer.issue()
        del card.objects[tag]
        return card

    return make


def _no_key(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    card.keys.clear()
    return card


def _garbled(issuer: PivIssuer) -> PivCard:
    card = issuer.issue()
    card.objects[CARD_AUTHENTICATION_CERTIFICATE] = card.objects[CARD_AUTHENTICATION_CERTIFICATE][:200]
    return card


def _replayed(issuer: PivIssuer) -> SmartCard:
    """Answers each challenge with what the genuine card once answered to another."""
    card = issuer.issue()
    genuine = PivCard(dict(card.objects), dict(card.keys), card.uid)
    genuine.power_on()
    genuine.transmit(bytes.fromhex("00a4040005a00000030800"))
    challenge = tlv(0x7C, tlv(0x82), tlv(0x81, bytes(32)))
    head = bytes([0, 0x87, algorithm_of(card.keys[CARD_AUTHENTICATION_KEY]), CARD_AUTHENTICATION_KEY, len(challenge)])
    heard = genuine.transmit(head + challenge + b"\x00")[:-2]
    card.keys.clear()
    return LyingCard(card, heard)


def _silent(issuer: PivIssuer) -> SmartCard:
    return LyingCard(issuer.issue(), b"")


def _pulled(issuer: PivIssuer) -> SmartCard:
    return LeavingCard(issuer.issue(), 2)


WRONG_CARDS: Final = tuple(
    WrongCard(*one)
    for one in (
        ("tampered-chuid", "its CHUID was made to hold longer", _tampered_chuid),
        ("tampered-certificate", "a name in its certificate was changed", _tampered_certificate),
        ("expired", "its certificate has expired", _expired),
        ("not-yet-valid", "its certificate begins to hold later", _not_yet_valid),
        ("revoked", "its certificate is on the issuer's list", _revoked),
        ("copied-chuid", "it carries another card's CHUID", _copied_chuid),
        ("copied-certificate", "it carries another card's certificate", _copied_certificate),
        ("key-mismatch", "a copy of all that can be read, with a key of its own", _key_mismatch),
        ("untrusted", "another issuer made it", _untrusted),
        ("untrusted-signer", "an unknown signer signed its CHUID", _untrusted_signer),
        ("expired-signer", "the certificate of its CHUID's signer has expired", _expired_signer),
        ("wrong-signer", "its CHUID's signer was never meant to sign", _wrong_signer),
        ("wrong-purpose", "its certificate is meant for something else", _wrong_purpose),
        ("expired-chuid", "its CHUID has expired", _expired_chuid),
        ("unsigned-chuid", "nobody signed its CHUID", _unsigned_chuid),
        ("no-certificate", "it has no card authentication certificate", _without(CARD_AUTHENTICATION_CERTIFICATE)),
        ("no-chuid", "it has no CHUID", _without(CHUID)),
        ("no-key", "it has no card authentication key", _no_key),
        ("garbled-certificate", "its certificate ends in the middle", _garbled),
        ("replayed-answer", "it repeats an answer that the genuine card once gave", _replayed),
        ("silent", "it says yes to a challenge, and no more", _silent),
        ("pulled", "it is taken away in the middle", _pulled),
    )
)
"""By name; the first word of a scene file."""
