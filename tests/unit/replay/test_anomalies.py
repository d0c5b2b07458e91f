"""What a log contradicts: by hand, on the forms in which published logs have it."""

from itertools import count

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from contract.site import parse_site
from sacs.replay.anomalies import Audit
from sacs.replay.holders import NOBODY_NAMED, Holders
from sacs.replay.passage_log import RecordedPassage

NESTED = parse_site("""
area = [{ id = "building" }, { id = "floor", within = "building" }, { id = "vault", within = "floor" }]
access_point = [
  { id = "in", from = "outside", to = "building" },
  { id = "out", from = "building", to = "outside" },
  { id = "up", from = "building", to = "floor" },
  { id = "down", from = "floor", to = "building" },
  { id = "vault in", from = "floor", to = "vault" },
  { id = "vault out", from = "vault", to = "floor" },
  { id = "seen on floor", from = "any", to = "floor" },
  { id = "seen in building", from = "any", to = "building" },
]
""")
FLAT = parse_site("""
area = [{ id = "building" }, { id = "classified" }]
access_point = [
  { id = "prox-in-building", from = "outside", to = "building" },
  { id = "prox-in-classified", from = "building", to = "classified" },
  { id = "prox-out-classified", from = "classified", to = "building" },
]
""")
HOUR_NS = 3600 * NS_PER_S
MONDAY_NS = 1_767_571_200 * NS_PER_S  # 2026-01-05 00:00 UTC


def audit(rows: str, *, site: object = NESTED, holders: Holders = NOBODY_NAMED) -> Audit:
    """`rows`: `credential access point; ...`, one each minute from eight o'clock; `+N` goes on N hours later."""
    at_ns, line, passages = MONDAY_NS + 8 * HOUR_NS, count(2), []
    for row in rows.split(";"):
        credential, _, point = row.strip().partition(" ")
        if credential.startswith("+"):
            at_ns += int(credential) * HOUR_NS
            continue
        at_ns += 60 * NS_PER_S
        passages.append(RecordedPassage(at_ns, credential, AccessPointId(point), next(line)))
    return Audit(site, holders, passages)  # type: ignore[arg-type]


def found(rows: str, **given: object) -> list[tuple[int, str, str]]:
    """Line, kind and area of each anomaly."""
    return [(each.passage.line, each.kind.value, each.area) for each in audit(rows, **given).found]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("a in; a up; a vault in; a vault out; a down; a out", []),
        ("a out", [(2, "out-without-in", "building")]),
        ("a in; a in; a out", [(3, "in-twice", "building")]),
        ("a in; a up; a in; a out", [(4, "in-twice", "floor")]),
        ("a up; a down; a out", [(2, "inner-without-outer", "floor")]),
        ("a in; a vault in; a vault out; a down; a out", [(3, "inner-without-outer", "vault")]),
        ("a vault out; a down; a out", [(2, "out-without-in", "vault")]),
        ("a seen on floor; a down; a out", [(2, "inner-without-outer", "floor")]),
        ("a seen in building; a out", []),
        ("a in; a seen on floor; a down; a out", []),
        ("a in; a up; a out", [(4, "out-without-in", "building")]),
    ],
)
def test_one_person(rows: str, expected: list[tuple[int, str, str]]) -> None:
    assert found(rows) == expected


def test_an_inner_area_without_the_building_around_it_where_no_area_is_said_to_lie_within_another() -> None:
    rows = "a prox-in-classified; a prox-out-classified; b prox-out-classified"
    assert found(rows, site=FLAT) == [(2, "inner-without-outer", "classified"), (4, "out-without-in", "classified")]


ZONES = parse_site("""
area = [{ id = "lobby" }, { id = "lab" }]
access_point = [{ id = "1", from = "any", to = "lobby" }, { id = "2", from = "any", to = "lab" },
                { id = "gone", from = "any", to = "outside" }]
""")


def test_where_zones_alone_are_read_nobody_is_ever_read_leaving() -> None:
    days = "a 1; a 2; a 1; b 1; +24; a 1; a 2; +24; a 1; b 2"
    assert [(each.area, each.entries) for each in audit(days, site=ZONES).never_left] == [("", 5)]
    assert audit(days, site=ZONES).found == []
    assert audit(f"{days}; b gone", site=ZONES).never_left == []


def test_a_long_stay_contradicts_nothing() -> None:
    assert found("a in; +100; a out") == []


def test_a_replaced_credential_that_is_used_is_one_persons() -> None:
    holders = Holders({"a1": "ann", "a2": "ann"}, {"a1": "a2"})
    rows = "a1 in; a1 out; a2 in; a1 up; a2 down; a2 out; a1 in; a1 out"
    kind = "replaced-in-use"
    assert found(rows, holders=holders) == [(5, kind, "floor"), (8, kind, "building"), (9, kind, "outside")]


MONTH = ";".join("a in; a up; a down; b in; +4; a in; +20" for _ in range(20))


def test_a_month_in_which_nobody_badges_out_is_told_once_and_is_no_thousand_anomalies() -> None:
    told = audit(MONTH)
    assert told.found == []
    assert [(each.area, each.entries) for each in told.never_left] == [("", 60), ("building", 60)]
    assert told.never_left[0].since_ns == MONDAY_NS + 8 * HOUR_NS + 60 * NS_PER_S


def test_in_such_a_month_real_anomalies_stand_out() -> None:
    # On the 21st day: c enters the floor without the building, a enters it twice, b comes down without having gone up.
    lines = 7 - 2  # rows of one day
    first = 2 + 20 * lines
    rows = f"{MONTH}; c up; c down; a in; a up; a up; a down; b in; b down"
    assert found(rows) == [
        (first, "inner-without-outer", "floor"),
        (first + 4, "in-twice", "floor"),
        (first + 7, "out-without-in", "floor"),
    ]


def test_the_same_with_areas_beside_each_other() -> None:
    """As in published logs of a building with a classified area: badge in, badge in and out of the inner one."""
    day = "a prox-in-building; a prox-in-classified; a prox-out-classified; b prox-in-building; +24"
    rows = ";".join([day] * 5 + ["a prox-in-building; a prox-in-classified; a prox-in-classified", "+24", day])
    rows += "; b prox-out-classified"
    told = audit(rows, site=FLAT)
    assert [(each.passage.line, each.kind.value, each.area) for each in told.found] == [
        (2 + 5 * 4 + 2, "in-twice", "classified"),
        (2 + 5 * 4 + 3, "in-twice", "classified"),  # the next morning he comes from outside, and had not come out
        (2 + 5 * 4 + 3 + 4, "out-without-in", "classified"),
    ]
    assert [each.area for each in told.never_left] == [""]


def test_two_days_without_an_exit_are_an_accident() -> None:
    assert audit("a in; +24; a in").never_left == []
    assert found("a in; +24; a in") == [(3, "in-twice", "building")]
