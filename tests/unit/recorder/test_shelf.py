"""The shelf: rows and files agree after a kill between any two steps, and numbers never repeat."""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.camera_trouble import GapReason
from contract.ids import CameraId, ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.recordings import RecordedGap
from contract.sealing import ContentKey, KeyName
from contract.segments import SegmentWriter
from edge.recorder.shelf import AT_ONCE, Shelf, shelf_folder
from edge.recorder.shelf_table import transaction
from edge.recorder.shelf_view import ShelfView

RETENTION = Retention()
OLD, NEW = Period(Kind.VIDEO, 0, 86400), Period(Kind.VIDEO, 86400, 86400)
OLD_DIES_S = RETENTION.dies_at_s(OLD)
STEPS = ("_mark", "_unlink", "_sync_folder", "_drop")


class Killed(BaseException):
    """The process ends here."""


def put_up(shelf: Shelf, period: Period, *, start_s: int | None = None, end_s: int | None = None) -> int:
    start_ns = (period.start_s if start_s is None else start_s) * 10**9
    file = shelf.put_up(period, start_ns)
    key = ContentKey.draw(KeyName(EdgeId("gate-1"), Epoch(bytes(16)), period, "north"))
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    wraps = key.wrap({ControllerId("a"): public}, Ed25519PrivateKey.generate())
    writer = SegmentWriter(file, file.number, key, wraps, start_ns)
    writer.write(b"video")
    writer.finish()
    shelf.complete(file, start_ns + 1 if end_s is None else end_s * 10**9)
    return file.number


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.seg"))


def rows(folder: Path) -> list[tuple[int, str]]:
    table = sqlite3.connect(folder / "segments.sqlite")
    found = table.execute("SELECT number, file FROM segment ORDER BY number").fetchall()
    table.close()
    return found


def test_names_tell_start_and_number(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, OLD)
    put_up(shelf, NEW)
    assert names(tmp_path) == ["19700101T000000Z-000001.seg", "19700102T000000Z-000002.seg"]
    assert len(shelf) == 2


def test_dead_periods_go_and_others_stay(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, OLD)
    kept = put_up(shelf, NEW)
    assert shelf.take_down(RETENTION, OLD_DIES_S) == 1
    assert [number for number, _ in rows(tmp_path)] == [kept]
    assert names(tmp_path) == [rows(tmp_path)[0][1]]


def test_it_says_which_period_is_the_oldest(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.oldest() is None
    put_up(shelf, NEW)
    put_up(shelf, OLD)
    assert shelf.oldest() == OLD
    shelf.take_down(RETENTION, OLD_DIES_S)
    assert shelf.oldest() == NEW
    shelf.finish()


def test_the_segment_that_is_written_is_left_alone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    open_segment = shelf.put_up(OLD, 0)
    assert shelf.take_down(RETENTION, OLD_DIES_S, but=open_segment.number) == 0
    open_segment.close()
    assert shelf.take_down(RETENTION, OLD_DIES_S) == 1
    with pytest.raises(OSError, match="closed"):
        open_segment.write(b"late")


def dies(*_: object, **__: object) -> None:
    raise Killed


def dies_at(step: str, *, after: bool) -> Callable[..., None]:
    """Do the step of that name, if the kill comes `after` it, and end."""
    done = getattr(Shelf, step)

    def end(shelf: Shelf, *arguments: object) -> None:
        if after:
            done(shelf, *arguments)
        raise Killed

    return end


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("by", ["death", "room"])
def test_killed_before_and_after_each_step_the_next_start_finishes(
    tmp_path: Path, step: str, by: str, *, after: bool
) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, OLD)
    put_up(shelf, NEW)

    def begin(shelf: Shelf) -> None:
        if by == "death":
            shelf.take_down(RETENTION, OLD_DIES_S)
        else:
            shelf.make_room()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, step, dies_at(step, after=after))
        with pytest.raises(Killed):
            begin(shelf)
    shelf.finish()
    again = Shelf(tmp_path)
    # A kill within the first step leaves nothing marked: all is there as before. After it, the rest is made up for.
    is_marked = step != "_mark"
    assert len(again) == len(names(tmp_path)) == (1 if is_marked else 2)
    assert [name for _, name in rows(tmp_path)] == names(tmp_path)
    assert [gap.why for gap in ShelfView(tmp_path).gaps(0, 2**62)] == ["made-room"] * (is_marked and by == "room")
    if not is_marked:
        begin(again)
    assert names(tmp_path) == ["19700102T000000Z-000002.seg"]


