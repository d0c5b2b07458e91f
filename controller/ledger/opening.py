"""Opening a ledger at start, also one that somebody altered.

A controller that one flipped bit of its ledger could stop would leave an emergency without a headcount. An altered file
is set aside as it is, for the investigators; what stands before the altered line goes on as the ledger, and the breach
is its next entry. The same happens to the ledger of another identity: a controller with another signing key is another
controller, and its ledger begins anew. Belongs here: that. Does not belong here: a ledger that was cut off at its end,
which only a witness can tell (service/witness.py).
"""

import hashlib
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.ids import ControllerId
from controller.files import fsync_folder, make_private_folder, write_atomically
from controller.ledger.entry import LedgerError, check_lines
from controller.ledger.ledger import Ledger, complete_lines

ALTERED: Final = "ledger-altered"


def open_ledger(path: Path, controller: ControllerId, signer: Ed25519PrivateKey, now_ns: int) -> tuple[Ledger, bool]:
    """Return the ledger at `path`, and whether it was altered. Raises OSError.

    The public key is laid beside it (hexadecimal), for an auditor to compare with the one on paper.
    """
    key_file, key = path.with_suffix(".key"), signer.public_key().public_bytes_raw().hex().encode() + b"\n"
    if not key_file.exists() or key_file.read_bytes() != key:
        make_private_folder(path.parent)
        write_atomically(key_file, key)
    try:
        return Ledger(path, controller, signer), False
    except LedgerError as error:
        sound = error.sound
    aside = next(name for name in _names(path) if not name.exists())
    os.link(path, aside)  # and not renamed: a crash from here on begins again with the whole file
    fsync_folder(path.parent)
    if not _is_own(path, controller, signer):
        sound = 0
    ledger = None
    while ledger is None:
        write_atomically(path, b"".join(line + b"\n" for line in islice(complete_lines(aside), sound)))
        try:
            ledger = Ledger(path, controller, signer)
        except LedgerError as error:  # an altered line that stood last, or behind one that can not even be read
            sound = error.sound
    ledger.append(ALTERED, now_ns, line=sound + 1, set_aside=aside.name, sha256=_sha256(aside))
    return ledger, True


def _is_own(path: Path, controller: ControllerId, signer: Ed25519PrivateKey) -> bool:
    """Return whether the first line is signed by this identity; else none is."""
    try:
        list(check_lines(islice(complete_lines(path), 1), controller, signer.public_key()))
    except LedgerError:
        return False
    return True


def _names(path: Path) -> Iterator[Path]:
    number = 1
    while True:
        yield path.with_name(f"{path.stem}-altered-{number}{path.suffix}")
        number += 1


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
