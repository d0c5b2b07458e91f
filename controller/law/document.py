"""The law report on paper, as PDF by typst: nothing is left on a disk.

Belongs here: rendering. Does not belong here: what the report says (rows.py), or its look (document.typ).
"""

from importlib.resources import files
from typing import Final

import msgspec
import typst

from controller.law.report import Report

_IN_GROUPS: Final = 8


def render(report: Report) -> bytes:
    """Return `report` as a PDF. Takes a second or so: not for the event loop."""
    source = files("controller.law").joinpath("document.typ").read_bytes()
    inputs = {
        "report": msgspec.json.encode(report).decode(),
        "key": _in_groups(report.ledger.key),
        "hash": _in_groups(report.ledger.hash),
        "places": _in_groups(report.places_sha256),
    }
    pdf = typst.compile(source, sys_inputs=inputs)
    if not isinstance(pdf, bytes):
        raise TypeError("typst made more than one document")
    return pdf


def _in_groups(digits: str) -> str:
    """Return hexadecimal digits in groups, for reading out and comparing."""
    return " ".join(digits[at : at + _IN_GROUPS] for at in range(0, len(digits), _IN_GROUPS))
