"""The report of one operation on paper: figures, no names. In memory only.

Belongs here: rendering. Does not belong here: the figures (operation_reports.py), or the look (operation_report.typ).
"""

from importlib.resources import files
from typing import Final

import msgspec
import typst

from controller.service.operating.operation_reports import OperationReport

_SOURCE: Final = files("controller.service.operating").joinpath("operation_report.typ").read_bytes()


class PaperError(Exception):
    """The report could not be put on paper."""


def on_paper(report: OperationReport, site: str) -> bytes:
    """Return the PDF of a report. Takes half a second: run it beside the loop. Raises PaperError."""
    content = msgspec.to_builtins(report) | {"site": site, "lasted_s": report.lasted_s}
    try:
        pdf = typst.compile(_SOURCE, sys_inputs={"content": msgspec.json.encode(content).decode()})
    except (RuntimeError, ValueError) as error:
        raise PaperError("the report could not be put on paper: call a technician") from error
    if not isinstance(pdf, bytes):
        raise PaperError("the report could not be put on paper: call a technician")
    return pdf
