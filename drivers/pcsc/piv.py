"""The judge of PIV cards: PKI-CAK, the card authentication key and everything that binds it (FIPS 201-3, 6.2.3.2).

The order of the checks, and the refusal that each ends with. A refusal names the first that fails, so a card that was
copied whole is found by its challenge, and one that was put together from two by what does not belong together:

1. certificate and CHUID are there (missing_object) and can be read (tampered)
2. the certificate's path holds (tampered, expired, not_yet_valid, untrusted)
3. no certificate of the path is revoked (revoked; untrusted where that can not be known)
4. the CHUID's signature is that of its content (tampered; missing_object if there is none)
5. its signer's path holds, for signing such content, and is not revoked (the refusals of 2 and 3)
6. the CHUID has not expired (expired)
7. certificate and CHUID name the same card, by UUID, FASC-N or both (copied)
8. the card answers a fresh challenge with the certificate's key (key_mismatch; unsupported_card for other kinds of key)

Belongs here: that order. Does not belong here: each check.
"""

import datetime as dt
import uuid
from typing import Final

from cryptography import x509

from contract.site import Assurance
from drivers.pcsc import cms, tlv
from drivers.pcsc.apdu import Transceiver
from drivers.pcsc.certificates import UNREADABLE
from drivers.pcsc.challenge import challenge_for
from drivers.pcsc.piv_card import CARD_AUTHENTICATION_CERTIFICATE, CHUID, PivCard
from drivers.pcsc.piv_objects import FASC_N_BYTES, Chuid, PivObjectError, decode_certificate, decode_chuid
from drivers.pcsc.revocation import check_revocation
from drivers.pcsc.tlv import TlvError
from drivers.pcsc.trust import CARD_AUTHENTICATION, CONTENT_SIGNING, Trust
from drivers.pcsc.verdict import CardKind, CardRefusedError, Verdict
from drivers.ports import FASC_N, PIV, Credential, ReadRefusal

_FASC_N_NAME: Final = x509.ObjectIdentifier("2.16.840.1.101.3.6.6")
"""pivFASC-N, another name in subjectAltName (X.509 profile for PIV)."""
_SHARED_FASC_N: Final = 0b11010_10011_10011_10011_10011
"""How a FASC-N begins that is no card's own: its start, and the agency 9999, of all issuers that are not federal."""
_FASC_N_BEGIN_AT: Final = FASC_N_BYTES * 8 - 25
_URN: Final = "urn:uuid:"
_OCTETS: Final = 0x04


def judge_piv(card: Transceiver, trust: Trust, at: dt.datetime, *, extended: bool = False) -> Verdict | None:
    """Return the judgement of a PIV card at `at` (aware UTC); None for a card that is none.

    `extended`: whether the card takes extended lengths. Raises CardError if the card can not be talked to.
    """
    piv = PivCard(card, extended=extended)
    if not piv.select():
        return None
    steps: list[str] = []
    try:
        credential = _judge(piv, trust, at, steps)
    except CardRefusedError as error:
        return Verdict(kind=CardKind.PIV, refusal=error.reason, words=error.words, steps=tuple(steps))
    return Verdict(kind=CardKind.PIV, credential=credential, steps=tuple(steps))


def _judge(piv: PivCard, trust: Trust, at: dt.datetime, steps: list[str]) -> Credential:
    certificate, chuid = _objects(piv)
    path = trust.path_to_root(certificate, at, CARD_AUTHENTICATION)
    steps.append(f"its certificate leads to the root {path[-1].subject.rfc4514_string()}, over {len(path) - 1} step(s)")
    steps.append(f"its certificate: {check_revocation(path, trust, at, must=True)}")
    steps.append(_check_signature(chuid, trust, at))
    _check_expiry(chuid, at)
    steps.append(f"its CHUID holds until {chuid.expires_on}")
    words, credential = _check_binding(chuid, certificate)
    steps.append(words)
    _check_key(piv, certificate)
    steps.append("it proved the key of its certificate")
    return credential


def _objects(piv: PivCard) -> tuple[x509.Certificate, Chuid]:
    try:
        certificate = piv.read(CARD_AUTHENTICATION_CERTIFICATE)
        chuid = piv.read(CHUID)
        if certificate is None:
            raise CardRefusedError(ReadRefusal.MISSING_OBJECT, "it has no card authentication certificate (5FC101)")
        if chuid is None:
            raise CardRefusedError(ReadRefusal.MISSING_OBJECT, "it has no CHUID (5FC102)")
        return decode_certificate(certificate), decode_chuid(chuid)
    except (TlvError, PivObjectError) as error:
        raise CardRefusedError(ReadRefusal.TAMPERED, str(error)) from error


