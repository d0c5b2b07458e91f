"""The gate's "still here" reader: who reads there starts a new cycle, and the record before dies on time all the same.

Through real gates, a real broker and a controller, on the clock of a log.
"""

from pathlib import Path

import pytest

from tests.e2e.replays import replay

SITE = """
area = [{ id = "hq" }]
access_point = [
  { id = "in", from = "outside", to = "hq" },
  { id = "out", from = "hq", to = "outside" },
  { id = "here", from = "any", to = "hq" },
]
"""
LOG = """at,credential,access_point
2027-01-15 08:10:00,ann,in
2027-01-15 08:20:00,bob,in
2027-01-16 07:10:00,ann,here
2027-01-17 06:10:00,ann,here
2027-01-17 09:00:00,ann,out
"""
AFTER_THE_FIRST = "2027-01-16T08:30:00"
LONG_AFTER = "2027-01-17T07:30:00"
AFTER_ALL = "2027-01-17T12:00:00"


@pytest.mark.slow
def test_who_reads_at_23_hours_stays_named_past_24_and_no_record_gets_that_old(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    (tmp_path / "log.csv").write_text(LOG)
    asked = [word for at in (AFTER_THE_FIRST, LONG_AFTER, AFTER_ALL) for word in ("--at", at)]
    report = replay(tmp_path, *asked)
    figures = {
        at: (area["hq"]["lowest"], area["hq"]["best"], area["hq"]["highest"]) for at, area in report["at"].items()
    }
    assert figures[AFTER_THE_FIRST] == (1, 2, 2), "Ann is named; Bob did not read again and is one unnamed"
    assert figures[LONG_AFTER][0] == 1, "and named still, two days after she came"
    assert figures[AFTER_ALL][0] == 0, "she has left; nobody knows of Bob"
    assert report["oldest_readable_s_max"] < 86400, "her first records are gone"
    assert report["overstays"] == 1
    assert report["anti_passback_violations"] == [], "an inside read is no second entry"
