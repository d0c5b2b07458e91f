"""A recorded log of passages: CSV with the columns `at`, `credential`, `access_point`; further ones are ignored.

Times are UTC where no offset is given. Rows may stand in any order; equal times keep the order of the file. A row that
can not be used is left out, named and counted; so is one whose column `result`, if there is one, says that nobody was
let through. Belongs here: reading that file. Does not belong here: what a passage causes, how columns and times are
recognized (table.py, times.py).
"""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final, NamedTuple

from contract.ids import AccessPointId
from sacs.replay.table import Columns, InputFileError, read_rows
from sacs.replay.times import NoTimeError, reader_of

_NEEDED: Final = ("at", "credential", "access_point")
_COLUMNS: Final = (*_NEEDED, "result")
_DENIED: Final = re.compile(r"den(y|ied)|refus|reject|fail|invalid|not granted|no access", re.IGNORECASE)


class RecordedPassage(NamedTuple):
    """One row: somebody passed. `at_ns` in nanoseconds since 1970-01-01 UTC, `line` in the file."""

    at_ns: int
    credential: str
    access_point: AccessPointId
    line: int


class BadRow(NamedTuple):
    """A row that can not be used, and why."""

    line: int
    why: str


class Recording(NamedTuple):
    """All rows of a log by time. `out_of_order`: how many of them stood after a later one; `bad`: those left out."""

    passages: list[RecordedPassage]
    out_of_order: int
    bad: list[BadRow]


def read_log(
    path: Path,
    access_points: Collection[AccessPointId],
    columns: Columns | None = None,
    time_format: str | None = None,
) -> Recording:
    """Read a log of passages at `access_points`.

    `columns`: what `--columns` says. Raises InputFileError where no row can be used, OSError.
    """
    rows = list(read_rows(path, _COLUMNS, _NEEDED, columns))
    if not rows:
        raise InputFileError(f"{path} has no rows: there is nothing to play")
    try:
        time_of = reader_of((row[0] for _, row in rows if row is not None), time_format)
    except NoTimeError as error:
        raise InputFileError(f"{path}: {error}") from error
    passages: list[RecordedPassage] = []
    bad: list[BadRow] = []
    out_of_order = latest_ns = 0
    for line, row in rows:
        why = "it ends before the last column that is needed" if row is None else _wrong(row, access_points)
        at_ns = 0
        if row is not None and not why:
            try:
                at_ns = time_of(row[0])
            except NoTimeError as error:
                why = str(error)
        if row is None or why:
            bad.append(BadRow(line, why))
            continue
        out_of_order += at_ns < latest_ns
        latest_ns = max(latest_ns, at_ns)
        passages.append(RecordedPassage(at_ns, row[1], AccessPointId(row[2]), line))
    if not passages:
        raise InputFileError(f"{path}: no row can be used; line {bad[0].line}: {bad[0].why}")
    passages.sort(key=lambda passage: passage.at_ns)
    return Recording(passages, out_of_order, bad)


def _wrong(row: list[str], access_points: Collection[AccessPointId]) -> str:
    _, credential, point, result = row
    if not credential:
        return "no credential: say whose passage it was"
    if point not in access_points:
        return f"access point {point!r} is not in the site file"
    if _DENIED.search(result):
        return f"{result!r}: nobody was let through"
    return ""
