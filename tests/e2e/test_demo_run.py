"""The main job, end to end: what the gates journaled is stored, counted within bounds, sealed, and dies on time."""

import msgspec
import pytest

from tests.e2e.observed_run import ObservedRun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_json_is_the_whole_of_standard_output(observed: ObservedRun) -> None:
    assert observed.notes.exit_code == 0, observed.notes.err
    (line,) = observed.notes.out.splitlines()
    assert set(msgspec.json.decode(line)) == {
        "gates", "events_journaled", "events_stored", "events_duplicate", "present", "truth_present",
        "oldest_readable_s", "readable_without_key", "keys_destroyed", "video_segments",
    }  # fmt: skip
    assert set(msgspec.json.decode(line)["present"]) == {"lowest", "best", "highest"}


def test_everything_journaled_is_stored(observed: ObservedRun) -> None:
    summary = observed.summary
    assert summary.gates == 4
    assert summary.events_journaled > 20
    assert summary.events_journaled == summary.events_stored


def test_the_truth_lies_within_the_bounds(observed: ObservedRun) -> None:
    present = observed.summary.present
    assert present.lowest is not None
    assert present.best is not None
    assert present.highest is not None
    assert present.lowest <= observed.summary.truth_present <= present.highest
    assert present.lowest <= present.best <= present.highest


def test_nothing_stored_is_readable_without_the_vault(observed: ObservedRun) -> None:
    assert observed.summary.readable_without_key == 0


def test_keys_die_and_nothing_readable_grows_older_than_the_limit(observed: ObservedRun) -> None:
    limit_s = observed.site.retention.movement_keep_s
    assert observed.summary.keys_destroyed > 0
    assert 0 < observed.notes.oldest_readable_s < limit_s
    assert observed.summary.oldest_readable_s < limit_s


def test_video_is_recorded_in_sealed_segments(observed: ObservedRun) -> None:
    segments = list((observed.folder / "state").glob("edges/*/video/*/*.seg"))
    assert len(segments) == observed.summary.video_segments > 0
    # An H.264 stream in clear shows its start codes and parameter sets.
    assert not [path for path in segments if b"\x00\x00\x00\x01\x67" in path.read_bytes()]


def test_state_vault_and_world_are_kept_where_asked_and_nothing_is_left_elsewhere(observed: ObservedRun) -> None:
    assert (observed.folder / "state" / "controller" / "records.db").exists()
    assert (observed.folder / "vault" / "keys").exists()
    assert (observed.folder / "world" / "plants.txt").exists()
    for name in ("home", "temporary", "working"):
        assert list((observed.folder / name).iterdir()) == []


def test_a_newcomer_is_told_what_happens(observed: ObservedRun) -> None:
    for words in ("Open   http://127.0.0.1:", "made-up", "Ctrl-C", "keys die", "Stopping", "in truth", "Check"):
        assert words in observed.notes.err
    assert "\r" not in observed.notes.err  # no line redraws itself where there is no terminal
