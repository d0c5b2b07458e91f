"""The shelf: rows and files agree after a kill between any two steps, and numbers never repeat."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.ids import CameraId, ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import ContentKey, KeyName
from contract.segments import SegmentWriter
from edge.recorder.shelf import Shelf, shelf_folder

OLD, NEW = Period(Kind.VIDEO, 0, 86400), Period(Kind.VIDEO, 86400, 86400)


class Killed(BaseException):
    """The process ends here."""


def put_up(shelf: Shelf, period: Period) -> int:
    file = shelf.put_up(period, period.start_s * 10**9)
    key = ContentKey.draw(KeyName(EdgeId("gate-1"), Epoch(bytes(16)), period, "north"))
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    writer = SegmentWriter(file, file.number, key, key.wrap({ControllerId("a"): public}, Ed25519PrivateKey.generate()))
    writer.write(b"video")
    writer.finish()
    shelf.complete(file, period.start_s * 10**9 + 1)
    return file.number


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.seg"))


def rows(folder: Path) -> list[tuple[int, str]]:
    table = sqlite3.connect(folder / "segments.sqlite")
    found = table.execute("SELECT number, file FROM segment ORDER BY number").fetchall()
    table.close()
    return found


def is_old(period: Period) -> bool:
    return period == OLD


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
    assert shelf.take_down(is_old) == 1
    assert [number for number, _ in rows(tmp_path)] == [kept]
    assert names(tmp_path) == [rows(tmp_path)[0][1]]


def test_it_says_which_period_is_the_oldest(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.oldest() is None
    put_up(shelf, NEW)
    put_up(shelf, OLD)
    assert shelf.oldest() == OLD
    shelf.take_down(is_old)
    assert shelf.oldest() == NEW
    shelf.finish()


def test_the_segment_that_is_written_is_left_alone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    open_segment = shelf.put_up(OLD, 0)
    assert shelf.take_down(is_old, but=open_segment.number) == 0
    open_segment.close()
    assert shelf.take_down(is_old) == 1
    with pytest.raises(OSError, match="closed"):
        open_segment.write(b"late")


def dies(*_: object, **__: object) -> None:
    raise Killed


def before_unlink(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Path, "unlink", dies)


def before_folder_sync(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(os, "fsync", dies)


def before_row_drop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Shelf, "_transaction", dies)


@pytest.mark.parametrize("step", [before_unlink, before_folder_sync, before_row_drop])
def test_killed_at_each_step_the_next_start_finishes(
    tmp_path: Path, step: Callable[[pytest.MonkeyPatch], None]
) -> None:
    shelf = Shelf(tmp_path)
    put_up(shelf, OLD)
    put_up(shelf, NEW)
    with pytest.MonkeyPatch.context() as patch:
        step(patch)
        with pytest.raises(Killed):
            shelf.take_down(is_old)
    assert len(rows(tmp_path)) == 2
    shelf.finish()
    assert len(Shelf(tmp_path)) == 1
    assert [name for _, name in rows(tmp_path)] == names(tmp_path) == ["19700102T000000Z-000002.seg"]


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
    assert again.take_down(is_old) == 1
    assert put_up(again, NEW) == 3


@pytest.mark.parametrize("camera", ["../../etc", "..", "a/b", "Nord 1"])
def test_no_camera_name_leaves_the_folder(tmp_path: Path, camera: str) -> None:
    assert shelf_folder(tmp_path, CameraId(camera)).resolve().parent == tmp_path.resolve()
