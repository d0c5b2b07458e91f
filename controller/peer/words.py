"""What controllers say to each other: MessagePack arrays. No movement, no name in clear: keys, sums and sealed columns.

Belongs here: shapes. Does not belong here: HTTP (answers.py, calls.py).
"""

from typing import Annotated, Final, TypeVar

import msgspec

from contract.ids import Epoch
from contract.messages import Interval, RecordNumber
from contract.periods import Period

MOST_WRAPS: Final = 64
"""Most content keys that are asked for at a time."""
LONGEST_BYTES: Final = 512 * 1024 * 1024
"""Longest answer that is taken: a full copy of the reference data of a large site."""
T = TypeVar("T")


class BadWordsError(ValueError):
    """Bytes of another controller that are none of these messages."""


class Status(msgspec.Struct, frozen=True, array_like=True):
    """How a controller stands. `closed_s`: start of its last closed period, in seconds since 1970-01-01 UTC.

    `run`: 16 random bytes of its program's run. `entries`: number of the last entry in its ledger that others take
    over. `sessions`: another number whenever they should be asked for. `origin`: where browsers reach its pages, empty
    as long as it has none.
    """

    list_number: int
    learning: bool
    closed_s: int
    run: bytes
    entries: int
    sessions: int
    origin: str


class EntriesAsk(msgspec.Struct, frozen=True, array_like=True):
    """Up to which entry of the other one's ledger all is known: its number, and the hash (hex) of its line."""

    after: int
    line_hash: str


class Entries(msgspec.Struct, frozen=True, array_like=True):
    """Lines of a ledger that others take over, signed as they stand there, without their ends.

    `after` and `line_hash`: up to which entry all is known with them. `more`: there is more.
    """

    after: int
    line_hash: str
    lines: list[bytes]
    more: bool


class SessionsTold(msgspec.Struct, frozen=True, array_like=True):
    """All sessions: hash of the cookie's value, account, when opened and last used (ns; 0: it was ended)."""

    sessions: list[tuple[bytes, str, int, int]]


class PeerTally(msgspec.Struct, frozen=True, array_like=True):
    """One line of the anonymous tally table (rule 3): its kind by letter, area, period, amount, part of the area."""

    kind: str
    area: str
    period_s: int
    amount: int
    part: str = ""


class Tallies(msgspec.Struct, frozen=True, array_like=True):
    """The tally table of all closed periods."""

    closed_s: int
    lines: list[PeerTally]


class RewrapAsk(msgspec.Struct, frozen=True, array_like=True):
    """Content keys that a newcomer lacks, as their gates wrapped them, and its public keys of their periods."""

    publics: list[tuple[Period, bytes]]
    wraps: Annotated[list[bytes], msgspec.Meta(max_length=MOST_WRAPS)]


class Rewrapped(msgspec.Struct, frozen=True, array_like=True):
    """The same content keys, wrapped to the newcomer; None where the key is dead or was never here."""

    wraps: list[bytes | None]


class MarksAsk(msgspec.Struct, frozen=True, array_like=True):
    """Which officers' marks are known, by the epochs of all controllers, and public keys to wrap others to."""

    known: dict[Epoch, list[Interval]]
    publics: list[tuple[Period, bytes]]


class MarksOfKey(msgspec.Struct, frozen=True, array_like=True):
    """Marks under one content key: as it was wrapped at its source, as it is wrapped to the asker, and the records."""

    wraps: bytes
    rewrapped: bytes
    records: list[tuple[RecordNumber, bytes]]


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """Officers' marks that the asker lacks, sealed.

    `upto_ns`: when they were looked for, by the clock of who gives them. `more`: there are more.
    """

    keys: list[MarksOfKey]
    upto_ns: int
    more: bool


class CopyAsk(msgspec.Struct, frozen=True, array_like=True):
    """Which state of the reference data is known already, by its stamp."""

    stamp: bytes


class ReferenceCopy(msgspec.Struct, frozen=True, array_like=True):
    """All reference data: each table's columns and rows, as they stand in the database, personal columns sealed.

    `tables` is None where the state is the one that is known.
    """

    stamp: bytes
    tables: dict[str, tuple[list[str], list[list[object]]]] | None


def encode(message: msgspec.Struct) -> bytes:
    """Return the bytes of a message."""
    return msgspec.msgpack.encode(message)


def decode(data: bytes, expected: type[T]) -> T:
    """Return the message in `data`. Raises BadWordsError."""
    try:
        return msgspec.msgpack.decode(data, type=expected)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadWordsError(f"not a {expected.__name__}: {error}") from error
