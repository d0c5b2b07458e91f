"""A commissioning report on paper, as PDF. Needs the part `report` (typst).

Belongs here: rendering. Does not belong here: what the report says (report.py), or its look (document.typ).
"""

import importlib.util
from importlib.resources import files

import msgspec

from edge.commissioning.report import Report, digest, encode, in_groups


class NoRendererError(Exception):
    """The part that makes PDFs is not installed; the message says how to get it."""


def render(report: Report) -> bytes:
    """Return `report` as a PDF that names the digest of its JSON file. Raises NoRendererError."""
    if importlib.util.find_spec("typst") is None:
        raise NoRendererError("a PDF needs what `make install` brings: run it in the clone of this program")
    import typst  # noqa: PLC0415  only who wants paper carries it

    shown = msgspec.structs.replace(
        report, began_at=report.began_at.replace(microsecond=0), ended_at=report.ended_at.replace(microsecond=0)
    )
    source = files("edge.commissioning").joinpath("document.typ").read_bytes()
    inputs = {
        "report": msgspec.json.encode(shown).decode(),
        "report_sha256": in_groups(digest(encode(report))),
        "site_file_sha256": in_groups(report.site_file_sha256),
    }
    pdf = typst.compile(source, sys_inputs=inputs)
    if not isinstance(pdf, bytes):
        raise TypeError("typst made more than one document")
    return pdf
