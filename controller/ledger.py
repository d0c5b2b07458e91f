"""The ledger: one append-only file of signed entries, each chained to the one before by its hash.

It holds receipts (a period's key is destroyed, so many rows are gone), never a movement. A line is JSON: `entry` as
text, `signature` (Ed25519, hex) over it; an entry names the SHA-256 of the line before. Kinds of entry are added by
what writes them. Belongs here: the chain. Does not belong here: deciding what deserves a receipt.
"""

import errno
import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.clock import to_datetime
from contract.ids import ControllerId
from contract.signing import BadSignatureError, check_signature, signature_of
from controller.files import make_private_folder

_FIRST: Final = "0" * 64


class LedgerError(Exception):
    """The ledger was altered, cut off or belongs to somebody else; the message names the line."""


class Entry(msgspec.Struct, frozen=True):
    """One entry: its place, when (ISO 8601, UTC), the SHA-256 (hex) of the line before, its kind and its figures."""

    number: int
    at: str
    before: str
    kind: str
    facts: dict[str, str | int | float]


class _Line(msgspec.Struct, frozen=True):
    entry: str
    signature: str


class Ledger:
    """A controller's ledger, open for appending."""

    def __init__(self, path: Path, controller: ControllerId, signer: Ed25519PrivateKey) -> None:
        """Open or begin the ledger at `path`; a half line that a crash left is cut off. Raises LedgerError."""
        self._path = path
        self._controller = controller
        self._signer = signer
        make_private_folder(path.parent)
        path.touch(mode=0o600)
        whole = path.read_bytes()
        complete = whole[: whole.rfind(b"\n") + 1]
        if len(complete) < len(whole):
            with path.open("r+b") as file:
                file.truncate(len(complete))
        self._number, self._before = 0, _FIRST
        self.counts: Counter[str] = Counter()
        """How many entries of each kind it holds."""
        self.last: dict[str, Entry] = {}
        """The last entry of each kind."""
        self._size_bytes = len(complete)
        for entry, line_hash in check_lines(complete, controller, signer.public_key()):
            self._number, self._before = entry.number, line_hash
            self.counts[entry.kind] += 1
            self.last[entry.kind] = entry

    def append(self, kind: str, at_ns: int, **facts: str | float) -> Entry:
        """Add an entry durably and return it. `facts` are counts, periods and times, never a person or a place.

        Raises OSError where the disk refuses; then nothing was added, and it can be tried again.
        """
        entry = Entry(self._number + 1, to_datetime(at_ns).isoformat(), self._before, kind, dict(facts))
        text = msgspec.json.encode(entry).decode()
        signature = signature_of("Ledger", self._controller, text.encode(), self._signer)
        line = msgspec.json.encode(_Line(text, signature.hex()))
        with self._path.open("r+b", buffering=0) as file:
            file.truncate(self._size_bytes)  # of what an earlier try left
            file.seek(self._size_bytes)
            written = file.write(line + b"\n")
            if written != len(line) + 1:
                raise OSError(errno.ENOSPC, "the ledger's disk is full")
            os.fsync(file.fileno())
        self._size_bytes += written
        self._number, self._before = entry.number, hashlib.sha256(line).hexdigest()
        self.counts[kind] += 1
        self.last[kind] = entry
        return entry


def check_lines(data: bytes, controller: ControllerId, key: Ed25519PublicKey) -> Iterator[tuple[Entry, str]]:
    """Yield each entry with the hash of its line, after checking chain and signature. Raises LedgerError."""
    before = _FIRST
    for number, line in enumerate(data.splitlines(), 1):
        try:
            read = msgspec.json.decode(line, type=_Line)
            entry = msgspec.json.decode(read.entry, type=Entry)
            check_signature("Ledger", controller, read.entry.encode(), bytes.fromhex(read.signature), key)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError, BadSignatureError) as error:
            raise LedgerError(f"ledger line {number} was altered: {error}") from error
        if entry.number != number or entry.before != before:
            raise LedgerError(f"ledger line {number} does not follow the one before: a line is missing or moved")
        before = hashlib.sha256(line).hexdigest()
        yield entry, before
