"""What an auditor's machine finds in a copy of a ledger, with nothing but the controller's public key.

Belongs here: reading the copy once and saying what is in it and whether it is whole. Does not belong here: a ledger in
use (ledger.py), printing (sacs/).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.clock import to_datetime
from contract.ids import ControllerId
from controller.ledger.entry import LedgerError, check_lines
from controller.ledger.head import read_head
from controller.ledger.kinds import KINDS
from controller.ledger.ledger import complete_lines, whole_bytes

_PRINTED: Final = re.compile(r"(\d{1,18}):([0-9a-fA-F]{64})")


@dataclass(frozen=True)
class SeenEnd:
    """Where somebody has seen the ledger end: `line_hash` of entry `number`; `source` says who, `at` when if known."""

    source: str
    number: int
    line_hash: str
    at: str = ""


@dataclass(frozen=True)
class LedgerReport:
    """What was found; where a line was altered, in the lines before it.

    `altered`: what is wrong, or nothing. `back_at`: numbers of entries that say an earlier time than the one before.
    `missing`: ends that were seen and are not in the copy. `half_line`: a last line without end, which a copy of a
    living ledger may have, was left out.
    """

    entries: int
    first_at: str
    last_at: str
    last_hash: str
    altered: str
    half_line: bool
    counts: dict[str, int]
    back_at: list[int] = field(default_factory=list)
    seen: list[SeenEnd] = field(default_factory=list)
    missing: list[SeenEnd] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether there are entries, nothing was altered, and nothing is gone that any of the given ends has seen."""
        return self.entries > 0 and not self.altered and not self.missing

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it and nobody has seen anything: then nothing can be checked."""
        return not self.entries and not self.altered and not self.missing

    def by_class(self) -> dict[str, int]:
        """Return how many entries there are of each class; of a kind that this version does not know, as `unknown`."""
        found: Counter[str] = Counter()
        for word, count in self.counts.items():
            found[KINDS[word].entry_class.value if word in KINDS else "unknown"] += count
        return dict(found)


def seen_end(said: str, controller: ControllerId, key: Ed25519PublicKey) -> SeenEnd:
    """Return the end that `said` names: NUMBER:HASH as printed, or the path of a head that a witness kept.

    Raises ValueError, contract.signing.SignatureError, OSError.
    """
    printed = _PRINTED.fullmatch(said)
    if printed:
        return SeenEnd("as given", int(printed[1]), printed[2].lower())
    path = Path(said)
    if ":" in said and not path.exists():
        raise ValueError(f"{said}: an end is NUMBER:HASH with 64 hexadecimal digits, or a witness's file")
    head = read_head(path.read_bytes(), controller, key)
    return SeenEnd(said, head.number, head.line_hash.hex(), to_datetime(head.at_ns).isoformat())


def report_on(
    path: Path, controller: ControllerId, key: Ed25519PublicKey, seen: Sequence[SeenEnd] = ()
) -> LedgerReport:
    """Read the copy at `path`. Raises OSError."""
    whole = whole_bytes(path)
    half_line = path.stat().st_size > whole
    counts: Counter[str] = Counter()
    hashes: dict[int, str] = {}
    wanted = {end.number for end in seen}
    back_at: list[int] = []
    entries, first_at, last_at, last_hash, altered, kind = 0, "", "", "", "", ""
    try:
        for entry, line_hash in check_lines(complete_lines(path, whole), controller, key):
            entries, last_hash, kind = entry.number, line_hash, entry.kind
            counts[kind] += 1
            if entry.at < last_at:
                back_at.append(entry.number)
            first_at, last_at = first_at or entry.at, entry.at
            if entry.number in wanted:
                hashes[entry.number] = line_hash
    except LedgerError as error:
        altered = str(error)
        if entries > error.sound:  # the altered line itself
            entries = error.sound
            counts[kind] -= 1
    missing = [end for end in seen if end.number and hashes.get(end.number) != end.line_hash]
    return LedgerReport(
        entries, first_at, last_at, last_hash, altered, half_line, dict(counts), back_at, list(seen), missing
    )
