"""One entry of the ledger, its line in the file, and the check of a chain of lines.

A line is JSON: `entry` as text, `signature` (Ed25519, hex) over it; an entry names the SHA-256 of the line before, its
signature included. So the signature of the last line vouches for all lines before it, and the check needs one signature
and one hash a line, whatever the length. What it can not see is that lines are missing at the end: that takes a head
(head.py). Belongs here: the format. Does not belong here: the file (ledger.py).
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.ids import ControllerId
from contract.signing import BadSignatureError, check_signature, signature_of

FIRST: Final = "0" * 64
"""What the first entry names as the hash of the line before."""
_PURPOSE: Final = "Ledger"
Fact = str | int | float | bool


class LedgerError(Exception):
    """The ledger was altered, cut off or belongs to somebody else; the message names the line.

    `sound`: how many lines from the start are as they were written.
    """

    def __init__(self, message: str, sound: int = 0) -> None:
        super().__init__(message)
        self.sound = sound


class Entry(msgspec.Struct, frozen=True):
    """One entry: its place, when (ISO 8601, UTC), the SHA-256 (hex) of the line before, its kind and its facts."""

    number: int
    at: str
    before: str
    kind: str
    facts: dict[str, Fact]


class _Line(msgspec.Struct, frozen=True):
    entry: str
    signature: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{128}\Z")]


_line_decoder = msgspec.json.Decoder(_Line)
_entry_decoder = msgspec.json.Decoder(Entry)


def encode_line(entry: Entry, controller: ControllerId, signer: Ed25519PrivateKey) -> bytes:
    """Return the signed line of an entry, without its end of line."""
    text = msgspec.json.encode(entry).decode()
    signature = signature_of(_PURPOSE, controller, text.encode(), signer)
    return msgspec.json.encode(_Line(text, signature.hex()))


def decode_line(line: bytes) -> Entry:
    """Return the entry in a line, unchecked. Raises msgspec.DecodeError, UnicodeDecodeError."""
    return _entry_decoder.decode(_line_decoder.decode(line).entry)


def is_signed(line: bytes, controller: ControllerId, key: Ed25519PublicKey) -> bool:
    """Return whether that controller signed a line that can be decoded."""
    try:
        _check_signed(line, 0, controller, key)
    except LedgerError:
        return False
    return True


def hash_of(line: bytes) -> str:
    """Return the SHA-256 (hex) of a line without its end of line."""
    return hashlib.sha256(line).hexdigest()


def check_lines(lines: Iterable[bytes], controller: ControllerId, key: Ed25519PublicKey) -> Iterator[tuple[Entry, str]]:
    """Yield each entry with the hash of its line. Lines are without their ends.

    Only when all are yielded are they proved: the last signature is looked at last. Raises LedgerError.
    """
    before, last, number = FIRST, b"", 0
    for number, line in enumerate(lines, 1):
        try:
            entry = decode_line(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise LedgerError(f"ledger line {number} was altered: {error}", number - 1) from error
        if entry.number != number or entry.before != before:
            if last:
                _check_signed(last, number - 1, controller, key)
            raise LedgerError(
                f"ledger line {number} does not follow the one before: a line is missing or moved", number - 1
            )
        before, last = hash_of(line), line
        yield entry, before
    if last:
        _check_signed(last, number, controller, key)


def _check_signed(line: bytes, number: int, controller: ControllerId, key: Ed25519PublicKey) -> None:
    read = _line_decoder.decode(line)
    try:
        check_signature(_PURPOSE, controller, read.entry.encode(), bytes.fromhex(read.signature), key)
    except BadSignatureError as error:
        raise LedgerError(
            f"ledger line {number} was altered, or the ledger is another controller's: {error}", number - 1
        ) from error
