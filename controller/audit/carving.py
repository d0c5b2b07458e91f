"""Carving wrapped content keys out of raw bytes and trying them on a vault: what still opens, and what should not.

A record opens only with its content key, and a content key only comes out of its wrap; so if no wrap in a copy opens,
no record in it does. Wraps are found by their shape anywhere in any file: databases, logs, broker stores, video
files. Belongs here: that search. Does not belong here: opening records.
"""

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contract.clock import NS_PER_S
from contract.events import BadEventError, decode_event
from contract.periods import Retention
from contract.sealing import NONCE_BYTES, TAG_BYTES, BadWrapsError, SealingError, Wraps, decode_wraps
from controller.audit.plants import chunks_of, files_below
from controller.vault import KeyGoneError, Vault

_START: Final = re.compile(rb"\x93[\x93\x94][\xa1-\xbf\xd9]")
"""MessagePack.

An array of three (name, wraps, signature) that begins with an array (the name) that begins with a text.
"""
_SIGNATURE: Final = b"\xc4\x40"
_SIGNATURE_BYTES: Final = 64
_LONGEST: Final = 8192


@dataclass(frozen=True)
class Opened:
    """What the vault made of the wraps that were found.

    `found`: different wrapped content keys; `opened`: those that the vault opens; `past_limit`: those of them whose
    period is past its limit, which must be none.
    """

    found: int
    opened: int
    past_limit: int


def open_what_opens(
    roots: Iterable[Path],
    vault: Vault,
    retention: Retention,
    now_ns: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Opened:
    """Try every wrapped key below `roots` on `vault`."""
    found = wraps_below(roots, progress)
    opened = [wraps for wraps in found if _opens(wraps, vault)]
    late = [wraps for wraps in opened if retention.dies_at_s(wraps.name.period) * NS_PER_S <= now_ns]
    return Opened(len(found), len(opened), len(late))


def wraps_below(roots: Iterable[Path], progress: Callable[[int], None] = lambda _: None) -> list[Wraps]:
    """Return every different wrapped key below `roots`; `progress`: bytes read so far. Raises OSError."""
    found: dict[bytes, Wraps] = {}
    bytes_read = 0
    for path in files_below(roots):
        with contextlib.suppress(FileNotFoundError):  # gone since it was listed, as happens in a system that runs
            for _, data in chunks_of(path, _LONGEST):
                found |= {wraps.signature: wraps for wraps in carve(data)}
                bytes_read += len(data)
                progress(bytes_read)
    return list(found.values())


def carve(data: bytes) -> Iterator[Wraps]:
    """Yield all wraps that stand anywhere in `data`."""
    for start in _START.finditer(data):
        at = start.start()
        end = data.find(_SIGNATURE, at, at + _LONGEST)
        while end != -1:
            stop = end + len(_SIGNATURE) + _SIGNATURE_BYTES
            try:
                yield decode_wraps(data[at:stop])
                break
            except BadWrapsError:
                end = data.find(_SIGNATURE, end + 1, at + _LONGEST)


def readable_without_key(records: Path) -> int:
    """Return how many stored rows of a record store decode as events as they stand: sealed ones do not."""
    with closing(sqlite3.connect(f"file:{records}?mode=ro", uri=True)) as db:
        return sum(_decodes(sealed) for (sealed,) in db.execute("SELECT sealed FROM record"))


def _decodes(sealed: bytes) -> bool:
    for candidate in (sealed, sealed[NONCE_BYTES:-TAG_BYTES]):
        try:
            decode_event(candidate)
        except BadEventError:
            continue
        return True
    return False


def _opens(wraps: Wraps, vault: Vault) -> bool:
    try:
        vault.open(wraps)
    except (KeyGoneError, SealingError):
        return False
    return True
