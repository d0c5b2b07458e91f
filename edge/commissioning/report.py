"""The report of a commissioning check: findings, a verdict, and what a person still has to look at.

Belongs here: the report's shape and its text as a file. Does not belong here: its look on paper (document.py).
"""

import hashlib
from datetime import datetime
from typing import Final

import msgspec

from contract.ids import EdgeId, SiteId
from edge.commissioning.by_hand import Point
from edge.commissioning.finding import Finding, Verdict

FORMAT: Final = 2


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One commissioning check of one gate. Times are aware UTC; holds no secret.

    `site_file_sha256`: of the site file that the gate was checked against. `simulated`: which devices are programs and
    no hardware; with any, the report certifies no gate. `remarks`: what was left out, and what is odd.
    """

    format: int = FORMAT
    site: SiteId
    site_file_sha256: str
    gate: EdgeId
    gate_name: str
    verdict: Verdict
    began_at: datetime
    ended_at: datetime
    program: str
    machine: str
    findings: list[Finding]
    simulated: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    by_hand: tuple[Point, ...]

    def count(self, verdict: Verdict) -> int:
        """Return how many findings ended with `verdict`."""
        return sum(finding.verdict is verdict for finding in self.findings)


def encode(report: Report) -> bytes:
    """Return `report` as the JSON file that is kept, and whose digest stands on the paper that is signed."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def digest(data: bytes) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def in_groups(hexadecimal: str) -> str:
    """Return a digest in groups of four digits, as it is read aloud and compared."""
    return " ".join(hexadecimal[start : start + 4] for start in range(0, len(hexadecimal), 4))
