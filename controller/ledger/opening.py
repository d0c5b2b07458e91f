"""Opening a ledger at start, also one that somebody altered.

A controller that one flipped bit of its ledger could stop would leave an emergency without a headcount. An altered file
is set aside as it is, for the investigators; what is still vouched for goes on as the ledger (rescue.py), the breach is
its next entry. The same happens to the ledger of another identity: a controller with another signing key is another
controller, and its ledger begins anew. Belongs here: that. Does not belong here: a ledger that was cut off at its end,
which only a witness can tell (service/witness.py).
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import to_datetime
from contract.ids import ControllerId
from controller.files import fsync_folder, make_private_folder, write_atomically
from controller.ledger.entry import FIRST, Entry, Fact, LedgerError, encode_line, hash_of
from controller.ledger.kinds import check
from controller.ledger.ledger import Ledger, complete_lines
from controller.ledger.rescue import Rescued, rescued

ALTERED: Final = "ledger-altered"


def open_ledger(path: Path, controller: ControllerId, signer: Ed25519PrivateKey, now_ns: int) -> tuple[Ledger, bool]:
    """Return the ledger at `path`, and whether it was altered. Raises OSError.

    The public key is laid beside it (hexadecimal), for an auditor to compare with the one on paper.
    """
    key_file, key = path.with_suffix(".key"), signer.public_key().public_bytes_raw().hex().encode() + b"\n"
    if not key_file.exists() or key_file.read_bytes() != key:
        make_private_folder(path.parent)
        write_atomically(key_file, key)
    with contextlib.suppress(LedgerError):
        return Ledger(path, controller, signer), False
    aside = next(name for name in _names(path) if not name.exists())
    os.link(path, aside)  # and not renamed: a crash from here on begins again with the whole file
    fsync_folder(path.parent)
    found = rescued(complete_lines(aside), controller, signer)
    write_atomically(
        path, b"".join(line + b"\n" for line in [*found.lines, _breach(found, aside, controller, signer, now_ns)])
    )
    return Ledger(path, controller, signer), True


def _breach(found: Rescued, aside: Path, controller: ControllerId, signer: Ed25519PrivateKey, now_ns: int) -> bytes:
    """Return the line behind those found: in one file with them, for a crash must not leave them without it."""
    pairs = zip_longest(complete_lines(aside), found.lines)
    facts: dict[str, Fact] = {
        "line": next(at for at, (was, is_) in enumerate(pairs, 1) if was != is_),
        "set_aside": aside.name,
        "sha256": _sha256(aside),
        "kept": found.kept,
    }
    check(ALTERED, facts)
    before = hash_of(found.lines[-1]) if found.lines else FIRST
    entry = Entry(len(found.lines) + 1, to_datetime(now_ns).isoformat(), before, ALTERED, facts)
    return encode_line(entry, controller, signer)


def _names(path: Path) -> Iterator[Path]:
    number = 1
    while True:
        yield path.with_name(f"{path.stem}-altered-{number}{path.suffix}")
        number += 1


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
