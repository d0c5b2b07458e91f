"""Files written whole: the old one or the new one, whatever happens."""

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest

from controller.files import FolderInUseError, make_private_folder, only_user_of, write_atomically
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


def test_a_folder_has_one_user_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    with only_user_of(folder):
        with pytest.raises(FolderInUseError, match=r"vault is in use"), only_user_of(folder):
            pytest.fail("two users")
        with only_user_of(tmp_path / "state"):
            pass
    with only_user_of(folder):
        assert not list(folder.iterdir())


def test_a_user_that_was_killed_has_let_go(tmp_path: Path) -> None:
    waits = "import time; from pathlib import Path; from controller.files import only_user_of\n"
    waits += f"with only_user_of(Path({str(tmp_path)!r})): print('mine', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", waits], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"mine\n"
        with pytest.raises(FolderInUseError), only_user_of(tmp_path):
            pytest.fail("two users")
        other.kill()
    with only_user_of(tmp_path):
        pass


def test_a_private_folder_is_private_and_may_be_there_already(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_private_folder(folder)
    make_private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
