"""A commissioning report on paper, as PDF. Needs the part `report` (typst).

Belongs here: rendering. Does not belong here: what the report says (report.py), or its look (document.typ).
"""

import importlib.util
from importlib.resources import files

import msgspec

from edge.commissioning.report import Report


class NoRendererError(Exception):
    """The part that makes PDFs is not installed; the message says how to get it."""


def render(report: Report) -> bytes:
    """Return `report` as a PDF. Raises NoRendererError."""
    if importlib.util.find_spec("typst") is None:
        raise NoRendererError("a PDF needs the part `report`: pip install 'sacs[report]'")
    import typst  # noqa: PLC0415  only who wants paper carries it

    shown = msgspec.structs.replace(
        report, began_at=report.began_at.replace(microsecond=0), ended_at=report.ended_at.replace(microsecond=0)
    )
    source = files("edge.commissioning").joinpath("document.typ").read_bytes()
    pdf = typst.compile(source, sys_inputs={"report": msgspec.json.encode(shown).decode()})
    if not isinstance(pdf, bytes):
        raise TypeError("typst made more than one document")
    return pdf
