"""Cards and their issuer as files, so that a scene can hold them: JSON, with private keys in it as PEM.

These are test keys of a simulator; a file with one opens no door but a simulated one.

Belongs here: the shape of the files, both ways. Does not belong here: where they lie.
"""

import datetime as dt
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from simulators.cards.behaviour import LeavingCard, LyingCard, SlowCard
from simulators.cards.chuid import ContentSigner
from simulators.cards.desfire import DesfireCard
from simulators.cards.piv import PivCard, PivKey
from simulators.cards.piv_issuer import Authority, PivIssuer
from simulators.cards.proximity import ProximityCard
from simulators.cards.smartcard import SmartCard
from simulators.cards.uid import UidCard

_PEM: Final = serialization.Encoding.PEM


class CardFileError(ValueError):
    """A file that holds no card or issuer; says what is wrong."""


class _Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="card", omit_defaults=True):
    pass


class ProximityRecord(_Record, frozen=True, tag="proximity"):
    """`data`: five bytes, hexadecimal, as everywhere here."""

    data: str


class UidRecord(_Record, frozen=True, tag="uid"):
    """A card that has only this."""

    uid: str


class PivRecord(_Record, frozen=True, tag="piv"):
    """`objects` by tag, `keys` (PEM) by reference, both names hexadecimal."""

    objects: dict[str, str]
    keys: dict[str, str]
    uid: str
    extended: bool = True


class DesfireRecord(_Record, frozen=True, tag="desfire"):
    """`keys`: the card's own, by application."""

    uid: str
    keys: dict[str, str]


class SlowRecord(_Record, frozen=True, tag="slow"):
    """A card that answers late."""

    inner: "CardRecord"
    delay_ms: int


class LeavingRecord(_Record, frozen=True, tag="leaving"):
    """A card that is pulled after so many commands."""

    inner: "CardRecord"
    after: int


class LyingRecord(_Record, frozen=True, tag="lying"):
    """A card that answers a challenge with this."""

    inner: "CardRecord"
    answer: str


CardRecord = ProximityRecord | UidRecord | PivRecord | DesfireRecord | SlowRecord | LeavingRecord | LyingRecord
AnyCard = ProximityCard | SmartCard


class IssuerRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys and certificates as PEM."""

    root_key: str
    root: str
    issuing_key: str
    issuing: str
    signer_key: str
    signer: str
    now: dt.datetime
    issued: int
    revoked: list[str]


def record_of(card: AnyCard) -> CardRecord:
    """Return what has to be kept of a card. Raises CardFileError for a kind that has no file."""
    match card:
        case ProximityCard():
            return ProximityRecord(card.data.hex())
        case UidCard():
            return UidRecord(card.uid.hex())
        case PivCard():
            objects = {f"{tag:x}": content.hex() for tag, content in card.objects.items()}
            keys = {f"{reference:x}": _key_text(key) for reference, key in card.keys.items()}
            return PivRecord(objects, keys, card.uid.hex(), card.extended)
        case DesfireCard():
            return DesfireRecord(card.uid.hex(), {name.hex(): key.hex() for name, key in card.keys.items()})
        case SlowCard():
            return SlowRecord(record_of(card.card), card.delay_ms)
        case LeavingCard():
            return LeavingRecord(record_of(card.card), card.after)
        case LyingCard():
            return LyingRecord(record_of(card.card), card.answer.hex())
        case _:
            raise CardFileError(f"a card of kind {type(card).__name__} has no file")


def card_of(record: CardRecord) -> AnyCard:
    """Return the card of a record, with no power. Raises CardFileError."""
    try:
        return _card(record)
    except (ValueError, TypeError) as error:
        raise CardFileError(f"card file: {error}") from error


def write_card(card: AnyCard) -> str:
    """Return a card as JSON. Raises CardFileError for a kind that has no file."""
    return msgspec.json.encode(record_of(card)).decode()


def read_card(text: str) -> AnyCard:
    """Return the card in a JSON text. Raises CardFileError."""
    try:
        return card_of(msgspec.json.decode(text, type=CardRecord))
    except msgspec.DecodeError as error:
        raise CardFileError(f"card file: {error}") from error


def write_issuer(issuer: PivIssuer) -> str:
    """Return an issuer as JSON."""
    record = IssuerRecord(
        root_key=_key_text(issuer.root.key),
        root=_certificate_text(issuer.root.certificate),
        issuing_key=_key_text(issuer.issuing.key),
        issuing=_certificate_text(issuer.issuing.certificate),
        signer_key=_key_text(issuer.signer.key),
        signer=_certificate_text(issuer.signer.certificate),
        now=issuer.now,
        issued=issuer.issued,
        revoked=[f"{serial:x}" for serial in issuer.revoked],
    )
    return msgspec.json.encode(record).decode()


def read_issuer(text: str) -> PivIssuer:
    """Return the issuer in a JSON text. Raises CardFileError."""
    try:
        record = msgspec.json.decode(text, type=IssuerRecord)
        return PivIssuer(
            root=Authority(_key(record.root_key), _certificate(record.root)),
            issuing=Authority(_key(record.issuing_key), _certificate(record.issuing)),
            signer=ContentSigner(_key(record.signer_key), _certificate(record.signer)),
            now=record.now,
            issued=record.issued,
            revoked=[int(serial, 16) for serial in record.revoked],
        )
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise CardFileError(f"issuer file: {error}") from error


def _card(record: CardRecord) -> AnyCard:
    match record:
        case ProximityRecord():
            return ProximityCard(bytes.fromhex(record.data))
        case UidRecord():
            return UidCard(bytes.fromhex(record.uid))
        case PivRecord():
            objects = {int(tag, 16): bytes.fromhex(content) for tag, content in record.objects.items()}
            keys = {int(reference, 16): _key(text) for reference, text in record.keys.items()}
            return PivCard(objects, keys, bytes.fromhex(record.uid), record.extended)
        case DesfireRecord():
            keys_of = {bytes.fromhex(name): bytes.fromhex(key) for name, key in record.keys.items()}
            return DesfireCard(bytes.fromhex(record.uid), keys_of)
        case SlowRecord():
            return SlowCard(_smart(record.inner), record.delay_ms)
        case LeavingRecord():
            return LeavingCard(_smart(record.inner), record.after)
        case LyingRecord():
            return LyingCard(_smart(record.inner), bytes.fromhex(record.answer))


def _smart(record: CardRecord) -> SmartCard:
    card = _card(record)
    if isinstance(card, ProximityCard):
        raise CardFileError("a proximity card can not misbehave: it only sends its number")
    return card


def _key_text(key: PivKey) -> str:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def _key(text: str) -> PivKey:
    key = serialization.load_pem_private_key(text.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise CardFileError("a card's key is RSA or on an elliptic curve")
    return key


def _certificate_text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(_PEM).decode()


def _certificate(text: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(text.encode())
