"""What is missing of a recording is written down: from when, until when, and why; and room is made oldest first."""

import errno
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from contract.camera_trouble import GapReason
from contract.clock import NS_PER_S
from edge.recorder.gap_rows import GapRows
from edge.recorder.recording import Recording
from edge.recorder.room import Room
from edge.recorder.segment_file import SegmentFile
from edge.recorder.shelf import Shelf
from edge.recorder.shelf_view import ShelfView
from tests.unit.recorder.test_recording import FIRST, RETENTION, Film


class Disk(NamedTuple):
    """As shutil.disk_usage tells it."""

    total: int
    used: int
    free: int


FULL, EMPTY = Disk(10**9, 10**9, 0), Disk(10**9, 0, 10**9)


@pytest.fixture
def film(tmp_path: Path) -> Film:
    return Film(tmp_path)


def test_a_lost_camera_leaves_a_gap_from_the_last_frame_to_the_next(film: Film) -> None:
    film.give_key(FIRST)
    film.run(2)
    film.recording.lost(GapReason.SILENT, "camera: silent")
    film.now_ns += 3 * NS_PER_S
    film.recording.lost(GapReason.UNREACHABLE, "camera: unreachable")
    assert [gap[1:] for gap in film.gaps()] == [(5, "silent"), (0, "unreachable")]
    film.now_ns += 3 * NS_PER_S
    film.run(1)
    film.recording.stop()
    # The last of ten frames a fifth of a second apart; the first of a connection counts when it is handed over.
    assert [(round(begin, 1), round(end, 1), why) for begin, end, why in film.gaps()] == [
        (1.8, 5, "silent"), (5, 8, "unreachable"), (8.8, 0, "stopped")
    ]  # fmt: skip
    one, two = ShelfView(film.folder).segments(0, 2**62, 10)
    assert (one.last_ns, two.first_ns) == (601_800_000_000, 608_000_000_000)


def test_a_recorder_that_was_killed_says_at_its_next_start_that_it_was_away(film: Film, tmp_path: Path) -> None:
    film.give_key(FIRST)
    film.run(2)
    film.recording.look_after_disk(is_confirmed=True)
    film.shelf.finish()
    (cut,) = ShelfView(tmp_path).segments(0, 2**62, 10)
    assert not cut.is_complete
    again = Film(tmp_path)
    assert again.told() == (False, "", GapReason.STOPPED)
    again.keys = film.keys
    again.now_ns = cut.last_ns + 5 * NS_PER_S
    again.give_key(FIRST)
    again.run(1)
    again.recording.look_after_disk(is_confirmed=True)
    (gap,) = ShelfView(tmp_path).gaps(0, 2**62)
    assert (gap.from_ns, gap.until_ns, gap.why) == (cut.last_ns, cut.last_ns + 5 * NS_PER_S, "stopped")


def test_what_was_cut_off_ends_with_its_last_frame_however_late_that_came(film: Film, tmp_path: Path) -> None:
    film.give_key(FIRST)
    film.run(2)
    film.now_ns += 7 * NS_PER_S  # the machine, or the network, is too busy: what comes now was taken before
    for _ in range(10):
        film.recording.take(next(film.packets))
    film.recording.look_after_disk(is_confirmed=True)
    film.shelf.finish()
    (cut,) = ShelfView(tmp_path).segments(0, 2**62, 10)
    assert not cut.is_complete
    taken_s = (cut.last_ns - FIRST.start_s * NS_PER_S) / NS_PER_S
    assert 3 <= taken_s <= 4, "the gap begins where frames end, not where the disk was last written"


def test_a_gap_ends_where_frames_are_though_a_kill_came_before_that_was_written(film: Film, tmp_path: Path) -> None:
    film.recording.lost(GapReason.UNREACHABLE, "camera: unreachable")
    film.now_ns += 3 * NS_PER_S
    film.give_key(FIRST)
    film.run(2)
    film.shelf.finish()
    (cut,) = ShelfView(tmp_path).segments(0, 2**62, 10)
    again = Film(tmp_path)
    assert again.told() == (False, "", GapReason.STOPPED)
    assert ShelfView(tmp_path).gaps(0, 2**62)
    again.recording.look_after_disk(is_confirmed=True)
    lost, away = ShelfView(tmp_path).gaps(0, 2**62)
    assert (lost.until_ns, lost.why) == (cut.first_ns, "unreachable")
    assert (away.from_ns, away.until_ns, away.why) == (cut.last_ns, 0, "stopped")


