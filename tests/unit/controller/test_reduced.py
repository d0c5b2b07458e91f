"""Outside an operation no picture tells of an area with few persons, however it is put together (L1)."""

import msgspec
import pytest

from contract.site import SiteFileError, parse_site
from controller.live import Cause, Headcount, Live
from controller.service.operating.reduced import reduced
from tests.browser import pictures

replace = msgspec.structs.replace


def picture(*persons: int, smallest: int = 5) -> Live:
    areas = [
        Headcount(f"area-{number}", f"Area {number}", count, count, count + 1, 1, [Cause("entries-missed", 1)], count)
        for number, count in enumerate(persons)
    ]
    return replace(pictures.normal(), areas=areas, smallest_area_shown=smallest)


def test_small_areas_keep_their_names_and_lose_their_figures() -> None:
    shown = reduced(picture(40, 2, 7, 9), {})
    assert [area.withheld for area in shown.areas] == [True, True, False, False]
    for number in (0, 1):
        blank = Headcount(f"area-{number}", f"Area {number}", None, None, None, 0, [], 0, withheld=True)
        assert shown.areas[number] == blank
    assert shown.areas[2:] == picture(40, 2, 7, 9).areas[2:]
    assert shown.premises == picture(40, 2, 7, 9).premises


def test_a_picture_of_large_areas_stays_as_it_is() -> None:
    assert reduced(picture(5, 6, 7), {}) == picture(5, 6, 7)


def test_an_unknown_figure_does_not_show_what_was_read() -> None:
    """`named` is told also where the figures are not."""
    live = picture(9, 2, 9, 9)
    areas = [replace(area, lowest=None, best=None, highest=None) for area in live.areas]
    assert [area.withheld for area in reduced(replace(live, areas=areas), {}).areas] == [True, True, False, False]


def test_what_was_read_counts_where_less_is_believed_and_the_other_way_round() -> None:
    live = picture(9, 9, 9, 9)
    areas = [replace(live.areas[0], best=4), *live.areas[1:3], replace(live.areas[3], named=4)]
    assert all(area.withheld for area in reduced(replace(live, areas=areas), {}).areas)


def test_whoever_is_in_an_area_and_in_none_that_lies_in_it_is_hidden_like_an_area() -> None:
    """Seven in the yard and six of them in its house: one is between them."""
    within = {"area-1": "area-0", "area-2": "area-1"}
    assert [area.withheld for area in reduced(picture(7, 6), within).areas] == [False, True]
    assert [area.withheld for area in reduced(picture(12, 6), within).areas] == [False, False]
    assert [area.withheld for area in reduced(picture(12, 6, 6), within).areas] == [False, False, True]
    assert [area.withheld for area in reduced(picture(7, 6, 6), within).areas] == [False, True, True]


def test_a_site_may_hide_more_and_never_less_than_the_limit() -> None:
    text = "area = []\naccess_point = []\n"
    assert parse_site(text).law.smallest_area_shown == 5
    for wanted in (3, 12):
        assert parse_site(f"{text}[law]\nsmallest_area_shown = {wanted}").law.smallest_area_shown == wanted
    for wanted in (2, 1, 0, -1):
        with pytest.raises(SiteFileError, match="can not be below 3, for in an area of two"):
            parse_site(f"{text}[law]\nsmallest_area_shown = {wanted}")


def test_no_cause_tells_since_when_where_that_is_a_moment_of_one_person() -> None:
    since = "2026-03-02T08:15:00+00:00"
    causes = [Cause("not-seen-in", 1, 1, 0, since), Cause("gate-silent", 3, 1, 3, since, "north")]
    live = picture(9, 9, 9, 9)
    live = replace(
        live,
        areas=[replace(area, causes=causes) for area in live.areas],
        premises=replace(live.premises, causes=causes),
    )
    shown = reduced(live, {})
    for count in (shown.premises, *shown.areas):
        assert [(each.code, each.fewer, each.more, each.since) for each in count.causes] == [
            ("not-seen-in", 1, 0, None),
            ("gate-silent", 1, 3, since),
        ]
