"""Times as logs write them. ISO 8601 says what it is; of all others the whole column decides, or `--time-format`.

Belongs here: from texts to moments. Does not belong here: which column they stand in (table.py).
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from contract.clock import from_datetime

_YEAR_FIRST: Final = ("%Y/%m/%d", "%Y.%m.%d")
_DAY_FIRST: Final = (
    *("%d.%m.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%d-%m-%y"),
    *("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y"),
)
_MONTH_FIRST: Final = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y", "%b %d %Y", "%b %d, %Y", "%B %d, %Y")
_CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p")
_EPOCH_S: Final = 10
_EPOCH_MS: Final = 13
Read = Callable[[str], int]


class NoTimeError(ValueError):
    """A text that is no time, or a column of them that can be read in two ways; the message says what would do."""


def parse_time(text: str) -> int:
    """Return an ISO 8601 time in ns since 1970-01-01 UTC; UTC where it carries no offset. Raises ValueError."""
    return _ns(datetime.fromisoformat(text))


def reader_of(texts: Iterable[str], time_format: str | None = None) -> Read:
    """Return what reads the times of a column, in ns since 1970-01-01 UTC; it raises NoTimeError for what is none.

    `time_format`: as for strptime; without one, ISO 8601 or the one form that fits most of `texts`. Raises NoTimeError
    where days and months can not be told apart and some time would be another one.
    """
    if time_format is not None:
        return _by_format((time_format,))
    other = [text for text in dict.fromkeys(texts) if text and not _is_iso(text)]
    if not other:
        return _iso
    fitting = {form: _fits(form, other) for form in (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST)}
    most = max(fitting.values())
    chosen = [form for form, count in fitting.items() if count == most] if most else []
    if len(chosen) > 1:
        raise NoTimeError(
            f"{other[0]!r} can be two dates: say --time-format '%d/%m/%Y %H:%M:%S' or '%m/%d/%Y %H:%M:%S'"
        )
    return _by_format(_formats(chosen[0])) if chosen else _iso


def _formats(dates: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{date}{between}{clock}" for date in dates for clock in _CLOCKS for between in (" ", "T"))


def _fits(dates: tuple[str, ...], texts: Iterable[str]) -> int:
    formats, count = _formats(dates), 0
    for text in texts:
        formats = _first_that_fits(formats, text)
        count += _try(formats[0], text) is not None
    return count


def _by_format(formats: tuple[str, ...]) -> Read:
    likely = list(formats)

    def read(text: str) -> int:
        for at, each in enumerate(likely):
            found = _try(each, text)
            if found is not None:
                if at:  # the next row is mostly written like this one
                    likely.insert(0, likely.pop(at))
                return _ns(found)
        return _iso(text)

    return read


def _first_that_fits(formats: tuple[str, ...], text: str) -> tuple[str, ...]:
    for each in formats:
        if _try(each, text) is not None:
            return (each, *(other for other in formats if other != each))
    return formats


def _try(time_format: str, text: str) -> datetime | None:
    try:
        return datetime.strptime(text, time_format)  # noqa: DTZ007  UTC is what _ns gives to it
    except ValueError:
        return None


def _is_iso(text: str) -> bool:
    try:
        _iso(text)
    except NoTimeError:
        return False
    return True


def _iso(text: str) -> int:
    try:
        if text.isdecimal() and len(text) in {_EPOCH_S, _EPOCH_MS}:
            return int(text) * (10**9 if len(text) == _EPOCH_S else 10**6)
        return parse_time(text)
    except (ValueError, OverflowError):
        raise NoTimeError(f"{text!r} is no time: write 2026-01-31 07:30:00 or ISO 8601, UTC") from None


def _ns(at: datetime) -> int:
    return from_datetime(at if at.tzinfo else at.replace(tzinfo=UTC))
