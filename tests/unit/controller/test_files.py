"""Files written whole: the old one or the new one, whatever happens."""

import contextlib
from pathlib import Path

import pytest

from controller.files import make_private_folder, write_atomically
from tests.unit.controller.disk import Stopped, failing


def test_a_file_is_written_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"one")
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o600
    write_atomically(path, b"two", 0o644)
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("error", [Stopped(), OSError(28, "No space left on device")])
def test_there_is_always_a_whole_file_and_nothing_beside_it(tmp_path: Path, error: BaseException, after: bool) -> None:
    for at in range(int(after), 20):  # right after it was made, nobody knows the new file's name yet
        folder = tmp_path / str(at)
        folder.mkdir()
        (folder / "file").write_bytes(b"old" * 1000)
        with failing(at, error, after=after) as calls, contextlib.suppress(Stopped, OSError):
            write_atomically(folder / "file", b"new" * 5000)
        assert (folder / "file").read_bytes() in (b"old" * 1000, b"new" * 5000)
        assert [path.name for path in folder.iterdir()] == ["file"]
        if len(calls) <= at:
            assert (folder / "file").read_bytes() == b"new" * 5000
            return
    pytest.fail("it never came through")


def test_a_private_folder_is_private_and_may_be_there_already(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_private_folder(folder)
    make_private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
