"""The capture format of OSDP (`.osdpcap`, version 1, as libosdp-conformance describes it): JSON, one record a line.

Belongs here: lines to records and back, pure. Does not belong here: what the bytes mean (trace.py), opening files.
"""

import json
from dataclasses import dataclass, field
from typing import Any, Final

TRACE_VERSION: Final = "1"
MOST_RECORD_BYTES: Final = 65_536
"""A record is a message or a few; more in one line is not a capture of a bus."""
_NS_PER_S: Final = 1_000_000_000
_BOTH_DIRECTIONS: Final = "trace"
_SEPARATORS: Final = str.maketrans("-:", "  ")
"""Some tools write these between bytes, where the format has spaces."""


class CaptureError(ValueError):
    """A line that is no record, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Record:
    """Bytes off the wire, as they were caught. `at_ns`: since 1970, in ns; `io`: `input`, `output` or `trace`."""

    at_ns: int
    io: str
    data: bytes = field(repr=False)


def record_of(line: str) -> Record:
    """Return the record of one line. Raises CaptureError.

    What is not needed is not looked at: other tools leave fields out or add some.
    """
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CaptureError("not JSON") from error
    if not isinstance(row, dict):
        raise CaptureError("not a JSON object")
    return Record(_time(row), _io(row), _data(row))


def line_of(record: Record, source: str) -> str:
    """Return the line of a record, without its end. `source`: which tool made it."""
    return json.dumps(
        {
            "timeSec": str(record.at_ns // _NS_PER_S),
            "timeNano": f"{record.at_ns % _NS_PER_S:09d}",
            "io": record.io,
            "data": record.data.hex(" "),
            "osdpTraceVersion": TRACE_VERSION,
            "osdpSource": source,
        }
    )


def _time(row: dict[str, Any]) -> int:
    try:
        return int(row.get("timeSec", 0)) * _NS_PER_S + int(row.get("timeNano", 0))
    except (TypeError, ValueError, OverflowError) as error:
        raise CaptureError("timeSec and timeNano are not whole numbers") from error


def _io(row: dict[str, Any]) -> str:
    io = row.get("io", _BOTH_DIRECTIONS)
    if not isinstance(io, str):
        raise CaptureError("io is not a text")
    return io


def _data(row: dict[str, Any]) -> bytes:
    text = row.get("data")
    if not isinstance(text, str):
        raise CaptureError("there is no data, or it is not a text")
    try:
        data = bytes.fromhex(text.translate(_SEPARATORS))
    except ValueError as error:
        raise CaptureError("data is not hexadecimal") from error
    if len(data) > MOST_RECORD_BYTES:
        raise CaptureError(f"more than {MOST_RECORD_BYTES} bytes in one record")
    return data
