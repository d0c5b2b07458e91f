"""The folder of a bench: private, its own, and never anybody else's."""

import os
import stat
from pathlib import Path

import pytest

from sacs.bench.folders import Address, BenchFolders, NoBenchError, usual_world

SELF = Address("http://127.0.0.1:1/", "secret", os.getpid())


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a short path, whatever the test is called: sockets lie below it."""
    return tmp_path_factory.mktemp("b")


def test_a_bench_is_found_while_it_runs(place: Path) -> None:
    folders = BenchFolders(place / "world")
    folders.prepare()
    assert folders.running() is None
    folders.announce(SELF)
    assert folders.running() == SELF
    assert stat.S_IMODE(folders.address_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folders.world.stat().st_mode) == 0o700
    with pytest.raises(NoBenchError, match=r"runs here already, at http://127\.0\.0\.1:1/"):
        folders.prepare()
    folders.leave()
    assert folders.running() is None


def test_a_bench_that_was_killed_is_not_taken_for_a_running_one(place: Path) -> None:
    folders = BenchFolders(place)
    folders.prepare()
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    folders.announce(Address("http://127.0.0.1:1/", "secret", pid))
    assert folders.running() is None
    folders.address_file.write_text("{")
    assert folders.running() is None


def test_what_the_last_run_left_goes_and_saved_scenes_stay(place: Path) -> None:
    folders = BenchFolders(place)
    folders.prepare()
    (folders.run / "old").touch()
    (folders.scenes / "mine.toml").touch()
    folders.prepare()
    assert not (folders.run / "old").exists()
    assert (folders.scenes / "mine.toml").exists()


def test_a_folder_that_no_bench_has_made_is_not_touched(place: Path) -> None:
    (place / "run").mkdir()
    (place / "run" / "thesis.txt").touch()
    with pytest.raises(NoBenchError, match="was not made by a bench"):
        BenchFolders(place).prepare()
    assert (place / "run" / "thesis.txt").exists()


def test_the_usual_folder_follows_the_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert usual_world() == tmp_path / "sacs-bench"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert usual_world() == tmp_path / ".local" / "state" / "sacs-bench"


def test_a_folder_too_deep_for_a_socket_is_refused_in_words(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    with pytest.raises(NoBenchError, match="too long a path"):
        BenchFolders(deep).prepare()
    assert not deep.exists()
