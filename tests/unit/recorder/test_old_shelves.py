"""Video of a camera that nobody records any more dies on time all the same, with no controller and no recorder."""

import shutil
import threading
from pathlib import Path

import pytest

from contract.clock import ManualClock
from contract.ids import CameraId
from contract.periods import DAY_S, Kind, Period, Retention
from edge.recorder.old_shelves import NOT_DELETED, OldShelf, OldShelves
from edge.recorder.shelf import Shelf, shelf_folder
from tests.unit.recorder.test_gaps import EMPTY, FULL
from tests.unit.recorder.test_shelf import names, put_up

FIRST, SECOND = Period(Kind.VIDEO, 0, DAY_S), Period(Kind.VIDEO, DAY_S, DAY_S)
RETENTION = Retention()
RECORDED = CameraId("recorded/1")
DEATH_NS = RETENTION.dies_at_s(FIRST) * 10**9


def sure() -> bool:
    return True


def filled(folder: Path, camera: str, *periods: Period) -> Path:
    place = shelf_folder(folder, CameraId(camera))
    shelf = Shelf(place)
    for period in periods or (FIRST, SECOND):
        put_up(shelf, period)
    shelf.finish()
    return place


def test_after_thirty_days_less_a_minute_a_segment_is_gone_and_no_sooner(tmp_path: Path) -> None:
    gone, recorded = filled(tmp_path, "gone"), filled(tmp_path, "recorded/1")
    recorder = Shelf(recorded)
    clock = ManualClock(DEATH_NS - 1)
    shelves = OldShelves(tmp_path, RETENTION, clock, sure, [RECORDED])
    assert shelves.look() == 0
    assert shelves.found == {"gone": OldShelf(2, DEATH_NS // 10**9)}
    assert len(names(gone)) == 2
    clock.advance_to(DEATH_NS)
    assert DEATH_NS == (30 * DAY_S - 60) * 10**9
    assert shelves.look() == 1
    assert [name[:8] for name in names(gone)] == ["19700102"]
    assert len(names(recorded)) == 2, "its recorder looks after it"
    clock.advance_to(DEATH_NS + DAY_S * 10**9)
    assert shelves.look() == 1
    assert not gone.exists()
    assert shelves.look() == 0
    assert shelves.found == {}
    recorder.finish()


def test_a_recorder_that_can_not_start_keeps_nothing_alive(tmp_path: Path) -> None:
    recorded = filled(tmp_path, "recorded/1", FIRST)
    shelves = OldShelves(tmp_path, RETENTION, ManualClock(DEATH_NS), sure, [RECORDED])
    assert shelves.look() == 1
    assert names(recorded) == []
    assert recorded.exists(), "its recorder may find out how to start"


def test_by_a_time_that_nobody_confirmed_nothing_is_dead(tmp_path: Path) -> None:
    gone = filled(tmp_path, "gone")
    confirmed: list[str] = []
    clock = ManualClock(DEATH_NS + 90 * DAY_S * 10**9)
    shelves = OldShelves(tmp_path, RETENTION, clock, lambda: bool(confirmed), [])
    assert shelves.look() == 0
    assert len(names(gone)) == 2
    confirmed.append("a controller has signed it")
    assert shelves.look() == 2


def test_a_shelf_is_of_one_at_a_time_and_waits_for_whoever_has_it(tmp_path: Path) -> None:
    """Also where it was empty, and has gone meanwhile."""
    first, taken = Shelf(tmp_path / "shelf"), []
    with pytest.raises(BlockingIOError):
        Shelf(tmp_path / "shelf", waits=False)
    recorder = threading.Thread(target=lambda: taken.append(Shelf(tmp_path / "shelf")))
    recorder.start()
    first.remove()
    recorder.join()
    assert put_up(taken[0], FIRST) == 1
    taken[0].finish()


def test_a_table_that_can_not_be_read_is_counted_and_keeps_no_other_alive(tmp_path: Path) -> None:
    broken, other = filled(tmp_path, "a"), filled(tmp_path, "b")
    (broken / "segments.sqlite").unlink()
    (broken / "segments.sqlite").mkdir()
    shelves = OldShelves(tmp_path, RETENTION, ManualClock(DEATH_NS), sure, [])
    assert shelves.look() == 1
    assert len(names(other)) == 1
    assert shelves.counters[NOT_DELETED] == 1


def test_segments_die_on_time_though_their_table_is_damaged(tmp_path: Path) -> None:
    damaged = filled(tmp_path, "a")
    (damaged / "segments.sqlite").write_bytes(b"no table at all" * 1000)
    assert OldShelves(tmp_path, RETENTION, ManualClock(DEATH_NS), sure, []).look() == 1
    assert [name[:8] for name in names(damaged)] == ["19700102"]


def test_a_gate_without_video_has_nothing_to_look_after(tmp_path: Path) -> None:
    assert OldShelves(tmp_path / "video", RETENTION, ManualClock(0), sure, []).look() == 0


def test_on_a_full_disk_the_oldest_of_all_goes_first_whether_its_camera_is_recorded_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = filled(tmp_path, "gone")
    recorder = Shelf(filled(tmp_path, "recorded/1", SECOND))
    shelves = OldShelves(tmp_path, RETENTION, ManualClock(0), sure, [RECORDED])
    monkeypatch.setattr(shutil, "disk_usage", lambda _: FULL)
    assert shelves.look() == 1
    assert [name[:8] for name in names(gone)] == ["19700102"]
    recorder.finish()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: EMPTY)
    assert shelves.look() == 0