def test_many_short_gaps_are_a_share_of_the_last_hour_and_one_long_outage_is_none(film: Film) -> None:
    def recorded_percent() -> int:
        film.recording.look_after_disk(is_confirmed=False)  # this short-lived site keeps none of it for an hour
        return film.recording.status().recorded_percent

    rows, begin_ns = film.shelf.gaps, film.now_ns
    assert recorded_percent() == 100
    for minute in range(60):
        gone_ns = begin_ns + minute * 60 * NS_PER_S
        rows.add(gone_ns, gone_ns + 30 * NS_PER_S, GapReason.ENDED)
        rows.add(gone_ns + 30 * NS_PER_S, gone_ns + 45 * NS_PER_S, GapReason.UNREACHABLE)
    film.now_ns = begin_ns + 3600 * NS_PER_S
    assert recorded_percent() == 25
    film.now_ns += 1800 * NS_PER_S
    assert recorded_percent() == 62
    film.now_ns += 1800 * NS_PER_S
    assert recorded_percent() == 100
    rows.add(film.now_ns, film.now_ns + 1000 * NS_PER_S, GapReason.SILENT)
    rows.add(film.now_ns + 1000 * NS_PER_S, film.now_ns + 1010 * NS_PER_S, GapReason.UNREACHABLE)
    film.now_ns += 1800 * NS_PER_S
    assert recorded_percent() == 100, "that was told while it lasted"


def test_a_gap_that_lasts_goes_on_after_a_restart(film: Film, tmp_path: Path) -> None:
    film.recording.lost(GapReason.UNREACHABLE, "camera: unreachable")
    film.shelf.finish()
    again = Film(tmp_path)
    again.now_ns += 60 * NS_PER_S
    again.recording.lost(GapReason.UNREACHABLE, "camera: unreachable")
    assert again.gaps() == [(0, 0, "unreachable")]


def test_a_stream_that_skips_leaves_a_gap_and_one_whose_clock_leaps_leaves_none(film: Film) -> None:
    film.give_key(FIRST)
    film.run(1)
    film.now_ns += 3 * NS_PER_S
    film.recording.take(next(film.packets))  # each is handed over when the next has come: so this one is late
    for _ in range(15):
        next(film.packets)
    film.run(1)
    ((from_s, until_s, why),) = film.gaps()
    assert (round(from_s), round(until_s), why) == (1, 4, "stalled")
    for _ in range(14):
        next(film.packets)
    film.run(1)
    assert len(film.gaps()) == 1


def test_where_the_cameras_time_and_the_gates_drift_apart_another_segment_begins(film: Film) -> None:
    film.give_key(FIRST)
    film.run(2)
    for _ in range(5):  # its clock leaps ahead by a second
        next(film.packets)
    film.run(3)
    film.recording.stop()
    first, second = ShelfView(film.folder).segments(0, 2**62, 10)
    assert (second.first_ns - first.first_ns) / NS_PER_S == pytest.approx(2, abs=0.3)
    assert second.last_ns <= film.now_ns


def test_a_gap_waits_in_memory_for_a_disk_that_takes_it(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    film.give_key(FIRST)
    film.run(1)
    with monkeypatch.context() as patch:
        for place, name in ((SegmentFile, "write"), (GapRows, "begin"), (GapRows, "add")):
            patch.setattr(place, name, full)
        film.run(2)
        assert film.told()[2] is GapReason.DISK
    film.run(2)
    ((from_s, until_s, why),) = film.gaps()
    assert (round(from_s), round(until_s), why) == (1, 3, "disk")


def test_the_oldest_segments_go_when_a_cameras_part_of_the_disk_is_full(tmp_path: Path) -> None:
    film = Film(tmp_path, seconds=60)
    film.give_key(FIRST)
    film.run(9)
    size_bytes = film.shelf.size_bytes
    tight = Recording(
        film.shelf, Room(tmp_path, size_bytes - 1), segment_s=4, retention=RETENTION, gate_ns=lambda: film.now_ns
    )
    assert not tight.status().cut_short
    tight.look_after_disk(is_confirmed=True)
    assert len(film.shelf) < 3
    assert film.shelf.size_bytes < size_bytes
    assert tight.status().cut_short
    assert film.gaps()[0][::2] == (0, "made-room")


def test_on_a_full_disk_the_oldest_of_all_cameras_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = Film(tmp_path / "old"), Film(tmp_path / "new")
    new.now_ns += 10 * NS_PER_S
    for film in (old, new):
        film.give_key(FIRST)
        film.run(9)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: FULL)
    new.recording.look_after_disk(is_confirmed=True)
    assert len(new.shelf) == 3
    old.recording.look_after_disk(is_confirmed=True)
    assert len(old.shelf) == 2
    for _ in range(5):  # whoever has the oldest does not make room: nobody waits for ever
        new.recording.look_after_disk(is_confirmed=True)
    assert len(new.shelf) == 2
    monkeypatch.setattr(shutil, "disk_usage", lambda _: EMPTY)
    new.recording.look_after_disk(is_confirmed=True)
    assert len(new.shelf) == 2


def test_what_is_being_written_never_makes_room(tmp_path: Path) -> None:
    film = Film(tmp_path, keep_bytes=1)
    film.give_key(FIRST)
    film.run(2)
    film.recording.look_after_disk(is_confirmed=True)
    assert len(film.shelf) == 1
    assert film.told()[0]
    film.recording.stop()
    film.shelf.finish()
    shelf = Shelf(tmp_path)
    assert len(shelf) == 1
    shelf.finish()