def _check_signature(chuid: Chuid, trust: Trust, at: dt.datetime) -> str:
    if chuid.signature is None:
        raise CardRefusedError(ReadRefusal.MISSING_OBJECT, "its CHUID is not signed")
    try:
        signature = cms.decode(chuid.signature)
        signature.check(chuid.contents)
    except (cms.CmsError, cms.BadSignatureError) as error:
        raise CardRefusedError(ReadRefusal.TAMPERED, f"CHUID: {error}") from error
    try:
        path = trust.path_to_root(signature.signer, at, CONTENT_SIGNING)
        return f"its CHUID is signed by a trusted signer: {check_revocation(path, trust, at, must=False)}"
    except CardRefusedError as error:
        raise CardRefusedError(error.reason, f"the signer of its CHUID: {error.words}") from error


def _check_expiry(chuid: Chuid, at: dt.datetime) -> None:
    if at.astimezone(dt.UTC).date() > chuid.expires_on:
        raise CardRefusedError(ReadRefusal.EXPIRED, f"its CHUID has expired on {chuid.expires_on}")


def _check_binding(chuid: Chuid, certificate: x509.Certificate) -> tuple[str, Credential]:
    """Check that the certificate is of the card that the CHUID names; each name that it has must agree.

    The card is known by a name that its certificate has as well: any other could have come with a CHUID of somebody
    else. Cards of issuers outside the federal government share one FASC-N, which so names none of them.
    """
    uuids, fasc_ns = _names(certificate)
    for named, own, what in ((uuids, chuid.uuid, "UUID"), (fasc_ns, chuid.fasc_n, "FASC-N")):
        if named and named != {own}:
            words = f"certificate and CHUID name different cards, by {what}: one of them is a copy"
            raise CardRefusedError(ReadRefusal.COPIED, words)
    if chuid.uuid is not None and uuids:
        card_format, number = PIV, chuid.uuid
    elif fasc_ns and int.from_bytes(chuid.fasc_n, "big") >> _FASC_N_BEGIN_AT != _SHARED_FASC_N:
        card_format, number = FASC_N, chuid.fasc_n
    else:
        words = "its certificate does not say to which card it belongs (neither UUID nor a FASC-N of its own)"
        raise CardRefusedError(ReadRefusal.UNSUPPORTED_CARD, words)
    both = " and ".join(what for what, named in (("UUID", uuids), ("FASC-N", fasc_ns)) if named)
    words = f"certificate and CHUID name the same card, by {both}"
    credential = Credential(format=card_format, number=int.from_bytes(number, "big"), assurance=Assurance.AUTHENTICATED)
    return words, credential


def _names(certificate: x509.Certificate) -> tuple[set[bytes], set[bytes]]:
    """Return the UUIDs and FASC-Ns in subjectAltName."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uuids = {
            uuid.UUID(uri[len(_URN) :]).bytes
            for uri in names.get_values_for_type(x509.UniformResourceIdentifier)
            if uri.lower().startswith(_URN)
        }
        others = [name for name in names if isinstance(name, x509.OtherName) and name.type_id == _FASC_N_NAME]
        return uuids, {tlv.single(name.value, _OCTETS) for name in others}
    except x509.ExtensionNotFound:
        return set(), set()
    except UNREADABLE as error:  # TlvError is a ValueError
        words = f"its certificate's names can not be read: {error}"
        raise CardRefusedError(ReadRefusal.UNSUPPORTED_CARD, words) from error


def _check_key(piv: PivCard, certificate: x509.Certificate) -> None:
    try:
        challenge = challenge_for(certificate.public_key())
    except UNREADABLE:
        challenge = None
    if challenge is None:
        words = "its key is none of RSA 2048, RSA 3072, P-256 and P-384"
        raise CardRefusedError(ReadRefusal.UNSUPPORTED_CARD, words)
    answer = piv.prove(challenge.algorithm, challenge.data)
    if answer is None or not challenge.is_answered_by(answer):
        words = "it does not hold the private key of its certificate" if answer else "it did not answer the challenge"
        raise CardRefusedError(ReadRefusal.KEY_MISMATCH, words)
