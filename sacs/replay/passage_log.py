"""A recorded log of passages: CSV with the columns `at`, `credential`, `access_point`; further ones are ignored.

Times are ISO 8601 or `YYYY-MM-DD HH:MM:SS`, UTC where no offset is given. Rows may stand in any order; equal times keep
the order of the file. Belongs here: reading that file. Does not belong here: what a passage causes.
"""

import csv
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from contract.clock import from_datetime
from contract.ids import AccessPointId

_COLUMNS: Final = ("at", "credential", "access_point")


class InputFileError(ValueError):
    """A file that can not be used; the message names the line and says what would do."""


class RecordedPassage(NamedTuple):
    """One row: somebody passed. `at_ns` in nanoseconds since 1970-01-01 UTC, `line` in the file."""

    at_ns: int
    credential: str
    access_point: AccessPointId
    line: int


class Recording(NamedTuple):
    """All rows of a log by time; `out_of_order` tells how many of them stood after a later one in the file."""

    passages: list[RecordedPassage]
    out_of_order: int


def read_log(path: Path, access_points: Collection[AccessPointId]) -> Recording:
    """Read a log of passages at `access_points`. Raises InputFileError, OSError."""
    passages: list[RecordedPassage] = []
    out_of_order = latest_ns = 0
    for line, (at, credential, point) in read_rows(path, _COLUMNS, _COLUMNS):
        at_ns = _time(path, line, at)
        if not credential:
            raise InputFileError(f"{path}, line {line}: no credential: say whose passage it was")
        if point not in access_points:
            raise InputFileError(f"{path}, line {line}: access point {point!r} is not in the site file")
        out_of_order += at_ns < latest_ns
        latest_ns = max(latest_ns, at_ns)
        passages.append(RecordedPassage(at_ns, credential, AccessPointId(point), line))
    if not passages:
        raise InputFileError(f"{path} has no rows: there is nothing to play")
    passages.sort(key=lambda passage: passage.at_ns)
    return Recording(passages, out_of_order)


def read_rows(path: Path, columns: Collection[str], needed: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and the values of `columns` of each row of a CSV file with a header; "" for what is not there.

    Raises InputFileError if a `needed` column is missing, or a row ends before it; OSError.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        try:
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in needed if name not in header]
            if missing:
                message = f"{path}, line 1: no column {', '.join(missing)}; the first line names {', '.join(columns)}"
                raise InputFileError(message)
            places = [header.index(name) if name in header else None for name in columns]
            least = 1 + max(header.index(name) for name in needed)
            for row in reader:
                if not row:
                    continue
                if len(row) < least:
                    raise InputFileError(f"{path}, line {reader.line_num}: {len(row)} values, {least} are needed")
                yield reader.line_num, [row[p].strip() if p is not None and p < len(row) else "" for p in places]
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputFileError(f"{path}, line {reader.line_num + 1}: {error}") from error


def parse_time(text: str) -> int:
    """Return a time in nanoseconds since 1970-01-01 UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return from_datetime(at if at.tzinfo else at.replace(tzinfo=UTC))


def _time(path: Path, line: int, text: str) -> int:
    try:
        return parse_time(text)
    except ValueError:
        message = f"{path}, line {line}: {text!r} is no time: write 2026-01-31 07:30:00 or ISO 8601, UTC"
        raise InputFileError(message) from None
