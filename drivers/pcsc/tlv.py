"""BER-TLV as smart cards use it: tags of one to three bytes, definite lengths of up to four bytes.

Belongs here: taking such data apart, and putting one object together. Does not belong here: what a tag means.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_MORE_TAG: Final = 0x1F
_CONTINUES: Final = 0x80
_LONGEST_TAG_BYTES: Final = 3
_LONGEST_LENGTH_BYTES: Final = 4


class TlvError(ValueError):
    """Data that is no BER-TLV; the message says where it ends to be."""


@dataclass(frozen=True, slots=True, repr=False)
class Tlv:
    """One data object. `raw`: all its bytes, as they came."""

    tag: int
    value: bytes
    raw: bytes

    def __repr__(self) -> str:
        """Without the value, which may be a person's."""
        return f"Tlv(tag={self.tag:02X}, {len(self.value)} bytes)"


def parse(data: bytes) -> tuple[Tlv, ...]:
    """Return the data objects that follow each other in `data`, to its last byte. Raises TlvError."""
    return tuple(_objects(data))


def single(data: bytes, tag: int) -> bytes:
    """Return the value of the one object of `tag` that fills `data`. Raises TlvError."""
    objects = parse(data)
    if len(objects) != 1 or objects[0].tag != tag:
        raise TlvError(f"one object of tag {tag:02X} was expected")
    return objects[0].value


def values(data: bytes) -> dict[int, bytes]:
    """Return the values in `data` by tag. Raises TlvError, as well for a tag that stands there twice."""
    found: dict[int, bytes] = {}
    for item in _objects(data):
        if item.tag in found:
            raise TlvError(f"tag {item.tag:02X} stands there twice")
        found[item.tag] = item.value
    return found


def encode(tag: int, value: bytes) -> bytes:
    """Return one data object, with its length in the shortest form."""
    size = len(value)
    if size < _CONTINUES:
        length = bytes((size,))
    else:
        digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
        length = bytes((_CONTINUES | len(digits),)) + digits
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length + value


def _objects(data: bytes) -> Iterator[Tlv]:
    at = 0
    while at < len(data):
        tag, value_at = _tag(data, at)
        size, value_at = _length(data, value_at)
        end = value_at + size
        if end > len(data):
            raise TlvError(f"tag {tag:02X} says {size} bytes, and {len(data) - value_at} are there")
        yield Tlv(tag, data[value_at:end], data[at:end])
        at = end


def _tag(data: bytes, at: int) -> tuple[int, int]:
    start = at
    if data[at] & _MORE_TAG == _MORE_TAG:
        at += 1
        while at < len(data) and data[at] & _CONTINUES:
            at += 1
    end = at + 1
    if end > len(data) or end - start > _LONGEST_TAG_BYTES:
        raise TlvError("a tag does not end")
    return int.from_bytes(data[start:end], "big"), end


def _length(data: bytes, at: int) -> tuple[int, int]:
    if at >= len(data):
        raise TlvError("a length is missing")
    first = data[at]
    if first < _CONTINUES:
        return first, at + 1
    count = first & ~_CONTINUES
    end = at + 1 + count
    if not 0 < count <= _LONGEST_LENGTH_BYTES or end > len(data):
        raise TlvError("a length is indefinite, too long or cut off")
    return int.from_bytes(data[at + 1 : end], "big"), end
