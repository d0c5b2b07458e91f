"""Who crosses a line, out of bodies that move as written."""

from collections.abc import Iterable

import pytest

from contract.site.camera import CountingLine
from edge.domain.counting.blob import Blob
from edge.domain.counting.bodies import bodies
from edge.domain.counting.line import Line, Point, Side
from edge.domain.counting.tracks import Tracks

WIDTH, HEIGHT, TALL = 320, 180, 60.0
LINE = Line(Point(160, 170), Point(160, 60), TALL, TALL)
UNSIZED = Line(Point(160, 170), Point(160, 60))
STEP_NS = 100_000_000
PERSON_PIXELS = 0.135 * TALL * TALL


def body(x: float, foot: float = 120, *, tall: float = TALL, wide: float = 16, pixels: float = PERSON_PIXELS) -> Blob:
    return Blob(x - wide / 2, foot - tall, x + wide / 2, foot, pixels, x)


def walk(pictures: Iterable[list[Blob]], line: Line = LINE) -> list[tuple[Side, int]]:
    tracks = Tracks(line, WIDTH, HEIGHT)
    found = []
    for number, blobs in enumerate(pictures):
        found += tracks.take(blobs, number * STEP_NS)
    return [(crossed.side, crossed.persons) for crossed in found]


def way(begin: float, end: float, step: float = 6) -> list[float]:
    amount = int(abs(end - begin) / step)
    return [begin + (end - begin) * number / amount for number in range(amount + 1)]


def test_whoever_walks_over_the_line_counts_once_to_his_side() -> None:
    assert walk([body(x)] for x in way(60, 260)) == [(Side.RIGHT, 1)]
    assert walk([body(x)] for x in way(260, 60)) == [(Side.LEFT, 1)]


def test_there_and_back_are_two_crossings_and_turning_before_the_line_is_none() -> None:
    assert walk([body(x)] for x in (*way(60, 230), *way(230, 60))) == [(Side.RIGHT, 1), (Side.LEFT, 1)]
    assert walk([body(x)] for x in (*way(60, 150), *way(150, 60))) == []


def test_beyond_the_ends_of_the_line_nobody_counts() -> None:
    assert walk([body(x, foot=50)] for x in way(60, 260)) == []


def test_what_trembles_on_the_line_or_lasts_for_a_moment_is_nobody() -> None:
    assert walk([body(154 + 12 * (number % 2))] for number in range(60)) == []
    assert walk([[body(150)], [body(170)], [], []]) == []


def test_somebody_on_the_heels_of_another_counts_by_himself() -> None:
    assert walk([body(x), body(x - 30)] for x in way(90, 290)) == [(Side.RIGHT, 1)] * 2


def test_two_who_meet_on_the_line_walk_on_through_each_other() -> None:
    pictures = []
    for there in way(60, 260):
        back = 320 - there
        left, right = min(there, back) - 8, max(there, back) + 8
        is_one = right - left < 32
        one = Blob(left, 60, right, 120, PERSON_PIXELS * 1.6, (left + right) / 2)
        pictures.append([one] if is_one else [body(there), body(back)])
    assert sorted(walk(pictures)) == [(Side.LEFT, 1), (Side.RIGHT, 1)]


def test_whoever_stops_at_the_reader_as_another_comes_out_past_him_did_not_come_out() -> None:
    """As drawn people were seen: he still seems to walk on while the other hides him."""
    edges = [
        [(184, 201), (57, 75)], [(184, 201), (63, 89)], [(184, 201), (76, 94)], [(184, 201), (83, 108)],
        [(184, 201), (96, 114)], [(171, 190), (103, 127)], [(158, 184), (115, 133)], [(150, 170), (119, 137)],
        [(140, 159), (119, 137)], [(119, 152)], [(119, 151)], [(119, 137)], [(110, 137)], [(105, 137)],
        *([(left, left + 20), (119, 137)] for left in range(99, 9, -9)),
        *([(left, left + 18)] for left in range(119, 219, 9)),
    ]  # fmt: skip
    seen = ([body((left + right) / 2, wide=right - left) for left, right in look] for look in edges)
    assert walk(seen) == [(Side.LEFT, 1), (Side.RIGHT, 1)]


@pytest.mark.parametrize(("line", "persons"), [(LINE, 2), (UNSIZED, 1)])
def test_two_in_one_body_are_two_where_it_is_known_how_tall_one_looks(line: Line, persons: int) -> None:
    pair = [[body(x, tall=1.2 * TALL, wide=22, pixels=1.8 * PERSON_PIXELS)] for x in way(60, 260)]
    assert walk(pair, line) == [(Side.RIGHT, persons)]


def test_two_who_were_counted_as_one_body_are_not_counted_again_when_they_part() -> None:
    pictures = [[body(x, tall=1.2 * TALL, wide=22, pixels=1.8 * PERSON_PIXELS)] for x in way(60, 190)]
    pictures += [[body(x + 5), body(x - 14)] for x in way(196, 290)]
    assert walk(pictures) == [(Side.RIGHT, 2)]


def test_a_second_person_who_was_hidden_over_the_line_counts_when_they_part() -> None:
    pictures = [[body(x, wide=20)] for x in way(60, 184)]
    pictures += [[body(x + 6), body(x - 12)] for x in way(190, 290)]
    assert walk(pictures) == [(Side.RIGHT, 1), (Side.RIGHT, 1)]


def test_after_the_picture_was_lost_nobody_is_where_he_was() -> None:
    tracks = Tracks(LINE, WIDTH, HEIGHT)
    for number, x in enumerate(way(60, 140)):
        tracks.take([body(x)], number * STEP_NS)
    assert len(tracks) == 1
    tracks.forget()
    assert [tracks.take([body(x)], (100 + number) * STEP_NS) for number, x in enumerate(way(180, 260))] == [[]] * 14


def test_parts_of_one_person_are_one_body_and_rain_is_none() -> None:
    head, legs = Blob(96, 60, 104, 80, 120, 100), Blob(94, 90, 106, 120, 200, 100)
    drop = Blob(200, 100, 203, 110, 20, 201)
    (whole,) = bodies([head, drop, legs], LINE)
    assert (whole.top, whole.bottom, whole.area, whole.x) == (60, 120, 320, 100)
    assert bodies([head, drop, legs], UNSIZED) != [whole], "without a size nobody knows what belongs together"


def test_a_line_of_the_site_file_lies_in_the_picture_with_its_left_and_right() -> None:
    line = Line.of(CountingLine((0.5, 1.0), (0.5, 0.0), person=(0.5, 0.25)), 200, 100)
    assert line.distance(Point(150, 10)) == pytest.approx(50)
    assert line.distance(Point(50, 10)) == pytest.approx(-50)
    assert [line.person(Point(0, y)) for y in (100, 50, 0, -50)] == pytest.approx([50, 37.5, 25, 25])
