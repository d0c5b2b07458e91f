"""CSV files as they come: other column names, other separators, compressed, with a byte order mark.

What can be meant in one way only is taken so; what can be meant in two is refused with the option that decides it.
Belongs here: from bytes to rows of text. Does not belong here: what a row means (passage_log.py, holders.py).
"""

import csv
import gzip
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

_GZIP: Final = b"\x1f\x8b"
_SEPARATORS: Final = ",;\t|"
_ALSO_CALLED: Final[Mapping[str, frozenset[str]]] = {
    "at": frozenset({"time", "timestamp", "datetime", "dateandtime", "eventtime", "eventdatetime"}),
    "credential": frozenset(
        {"badge", "badgeid", "badgenumber", "card", "cardid", "cardnumber", "credentialid", "proxcard", "proxid", "tag"}
    ),
    "access_point": frozenset({"accesspointid", "reader", "readerid", "gate", "gatename", "door", "doorname"}),
    "holder": frozenset({"person", "holderid", "employee", "employeeid"}),
    "replaces": frozenset({"replaced", "replacesid"}),
    "result": frozenset({"accessresult", "outcome", "decision"}),
}
"""Other names under which a column is known, without spaces and signs. Whatever else it is called, `--columns` says."""
Columns = Mapping[str, Sequence[str]]
"""Our name of a column -> the header's names of it: several are put together with a space between."""


class InputFileError(ValueError):
    """A file that can not be used; the message names the line and says what would do."""


def columns_of(text: str) -> Columns:
    """Return what `--columns at=Date+Time,credential=Badge` says. Raises ValueError with what would do."""
    found: dict[str, list[str]] = {}
    for part in text.split(",") if text else ():
        ours, _, theirs = part.partition("=")
        ours = ours.strip()
        if ours not in _ALSO_CALLED or not theirs.strip():
            raise ValueError(f"{part!r}: write at=Date+Time,credential=Badge,access_point=Door")
        found[ours] = [name.strip() for name in theirs.split("+")]
    return found


def read_rows(
    path: Path, columns: Sequence[str], needed: Collection[str], named: Columns | None = None
) -> Iterator[tuple[int, list[str] | None]]:
    """Yield line number and the values of `columns` of each row, "" for what is not there; None for a row too short.

    `named`: what `--columns` says. Raises InputFileError if a `needed` column is missing, OSError.
    """
    text = _text(path)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=_separator(text, columns, named or {}))
    try:
        header = [name.strip() for name in next(reader, [])]
        places = {column: _places(path, header, column, named or {}) for column in columns}
        if missing := [column for column in needed if not places[column]]:
            message = (
                f"{path}, line 1: no column {', '.join(missing)}; the first line names {', '.join(columns)}, or "
                f"--columns tells what they are called (it names: {', '.join(header) or 'nothing'})"
            )
            raise InputFileError(message)
        least = 1 + max(max(places[column]) for column in needed)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) < least:
                yield reader.line_num, None
                continue
            yield reader.line_num, [_cell(row, places[column]) for column in columns]
    except csv.Error as error:
        raise InputFileError(f"{path}, line {reader.line_num + 1}: {error}") from error


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        if data.startswith(_GZIP):
            data = gzip.decompress(data)
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        raise InputFileError(f"{path} is compressed and damaged: {error}") from error
    except UnicodeDecodeError as error:
        line = 1 + data[: error.start].count(b"\n")
        raise InputFileError(f"{path}, line {line}: not UTF-8: convert the file, or save it as UTF-8") from error


def _separator(text: str, columns: Sequence[str], named: Columns) -> str:
    """Return the separator with which the first line names most of the columns; the comma where none does better."""
    first = text.split("\n", 1)[0]

    def named_by(separator: str) -> int:
        header = [name.strip() for name in next(csv.reader([first], delimiter=separator), [])]
        return sum(bool(_matching(header, column, named)) for column in columns)

    return max(_SEPARATORS, key=named_by)


def _matching(header: Sequence[str], column: str, named: Columns) -> list[list[int]]:
    """Return where a column can stand: each way to read the header as a list of places."""
    if column in named:
        wanted = named[column]
        places = [[at for at, name in enumerate(header) if name.casefold() == each.casefold()] for each in wanted]
        return [[place[0] for place in places]] if all(places) else []
    if column in header:
        return [[header.index(column)]]
    plain = [_plain(name) for name in header]
    if _plain(column) in plain:
        return [[at] for at, name in enumerate(plain) if name == _plain(column)]
    return [[at] for at, name in enumerate(plain) if name in _ALSO_CALLED[column]]


def _places(path: Path, header: Sequence[str], column: str, named: Columns) -> list[int]:
    found = _matching(header, column, named)
    if len(found) > 1:
        names = " or ".join(repr(header[places[0]]) for places in found)
        raise InputFileError(f"{path}, line 1: column {column} can be {names}: say --columns {column}=NAME")
    return found[0] if found else []


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _cell(row: Sequence[str], places: Sequence[int]) -> str:
    return " ".join(row[at].strip() for at in places if at < len(row)).strip()
