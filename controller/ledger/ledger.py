"""The ledger's file, open for appending: every entry is durable before `append` returns.

Belongs here: the file, its lock and who follows it. Does not belong here: the format (entry.py), what may be said
(kinds/).
"""

import errno
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import to_datetime
from contract.ids import ControllerId
from contract.messages import VERSION, LedgerHead
from contract.signing import sign
from controller.files import make_private_folder
from controller.ledger.entry import FIRST, Entry, Fact, LedgerError, check_lines, encode_line, hash_of
from controller.ledger.kinds import check

_BLOCK_BYTES: Final = 64 * 1024
Follower = Callable[[Entry], None]


class Ledger:
    """A controller's ledger, open for appending from any thread."""

    def __init__(self, path: Path, controller: ControllerId, signer: Ed25519PrivateKey) -> None:
        """Open or begin the ledger at `path`; a half line that a crash left is cut off. Raises LedgerError."""
        self._path = path
        self.controller: Final = controller
        """Whose ledger it is."""
        self._signer = signer
        self._lock = threading.Lock()
        make_private_folder(path.parent)
        path.touch(mode=0o600)
        self.number = 0
        """The last entry's number; 0 for none."""
        self._before = FIRST
        self.counts: Final[Counter[str]] = Counter()
        """How many entries of each kind it holds."""
        self.last: Final[dict[str, Entry]] = {}
        """The last entry of each kind."""
        self._followers: Final[list[Follower]] = []
        self._waiting: Final[list[tuple[Follower, Follower | None]]] = []
        self._is_torn = False
        """Whether the last try to append failed, so that what stands behind `_size_bytes` is its remains."""
        self._size_bytes = whole_bytes(path)
        os.truncate(path, self._size_bytes)
        for entry, line_hash in check_lines(complete_lines(path), controller, signer.public_key()):
            self._note(entry, line_hash)

    @property
    def public_key(self) -> bytes:
        """The key (32 bytes, Ed25519) by which anybody checks this ledger."""
        return self._signer.public_key().public_bytes_raw()

    def append(self, kind: str, at_ns: int, **facts: Fact) -> Entry:
        """Add an entry durably and return it; may wait a few milliseconds for the disk.

        `facts`: those of the kind, never a person or a place where somebody was. Raises UnknownEntryError for what the
        register does not know; OSError where the disk refuses: then nothing was added, and it can be tried again.
        """
        check(kind, facts)
        with self._lock:
            entry = Entry(self.number + 1, to_datetime(at_ns).isoformat(), self._before, kind, dict(facts))
            line = encode_line(entry, self.controller, self._signer)
            with self._path.open("r+b", buffering=0) as file:
                begin = self._begin_of_next(file)
                self._is_torn = True
                file.seek(begin)
                if file.write(line + b"\n") != len(line) + 1:
                    raise OSError(errno.ENOSPC, "the ledger's disk is full")
                os.fsync(file.fileno())
                self._is_torn = False
            self._size_bytes = begin + len(line) + 1
            self._note(entry, hash_of(line))
            for follower in self._followers:
                follower(entry)
            return entry

    def _begin_of_next(self, file: FileIO) -> int:
        """Return where the next line begins, in bytes.

        A file that is longer or shorter than it was left is somebody's work: nothing of it is removed, and the next
        line begins behind all of it. Who reads the chain again finds it altered (service/checks/chain.py).
        """
        size_bytes = file.seek(0, os.SEEK_END)
        if self._is_torn and size_bytes > self._size_bytes:
            return file.truncate(self._size_bytes)
        if size_bytes in (0, self._size_bytes):
            return size_bytes
        file.seek(size_bytes - 1)
        return size_bytes if file.read(1) == b"\n" else size_bytes + file.write(b"\n")

    def follow(self, past: Follower, new: Follower | None = None) -> None:
        """Have `past` told every entry that stands at the next `tell_past`, and `new` each one that comes after it.

        In order; new ones in the appending thread. Followers must be quick, and must not append.
        """
        self._waiting.append((past, new))

    def tell_past(self) -> None:
        """Tell whoever waits for it what stands, all of them in one reading. Raises LedgerError if it was altered."""
        with self._lock:
            for entry in self._read(self._size_bytes, self._before):
                for past, _ in self._waiting:
                    past(entry)
            self._followers.extend(new for _, new in self._waiting if new is not None)
            self._waiting.clear()

    def entries(self) -> Iterator[Entry]:
        """Yield all entries that stand now, read from the file and checked. Raises LedgerError if it was altered."""
        with self._lock:
            size_bytes, end = self._size_bytes, self._before
        return self._read(size_bytes, end)

    def _read(self, size_bytes: int, end: str) -> Iterator[Entry]:
        last = FIRST
        lines = complete_lines(self._path, size_bytes)
        for entry, line_hash in check_lines(lines, self.controller, self._signer.public_key()):
            last = line_hash
            yield entry
        if last != end:
            raise LedgerError("the ledger's file was replaced or cut off while it was in use", self.number)

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that stand now, unchecked and with their ends: a copy for whoever checks it elsewhere."""
        with self._lock:
            size_bytes = self._size_bytes
        for line in complete_lines(self._path, size_bytes):
            yield line + b"\n"

    def hash_at(self, number: int) -> str | None:
        """Return the hash (hex) of the line with that number, or None if there is none. Reads the file."""
        with self._lock:
            size_bytes, last, last_hash = self._size_bytes, self.number, self._before
        if not 1 <= number < last:
            return last_hash if number == last > 0 else None
        for at, line in enumerate(complete_lines(self._path, size_bytes), 1):
            if at == number:
                return hash_of(line)
        return None

    def head(self, at_ns: int) -> tuple[LedgerHead, bytes]:
        """Return what entry the ledger ends with at `at_ns`, and the same signed."""
        with self._lock:
            message = LedgerHead(VERSION, self.controller, self.number, bytes.fromhex(self._before), at_ns)
        return message, sign(message, self.controller, self._signer)

    def _note(self, entry: Entry, line_hash: str) -> None:
        self.number, self._before = entry.number, line_hash
        self.counts[entry.kind] += 1
        self.last[entry.kind] = entry


def complete_lines(path: Path, size_bytes: int | None = None) -> Iterator[bytes]:
    """Yield the lines of the first `size_bytes` of a ledger's file, without their ends; None: of all of it."""
    left = path.stat().st_size if size_bytes is None else size_bytes
    with path.open("rb") as file:
        for line in file:
            left -= len(line)
            if left < 0:
                return
            yield line.removesuffix(b"\n")


def whole_bytes(path: Path) -> int:
    """Return how many bytes of a ledger's file are whole lines; what follows is a last line without its end."""
    kept = path.stat().st_size
    with path.open("rb") as file:
        while kept > 0:
            start = max(0, kept - _BLOCK_BYTES)
            file.seek(start)
            end = file.read(kept - start).rfind(b"\n")
            if end >= 0:
                return start + end + 1
            kept = start
    return 0
