from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel import Locale

from web.formats import Formats

ZURICH = ZoneInfo("Europe/Zurich")
ENGLISH = Formats(Locale("en"), ZURICH)
ARABIC = Formats(Locale("ar"), ZURICH)
SUMMER = datetime(2026, 7, 1, 22, 30, 5, tzinfo=UTC)
WINTER = datetime(2026, 11, 21, 14, 22, 5, tzinfo=UTC)


def test_times_show_in_the_zone_of_the_site() -> None:
    assert (ENGLISH.clock(SUMMER), ENGLISH.clock(WINTER)) == ("00:30:05", "15:22:05")
    assert ENGLISH.short_clock(WINTER) == "15:22"
    assert ENGLISH.zone_name(SUMMER) == "Central European Summer Time"


def test_a_moment_of_another_day_says_which() -> None:
    assert ENGLISH.moment(WINTER, WINTER) == "15:22:05"
    assert ENGLISH.moment(WINTER - timedelta(days=1), WINTER) == "Nov 20 15:22:05"
    # 22:30 UTC is the next day in Zurich.
    assert ENGLISH.moment(SUMMER, SUMMER - timedelta(hours=2)) == "Jul 2 00:30:05"


def test_digits_are_the_same_in_all_languages() -> None:
    assert (ENGLISH.number(18342), ARABIC.number(18342)) == ("18,342", "18,342")
    assert ARABIC.clock(WINTER) == "15:22:05"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "0 sec"),
        (0, "0 sec"),
        (59.9, "59 sec"),
        (60, "1 min"),
        (214, "3 min 34 sec"),
        (3600, "1 hr"),
        (3661, "1 hr 1 min"),
        (86400, "1 day"),
        (30 * 86400, "30 days"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert ENGLISH.span(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(-3, "0:00"), (9.9, "0:09"), (249, "4:09"), (3600, "1 hr")])
def test_a_countdown_counts_in_minutes_and_seconds(seconds: float, said: str) -> None:
    assert ENGLISH.countdown(seconds) == said
