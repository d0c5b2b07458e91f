"""Numbers, times and spans in the words and order of a language, in one time zone.

Belongs here: formatting by Babel's locale data. Does not belong here: words of our own (catalogues). Digits are 0 to 9
in all languages: figures are compared across screens and read out over the radio.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_time, get_timezone_name
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_DAY_S: Final = 86400
_UNITS: Final = (
    ("duration-day", _DAY_S),
    ("duration-hour", _HOUR_S),
    ("duration-minute", _MINUTE_S),
    ("duration-second", 1),
)


class Formats:
    """Formats for one locale and zone. Moments are aware datetimes."""

    def __init__(self, locale: Locale, zone: ZoneInfo) -> None:
        self._locale: Final = locale
        self._zone: Final = zone

    def number(self, value: float) -> str:
        """`1234` as "1,234"."""
        return format_decimal(value, locale=self._locale)

    def clock(self, at: datetime) -> str:
        """The time of day to the second, 24 hours."""
        return format_time(at, "HH:mm:ss", tzinfo=self._zone, locale=self._locale)

    def clock_ms(self, at: datetime) -> str:
        """The time of day to the millisecond, 24 hours."""
        return format_time(at, "HH:mm:ss.SSS", tzinfo=self._zone, locale=self._locale)

    def percent(self, share: float) -> str:
        """`0.001` as "0.1%"."""
        return format_percent(share, "#,##0.#%", locale=self._locale)

    def short_clock(self, at: datetime) -> str:
        """The time of day to the minute, 24 hours."""
        return format_time(at, "HH:mm", tzinfo=self._zone, locale=self._locale)

    def day(self, at: datetime) -> str:
        """The day and month."""
        return format_skeleton("MMMd", at, tzinfo=self._zone, locale=self._locale)

    def date(self, at: datetime) -> str:
        """The day, month and year."""
        return format_skeleton("yMMMd", at, tzinfo=self._zone, locale=self._locale)

    def moment(self, at: datetime, now: datetime) -> str:
        """The time of day, with the date before it where that is not today's."""
        if at.astimezone(self._zone).date() == now.astimezone(self._zone).date():
            return self.clock(at)
        return f"{self.day(at)} {self.clock(at)}"

    def date_and_time(self, at: datetime) -> str:
        """The date with its year, and the time of day to the minute."""
        date = format_skeleton("yMMMd", at, tzinfo=self._zone, locale=self._locale)
        return f"{date} {self.short_clock(at)}"

    def span(self, seconds: float) -> str:
        """A span in its two largest units: "4 min 21 sec". Parts of a second are cut off."""
        rest = max(0, int(seconds))
        parts: list[str] = []
        for unit, size_s in _UNITS:
            count, rest = divmod(rest, size_s)
            if len(parts) < 2 and (count or (unit is _UNITS[-1][0] and not parts)):
                parts.append(format_unit(count, unit, length="short", locale=self._locale))
        return " ".join(parts)

    def countdown(self, seconds: float) -> str:
        """What is left, as minutes and seconds ("4:09"), from an hour on as a span."""
        left = max(0, int(seconds))
        if left >= _HOUR_S:
            return self.span(left)
        return f"{left // _MINUTE_S}:{left % _MINUTE_S:02d}"

    def zone_name(self, at: datetime) -> str:
        """What the zone is called at that moment."""
        return get_timezone_name(at.astimezone(self._zone), width="long", locale=self._locale)
