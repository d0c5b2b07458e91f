"""The numbered copy on paper: a list of names as PDF, with its watermark on every page. In memory only.

Belongs here: rendering. Does not belong here: who is on it, or its look (copy.typ).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import msgspec
import typst

from contract.clock import to_datetime
from controller.domain.disclosure import Copy, Form, short_code

_TITLES: Final = {
    Form.PRINT: "Persons not accounted for",
    Form.FILE: "Persons not accounted for",
    Form.WARDENS_LIST: "Warden's list",
    Form.HAND_OVER: "Hand-over of persons not accounted for",
}
_STANDING_ORDER: Final = "STANDING ORDER"
_SOURCE: Final = files("controller.service.disclosing").joinpath("copy.typ").read_bytes()


class DocumentError(Exception):
    """The document could not be made. It says no more: what went wrong could quote a name."""


@dataclass(frozen=True)
class Line:
    """One person as a recipient is told: no times, no gates. `area`: where he was last, in words."""

    name: str
    category: str
    area: str

    def __repr__(self) -> str:
        """Name nobody."""
        return "<line of a list>"


def render(copy: Copy, lines: Sequence[Line], site: str) -> bytes:
    """Return the PDF of a copy. Takes seconds for ten thousand names: run it beside the loop. Raises DocumentError."""
    rows = [(line.name, line.category, line.area) for line in sorted(lines, key=lambda line: (line.area, line.name))]
    content = {
        "title": _TITLES[copy.form],
        "site": site,
        "operation": short_code(copy.operation),
        "copy": copy.number,
        "officer": _STANDING_ORDER if copy.officer is None else short_code(copy.officer),
        "made": to_datetime(copy.made_ns).strftime("%Y-%m-%d %H:%M UTC"),
        "persons": len(rows),
        "stays": copy.form is Form.HAND_OVER,
        "rows": rows,
    }
    try:
        pdf = typst.compile(_SOURCE, sys_inputs={"content": msgspec.json.encode(content).decode()})
    except (RuntimeError, ValueError):
        pdf = None
    if not isinstance(pdf, bytes):
        raise DocumentError("the list could not be put on paper: try again, and call a technician")
    return pdf
