"""The numbered copy on paper: a list of names as PDF, with its watermark on every page. In memory only.

Belongs here: rendering. Does not belong here: who is on it, or its look (copy.typ).
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import msgspec
import typst

from contract.clock import to_datetime
from controller.domain.disclosure import Copy, Form, short_code
from controller.domain.muster.person import State
from controller.domain.need import Need
from controller.domain.obstacle import ObstacleError

LOOKED_FOR: Final = frozenset({State.MISSING, State.CONTRADICTED})
"""Who is on a list of persons not accounted for, and first on a warden's list."""
_TITLES: Final = {
    Form.PRINT: "Persons not accounted for",
    Form.FILE: "Persons not accounted for",
    Form.WARDENS_LIST: "Warden's list",
    Form.HAND_OVER: "Hand-over of persons not accounted for",
}
_STATES: Final[Mapping[State | None, str]] = {
    State.MISSING: "Missing",
    State.ACCOUNTED: "Accounted for",
    State.STAYING: "Stays by order",
    State.CONTRADICTED: "Contradicted",
    State.LEFT: "Left",
    State.FOUND: "Found",
}
_NEEDS: Final = {
    Need.NONE: "",
    Need.EVACUATION_CHAIR: "Needs an evacuation chair",
    Need.GUIDE: "Needs a guide",
    Need.TOLD_IN_PERSON: "Must be told in person",
}
_STANDING_ORDER: Final = "STANDING ORDER"
_SOURCE: Final = files("controller.service.disclosing").joinpath("copy.typ").read_bytes()


class DocumentError(ObstacleError):
    """The document could not be made. It says no more: what went wrong could quote a name."""


@dataclass(frozen=True)
class Line:
    """One person as a recipient is told: no times, no gates. `area`: where he was last; `photo`: JPEG, or empty.

    `state`: what the roll call says of him; `needs`: what he needs in an evacuation, if he asked to be listed.
    """

    name: str
    category: str
    area: str
    photo: bytes = b""
    state: State | None = None
    needs: Need = Need.NONE

    def __repr__(self) -> str:
        """Name nobody."""
        return "<line of a list>"


def render(copy: Copy, lines: Sequence[Line], site: str) -> bytes:
    """Return the PDF of a copy. Takes seconds for ten thousand names: run it beside the loop. Raises DocumentError."""
    ordered = sorted(lines, key=_order)
    photos = {str(at): _as_text(line.photo) for at, line in enumerate(ordered) if line.photo}
    try:
        return _compile(copy, ordered, site, photos)
    except DocumentError:
        if not photos:
            raise
    return _compile(copy, ordered, site, {})  # a photo that can not be shown must not cost the names


def _order(line: Line) -> tuple[bool, str, bool, str]:
    """Whoever is looked for stands before whoever is found; within each, by area, those who need help first."""
    return line.state not in LOOKED_FOR, line.area, line.needs is Need.NONE, line.name


def _as_text(jpeg: bytes) -> str:
    """Return a photo as SVG, for what is handed over in memory must be text."""
    data = base64.b64encode(jpeg).decode()
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="240" height="320"><image width="240" height="320" href="'
    return f'{head}data:image/jpeg;base64,{data}"/></svg>'


def _compile(copy: Copy, lines: Sequence[Line], site: str, photos: Mapping[str, str]) -> bytes:
    content = {
        "title": _TITLES[copy.form],
        "site": site,
        "operation": short_code(copy.operation),
        "copy": copy.number,
        "officer": _STANDING_ORDER if copy.officer is None else short_code(copy.officer),
        "made": to_datetime(copy.made_ns).strftime("%Y-%m-%d %H:%M UTC"),
        "persons": len(lines),
        "stays": copy.form is Form.HAND_OVER,
        "rows": [
            (line.name, line.category, line.area, _STATES.get(line.state, ""), _NEEDS[line.needs]) for line in lines
        ],
        "photos": photos,
    }
    try:
        pdf = typst.compile(_SOURCE, sys_inputs={"content": msgspec.json.encode(content).decode()})
    except (RuntimeError, ValueError):
        pdf = None
    if not isinstance(pdf, bytes):
        raise DocumentError("no-paper", "the list could not be put on paper: try again, and call a technician")
    return pdf