def test_killed_between_row_and_file_leaves_no_row(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", dies)
        with pytest.raises(Killed):
            shelf.put_up(OLD, 0)
    shelf.finish()
    again = Shelf(tmp_path)
    assert rows(tmp_path) == []
    assert put_up(again, NEW) == 2


def test_a_lost_table_is_made_again_from_the_heads(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, OLD)
    put_up(shelf, NEW)
    shelf.finish()
    (tmp_path / "segments.sqlite").unlink()
    (tmp_path / "19700101T000000Z-000009.seg").write_bytes(b"no head")
    again = Shelf(tmp_path)
    assert [number for number, _ in rows(tmp_path)] == [1, 2]
    assert len(names(tmp_path)) == 2
    assert again.take_down(RETENTION, OLD_DIES_S) == 1
    assert put_up(again, NEW) == 3


@pytest.mark.parametrize("camera", ["../../etc", "..", "a/b", "Nord 1"])
def test_no_camera_name_leaves_the_folder(tmp_path: Path, camera: str) -> None:
    assert shelf_folder(tmp_path, CameraId(camera)).resolve().parent == tmp_path.resolve()


def test_the_oldest_makes_room_and_leaves_a_gap_that_grows(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(4):
        put_up(shelf, OLD, start_s=60 * number, end_s=60 * number + 59)
    size_bytes = sum(path.stat().st_size for path in tmp_path.glob("*.seg"))
    assert shelf.size_bytes == size_bytes
    assert not shelf.gaps.has_made_room()
    assert [shelf.make_room() for _ in range(3)] == [True] * 3
    assert shelf.size_bytes == size_bytes // 4
    assert names(tmp_path) == ["19700101T000300Z-000004.seg"]
    assert ShelfView(tmp_path).gaps(0, 10**18) == [RecordedGap(0, 179 * 10**9, "made-room")]
    assert shelf.gaps.has_made_room()
    assert not shelf.make_room(but=4)
    shelf.finish()


def test_what_is_known_of_gaps_lives_no_longer_than_video(tmp_path: Path) -> None:
    shelf, keep_s = Shelf(tmp_path), RETENTION.keep_s(Kind.VIDEO)
    shelf.gaps.add(0, 10**9, GapReason.SILENT)
    shelf.gaps.begin(2 * 10**9, GapReason.STOPPED)
    shelf.take_down(RETENTION, keep_s + 1)
    assert [gap.why for gap in ShelfView(tmp_path).gaps(0, 2**62)] == ["silent", "stopped"]
    shelf.take_down(RETENTION, keep_s + 2)
    assert ShelfView(tmp_path).gaps(0, 2**62) == [RecordedGap(2 * 10**9, 0, "stopped")]
    shelf.finish()


def test_a_view_tells_what_overlaps_a_span_while_the_recorder_writes(tmp_path: Path) -> None:
    view = ShelfView(tmp_path / "shelf")
    assert (view.segments(0, 2**62, 10), view.gaps(0, 2**62), view.path(1), view.oldest_ns()) == ([], [], None, None)
    shelf = Shelf(tmp_path / "shelf")
    for number in range(3):
        put_up(shelf, OLD, start_s=60 * number, end_s=60 * number + 59)
    first, second, third = view.segments(0, 10**18, 10)
    assert (first.number, first.first_ns, first.last_ns, first.is_complete) == (1, 0, 59 * 10**9, True)
    assert view.segments(59 * 10**9, 60 * 10**9, 10) == [first]
    assert view.segments(59 * 10**9 + 1, 120 * 10**9, 10) == [second]
    assert view.segments(0, 10**18, 2) == [first, second]
    path = view.path(third.number)
    assert path is not None
    assert path.stat().st_size == third.size_bytes
    gate_ns = 10**12
    file = shelf.put_up(OLD, gate_ns)
    (begun,) = view.segments(gate_ns, gate_ns + 1, 10)
    assert begun.last_ns == gate_ns
    file.ends_ns = gate_ns + 7
    file.write(b"sealed")
    (growing,) = view.segments(gate_ns, gate_ns + 1, 10)
    assert (growing.is_complete, growing.size_bytes) == (False, 6)
    assert growing.last_ns == gate_ns + 7, "how far it has come, by the gate's time"
    file.close()
    assert shelf.newest_end_ns() == growing.last_ns
    shelf.make_room()
    assert (view.path(1), view.oldest_ns()) == (None, 60 * 10**9)
    shelf.finish()


def test_a_table_of_an_older_version_goes_on(tmp_path: Path) -> None:
    old = sqlite3.connect(tmp_path / "segments.sqlite")
    old.execute(
        "CREATE TABLE segment (number INTEGER PRIMARY KEY AUTOINCREMENT, file TEXT NOT NULL UNIQUE,"
        " period_start_s INTEGER NOT NULL, period_length_s INTEGER NOT NULL, start_ns INTEGER NOT NULL,"
        " end_ns INTEGER, deleting INTEGER NOT NULL DEFAULT 0) STRICT"
    )
    old.execute("INSERT INTO segment VALUES (7, '19700101T000000Z-000007.seg', 0, 86400, 0, 9, 0)")
    old.commit()
    old.close()
    (tmp_path / "19700101T000000Z-000007.seg").write_bytes(b"sealed")
    shelf = Shelf(tmp_path)
    assert (len(shelf), shelf.size_bytes) == (1, 6)
    assert put_up(shelf, NEW) == 8
    shelf.finish()


@pytest.mark.parametrize("damage", ["all of it", "a page"])
def test_a_damaged_table_is_made_again_from_the_heads(tmp_path: Path, damage: str) -> None:
    shelf = Shelf(tmp_path)
    for number in range(300):
        shelf.gaps.add(number, number + 1, GapReason.SILENT)
    put_up(shelf, NEW)
    shelf.finish()
    table = tmp_path / "segments.sqlite"
    data = bytearray(table.read_bytes())
    data[0 if damage == "all of it" else 4096 : None if damage == "all of it" else 5 * 4096] = b"x" * (4 * 4096)
    table.write_bytes(data)
    again = Shelf(tmp_path)
    assert [number for number, _ in rows(tmp_path)] == [1]
    assert put_up(again, NEW) == 2
    again.finish()


def test_a_day_goes_in_parts_so_that_nobody_waits_for_all_of_it(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for number in range(AT_ONCE + 2):
        shelf.put_up(OLD, number).close()
    put_up(shelf, NEW)
    assert [shelf.take_down(RETENTION, OLD_DIES_S) for _ in range(3)] == [AT_ONCE, 2, 0]
    assert len(shelf) == len(names(tmp_path)) == 1
    shelf.finish()


class FullDisk:
    """A disk of 1 MiB that can be filled; whoever may not mount one is refused as it would, until a file is gone."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch | None) -> None:
        self.folder = folder
        self._patch = patch

    def fill(self) -> None:
        """Leave not a byte."""
        if self._patch is not None:
            self._patch.setattr("edge.recorder.shelf.transaction", self._refused(len(names(self.folder))))
            return
        with (self.folder.parent / "other").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def _refused(self, files: int) -> Callable[[sqlite3.Connection], AbstractContextManager[None]]:
        def begin(table: sqlite3.Connection) -> AbstractContextManager[None]:
            if len(names(self.folder)) < files:
                return transaction(table)
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        return begin


@pytest.fixture
def full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FullDisk]:
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(tmp_path)]
    is_real = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    yield FullDisk(tmp_path / "shelf", None if is_real else monkeypatch)
    if is_real:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


@pytest.mark.parametrize("by", ["death", "room", "opening"])
def test_on_a_disk_that_is_really_full_the_oldest_goes_all_the_same(full_disk: FullDisk, by: str) -> None:
    shelf = Shelf(full_disk.folder)
    for period in (OLD, NEW):
        file = shelf.put_up(period, period.start_s * 10**9)
        file.write(bytes(100_000))
        shelf.complete(file, period.start_s * 10**9 + 1)
    shelf.put_up(NEW, NEW.start_s * 10**9 + 1).write(b"cut off here")
    full_disk.fill()
    if by == "opening":  # it has to note how large the last one is
        shelf.finish()
        shelf = Shelf(full_disk.folder)
    elif by == "death":
        assert shelf.take_down(RETENTION, OLD_DIES_S) == 1
    else:
        assert shelf.make_room()
    assert [name[:8] for name in names(full_disk.folder)] == ["19700102"] * 2
    assert len(shelf) == 2
    assert [gap.why for gap in ShelfView(full_disk.folder).gaps(0, 2**62)] == ["made-room"] * (by != "death")
    shelf.finish()
