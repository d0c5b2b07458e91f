"""What a shelf finds when it is opened, and its table does not: nothing lives beyond its day, or is lost silently."""

import os
from pathlib import Path

from contract.camera_trouble import GapReason
from contract.periods import Kind, Period
from edge.recorder.shelf import Shelf
from edge.recorder.shelf_view import ShelfView
from tests.unit.recorder.test_shelf import NEW, OLD, OLD_DIES_S, RETENTION, names, put_up, rows


def gaps(folder: Path) -> list[tuple[float, float, str]]:
    return [(gap.from_ns / 1e9, gap.until_ns / 1e9, gap.why) for gap in ShelfView(folder).gaps(0, 2**62)]


def test_a_cut_segment_whose_file_vanished_leaves_a_gap_up_to_what_comes_after_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, OLD, end_s=60)
    for start_s in (60, 120):
        file = shelf.put_up(OLD, start_s * 10**9)
        file.write(b"sealed")
        file.close()
    shelf.gaps.add(100 * 10**9, 120 * 10**9, GapReason.STOPPED)
    shelf.finish()
    Shelf(tmp_path).finish()  # a start, at which they are there
    for name in names(tmp_path)[1:]:
        (tmp_path / name).unlink()
    shelf = Shelf(tmp_path)
    assert len(shelf) == 1
    assert gaps(tmp_path) == [(60, 100, "made-room"), (100, 120, "stopped"), (120, 120, "made-room")]
    shelf.finish()


def test_a_file_without_row_or_readable_head_goes_and_is_told(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, NEW)
    shelf.finish()
    (tmp_path / "segments.sqlite").unlink()
    for name, data in (
        ("19700101T000010Z-000007.seg", b""),
        ("19700101T000100Z-000008.seg", b"SACS-SEG torn"),
        ("of nobody.seg", b"what is this"),
    ):
        (tmp_path / name).write_bytes(data)
    os.utime(tmp_path / "19700101T000100Z-000008.seg", (75, 75))
    shelf = Shelf(tmp_path)
    assert [number for number, _ in rows(tmp_path)] == [1]
    assert len(names(tmp_path)) == 1
    assert gaps(tmp_path) == [(60, 75, "disk")], "of the empty one nothing was there"
    shelf.finish()


def test_a_head_that_names_another_day_than_the_files_name_lengthens_no_life(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    late = Period(Kind.VIDEO, 50 * 86400, 86400)
    put_up(shelf, late, start_s=5)
    shelf.finish()
    (tmp_path / "segments.sqlite").unlink()
    shelf = Shelf(tmp_path)
    assert len(shelf) == len(names(tmp_path)) == 0
    assert [why for *_, why in gaps(tmp_path)] == ["disk"]
    shelf.finish()


def test_a_file_whose_number_is_taken_is_kept_all_the_same(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, NEW)
    shelf.finish()
    (first,) = names(tmp_path)
    (tmp_path / first.replace("T000000Z", "T000010Z")).write_bytes((tmp_path / first).read_bytes())
    shelf = Shelf(tmp_path)
    assert [number for number, _ in rows(tmp_path)] == [1, 2]
    assert len(shelf) == 2
    shelf.finish()


def test_what_was_sealed_to_a_day_to_come_dies_with_today(tmp_path: Path) -> None:
    """The gate's time was ahead, by no more than it believes without a controller, and was set right."""
    shelf = Shelf(tmp_path)
    put_up(shelf, OLD)
    ahead = put_up(shelf, NEW)
    far = put_up(shelf, Period(Kind.VIDEO, 60 * 86400, 86400))
    shelf.take_down(RETENTION, NEW.start_s - 1800)
    assert shelf.take_down(RETENTION, OLD_DIES_S) == 2
    assert [number for number, _ in rows(tmp_path)] == [far]
    assert ahead != far
    shelf.finish()
