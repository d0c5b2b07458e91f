"""Data objects of a PIV card, decoded: certificate and CHUID (SP 800-73-4 part 1, tables 9, 15 and 42).

Belongs here: their shape. Does not belong here: reading them from a card (piv_card.py), whether they are true
(piv.py).
"""

import datetime as dt
import zlib
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from drivers.pcsc import tlv
from drivers.pcsc.certificates import UNREADABLE, load_certificate
from drivers.pcsc.tlv import TlvError

FASC_N_BYTES: Final = 25
UUID_BYTES: Final = 16
_CERTIFICATE: Final = 0x70
_CERTIFICATE_INFO: Final = 0x71
_FASC_N: Final = 0x30
_GUID: Final = 0x34
_EXPIRES: Final = 0x35
_SIGNATURE: Final = 0x3E
_CHECK: Final = 0xFE
"""Error detection code: always empty, and signed by some issuers with the rest, by some not."""
_COMPRESSED: Final = 0x81
"""Either end of the byte: SP 800-73-4 says 01, cards of before it 80."""
_UNPACKED_MOST_BYTES: Final = 65536
_GZIP: Final = 31


class PivObjectError(ValueError):
    """Data that is no such object; the message says what is wrong."""


@dataclass(frozen=True, slots=True, repr=False)
class Chuid:
    """A cardholder unique identifier.

    `uuid`: the card's 16 bytes, None where they are all zero, as on cards of before 2013. `expires_on`: the last day
    on which it holds. `signature`: CMS, None if there is none. `contents`: what that may be a signature of.
    """

    fasc_n: bytes
    uuid: bytes | None
    expires_on: dt.date
    signature: bytes | None
    contents: tuple[bytes, ...]


def decode_certificate(data: bytes) -> x509.Certificate:
    """Return the certificate in a certificate object, unpacked if it is packed with gzip. Raises PivObjectError."""
    try:
        fields = tlv.values(data)
        raw = fields.get(_CERTIFICATE, b"")
        if any(byte & _COMPRESSED for byte in fields.get(_CERTIFICATE_INFO, b"")):
            raw = _unpacked(raw)
        return load_certificate(raw)
    except (*UNREADABLE, zlib.error) as error:
        raise PivObjectError(f"the certificate can not be read: {error}") from error


def decode_chuid(data: bytes) -> Chuid:
    """Return the CHUID in a CHUID object. Raises PivObjectError."""
    try:
        items = tlv.parse(data)
        fields = tlv.values(data)
    except TlvError as error:
        raise PivObjectError(f"the CHUID can not be read: {error}") from error
    fasc_n, uuid = fields.get(_FASC_N, b""), fields.get(_GUID, b"")
    if len(fasc_n) != FASC_N_BYTES or len(uuid) != UUID_BYTES:
        raise PivObjectError("the CHUID lacks a FASC-N of 25 bytes or a UUID of 16")
    signed = b"".join(item.raw for item in items if item.tag != _SIGNATURE)
    without_check = b"".join(item.raw for item in items if item.tag not in (_SIGNATURE, _CHECK))
    return Chuid(
        fasc_n=fasc_n,
        uuid=uuid if any(uuid) else None,
        expires_on=_date(fields.get(_EXPIRES, b"")),
        signature=fields.get(_SIGNATURE) or None,
        contents=(signed, without_check),
    )


def _date(digits: bytes) -> dt.date:
    """Return the day in `digits`, YYYYMMDD."""
    try:
        return dt.datetime.strptime(digits.decode("ascii"), "%Y%m%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise PivObjectError("the CHUID has no date of expiry") from None


def _unpacked(packed: bytes) -> bytes:
    """Unpack, without becoming the prey of a small object that unpacks to all memory."""
    stream = zlib.decompressobj(_GZIP)
    data = stream.decompress(packed, _UNPACKED_MOST_BYTES)
    if not stream.eof:
        raise ValueError("packed, and without end")
    return data
