"""The truth of a log: everybody is where his last row led him."""

from contract.ids import AccessPointId
from contract.site import parse_site
from sacs.replay.bookkeeping import Bookkeeping
from sacs.replay.holders import NOBODY_NAMED, Holders
from sacs.replay.passage_log import RecordedPassage

SITE = parse_site("""
area = [{ id = "hq" }, { id = "lab" }, { id = "outside" }]
access_point = [
  { id = "in", from = "outside", to = "hq" },
  { id = "out", from = "hq", to = "outside" },
  { id = "lab", from = "hq", to = "lab" },
  { id = "here", from = "any", to = "hq" },
]
""")


def after(holders: Holders, *rows: tuple[str, str]) -> tuple[int, dict[str, int]]:
    book = Bookkeeping(SITE, holders)
    for credential, point in rows:
        book.passed(RecordedPassage(0, credential, AccessPointId(point), 2))
    return book.present, {area: count for area, count in book.by_area.items() if count}


def test_each_person_counts_once_where_the_last_row_led() -> None:
    rows = [("ann", "in"), ("ann", "in"), ("ann", "lab"), ("bob", "out"), ("cy", "here"), ("dee", "in"), ("dee", "out")]
    assert after(NOBODY_NAMED, *rows) == (2, {"lab": 1, "hq": 1})


def test_two_credentials_of_one_person_are_one() -> None:
    holders = Holders({"a1": "ann", "a2": "ann"}, {})
    assert after(holders, ("a1", "in"), ("a2", "lab")) == (1, {"lab": 1})
    assert after(holders, ("a1", "in"), ("a2", "out")) == (0, {})
