"""BER-TLV as cards write it (ISO 7816-4, 5.2.2), and the DER that the issuer's signatures are made of (X.690).

Belongs here: tags, lengths and values, both ways. Does not belong here: what they mean.
"""

from typing import Final

_MANY: Final = 0x80
_MORE_TAG: Final = 0x1F
_LONGEST: Final = 3


class BerError(ValueError):
    """Bytes that are no such sequence of tags, lengths and values."""


def tlv(tag: int, *values: bytes) -> bytes:
    """Return one element of these values, one after the other. Its length is as short as DER wants it."""
    value = b"".join(values)
    size = len(value)
    if size < _MANY:
        length = bytes([size])
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes([_MANY | len(digits)]) + digits
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length + value


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and value of each element that stands in `data`, in order. Raises BerError."""
    found = []
    at = 0
    while at < len(data):
        start = at
        at += 1
        if data[start] & _MORE_TAG == _MORE_TAG:
            while at < len(data) and data[at] & _MANY:
                at += 1
            at += 1
        tag = int.from_bytes(data[start:at], "big")
        if at >= len(data):
            raise BerError("it ends before its length")
        size = data[at]
        at += 1
        if size >= _MANY:
            digits = size - _MANY
            if not 0 < digits <= _LONGEST:
                raise BerError(f"a length of {digits} bytes")
            size = int.from_bytes(data[at : at + digits], "big")
            at += digits
        value = data[at : at + size]
        if len(value) != size:
            raise BerError("it ends before its value")
        at += size
        found.append((tag, value))
    return found
