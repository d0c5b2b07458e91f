"""`sacs replay` on small logs with the anomalies that real logs have; every expectation is reckoned by hand."""

import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.replays import command, environment, replay, run

SITE = """
area = [{ id = "lobby" }, { id = "lab", name = "Laboratory" }, { id = "safe" }, { id = "yard" }]
access_point = [
  { id = "in", from = "outside", to = "lobby" },
  { id = "out", from = "lobby", to = "outside" },
  { id = "lab in", from = "lobby", to = "lab" },
  { id = "lab out", from = "lab", to = "lobby" },
  { id = "safe in", from = "lab", to = "safe" },
  { id = "safe out", from = "safe", to = "lab" },
  { id = "yard", from = "any", to = "yard" },
  { id = "lobby", from = "any", to = "lobby" },
]
"""
HARD_GATE = """
[[gate]]
id = "main"
anti_passback = "hard"
[[gate.reader]]
id = "entry"
kind = "osdp"
access_point = "in"
[[gate.reader]]
id = "exit"
kind = "osdp"
access_point = "out"
"""


def given(folder: Path, rows: str, site: str = SITE, holders: str = "") -> Path:
    (folder / "site.toml").write_text(site, encoding="utf-8")
    lines = [",".join(cell.strip() for cell in row.split("|")) for row in rows.strip().splitlines()]
    (folder / "log.csv").write_text("\n".join(["at,credential,access_point", *lines]), encoding="utf-8")
    (folder / "holders.csv").write_text("credential,holder,replaces\n" + holders, encoding="utf-8")
    return folder


def exactly(count: int) -> dict[str, int]:
    return {"lowest": count, "best": count, "highest": count}


def areas(lobby: int = 0, lab: int = 0, safe: int = 0, *, came_in_twice: int = 0) -> dict[str, Any]:
    """The yard has a reader that says "now here" and no way in or out that is read: nobody knows who is in it."""
    yard = {"lowest": None, "best": None, "highest": None}
    return {"lobby": at_least(lobby, came_in_twice), "lab": exactly(lab), "safe": exactly(safe), "yard": yard}


def at_least(count: int, came_in_twice: int) -> dict[str, int]:
    """Whoever came in twice may have been two."""
    return {"lowest": count, "best": count, "highest": count + came_in_twice}


def test_a_morning_with_every_anomaly(tmp_path: Path) -> None:
    rows = """
        2026-01-05 08:00:00 | ann   | in
        2026-01-05 08:05:00 | ann   | in
        2026-01-05 08:10:00 | bob   | out
        2026-01-05 08:15:00 | cy    | lab in
        2026-01-05 08:20:00 | dee   | yard
        2026-01-05 08:20:00 | dee   | lobby
        2026-01-05 08:25:00 | fay   | in
        2026-01-05 08:25:00 | fay   | lab in
        2026-01-05 08:25:00 | fay   | safe in
        2026-01-05 08:30:00 | eve-1 | in
        2026-01-05 08:40:00 | eve-2 | out
        2026-01-05 08:45:00 | eve-1 | in
        2026-01-05 08:50:00 | gus-b | in
        2026-01-05 08:55:00 | gus-a | lab in
        2026-01-05 09:10:00 | cy    | lab out
        2026-01-05 09:10:00 | cy    | out
    """
    times = ("2026-01-05T07:00:00", "2026-01-05 08:20:00", "2026-01-05T10:26:00+02:00", "2026-01-05T12:00:00Z")
    asked = [argument for at in times for argument in ("--at", at)]
    folder = given(tmp_path, rows, SITE + HARD_GATE, "eve-1,eve,\neve-2,eve,eve-1\ngus-a,gus,\ngus-b,gus,\n")
    report = replay(folder, "--holders", folder / "holders.csv", *asked)
    assert report["gates"] == 7  # six access points without a gate, and the one with two
    assert report["events_journaled"] == report["events_stored"] == report["rows"] == 16
    assert (report["events_duplicate"], report["readable_without_key"], report["video_segments"]) == (0, 0, 0)
    # Inside at the end: ann, dee and eve in the lobby, gus in the lab, fay in the safe.
    assert report["present"] == at_least(5, came_in_twice=1)
    assert report["truth_present"] == 5
    assert report["present_by_area"] == areas(lobby=3, lab=1, safe=1, came_in_twice=1)
    assert report["truth_present_by_area"] == {"lobby": 3, "lab": 1, "safe": 1, "yard": 0}
    assert report["at"] == {
        times[0]: areas(),
        times[1]: areas(lobby=2, lab=1, came_in_twice=1),
        times[2]: areas(lobby=2, lab=1, safe=1, came_in_twice=1),
        times[3]: areas(lobby=3, lab=1, safe=1, came_in_twice=1),
    }
    assert report["max_present"] == {"count": 6, "time": "2026-01-05T08:50:00+00:00"}
    assert report["max_present_by_area"] == {
        "lobby": {"count": 4, "time": "2026-01-05T08:50:00+00:00"},
        "lab": {"count": 2, "time": "2026-01-05T08:25:00+00:00"},
        "safe": {"count": 1, "time": "2026-01-05T08:25:00+00:00"},
        "yard": {"count": 1, "time": "2026-01-05T08:20:00+00:00"},
    }
    assert [tuple(row.values()) for row in report["anti_passback_violations"]] == [
        ("2026-01-05T08:05:00+00:00", "ann", "in", "in-twice"),
        ("2026-01-05T08:10:00+00:00", "bob", "out", "out-without-in"),
        ("2026-01-05T08:15:00+00:00", "cy", "lab in", "inner-without-outer"),
        ("2026-01-05T08:45:00+00:00", "eve-1", "in", "replaced-in-use"),
    ]
    assert report["replaced_credential_uses"] == [
        {"credential": "eve-1", "time": "2026-01-05T08:45:00+00:00", "access_point": "in"}
    ]
    assert {kind: found["count"] for kind, found in report["anomalies"].items()} == {
        "out-without-in": 1,
        "in-twice": 1,
        "inner-without-outer": 1,
        "replaced-in-use": 1,
    }
    assert report["anomalies"]["in-twice"]["rows"] == [
        {"credential": "ann", "time": "2026-01-05T08:05:00+00:00", "access_point": "in", "area": "lobby"}
    ]
    assert report["controller_alarms"] == {"out-without-in": 2, "in-twice": 1}
    assert (report["never_badged_out"], report["bad_rows"]) == ([], [])
    assert (report["overstays"], report["bounds_missed"]) == (0, [])


def test_who_stays_longer_than_a_record_lives_is_counted_on_unnamed(tmp_path: Path) -> None:
    rows = """
        2026-01-05 08:30:00 | ann | in
        2026-01-05 10:00:00 | bob | in
        2026-01-05 11:00:00 | bob | out
        2026-01-07 08:30:00 | ann | out
    """
    noon, end = "2026-01-06T12:00:00", "2026-01-07T09:00:00"
    report = replay(given(tmp_path, rows), "--at", noon, "--at", end)
    assert (report["overstays"], report["anti_passback_violations"]) == (1, [])
    assert report["at"][noon]["lobby"]["highest"] == 1
    assert report["at"][end]["lobby"]["best"] == report["truth_present"] == 0
    assert report["bounds_missed"] == []
    # The keys of the hours from 08:00 on the 5th to 09:00 on the 6th: 60 s before each is a day old.
    assert report["keys_destroyed"] == 26
    assert report["oldest_readable_s_max"] == 86400 - 60
    assert report["oldest_readable_s"] < 3600 + 1


def test_rows_in_any_order_and_shorter_limits(tmp_path: Path) -> None:
    rows = """
        2026-01-05 08:07:00 | ann | out
        2026-01-05 08:00:00 | ann | in
        2026-01-05 08:01:00 | bob | in
    """
    site = SITE + "[retention]\nmovement_period_s = 60\nmovement_keep_s = 300\n"
    report = replay(given(tmp_path, rows, site))
    # ann's and bob's records died at 08:04:50 and 08:05:50; then ann left.
    assert (report["overstays"], report["truth_present"], report["anti_passback_violations"]) == (2, 1, [])
    assert report["present"]["lowest"] <= 1 <= report["present"]["highest"]
    assert report["oldest_readable_s_max"] == 290
    assert report["events_stored"] == 3


def test_at_a_given_speed_the_logs_time_is_ours(tmp_path: Path) -> None:
    rows = "2026-01-05 08:00:00 | ann | in\n2026-01-05 08:02:00 | ann | out"
    report = replay(given(tmp_path, rows), "--speed", 60)
    assert report["seconds"] >= 2
    assert report["present"] == exactly(0)


def test_without_json_it_tells_in_words(tmp_path: Path) -> None:
    done = run(given(tmp_path, "2026-01-05 08:00:00 | ann | in\n2026-01-05 08:02:00 | ann | in"))
    assert done.returncode == 0, done.stderr
    assert "The log leaves 1 inside; the count says 1 (1 to 2)" in done.stdout
    assert "2026-01-05T08:02:00+00:00  ann  in  in-twice" in done.stdout


@pytest.mark.parametrize(
    ("rows", "arguments", "says"),
    [
        ("2026-01-05 08:00:00 | ann | roof", (), "line 2: access point 'roof'"),
        ("2026-01-05 08:00:00 | ann | in", ("--speed", "fast"), "no speed"),
        ("2026-01-05 08:00:00 | ann | in", ("--at", "noon"), "no time"),
        ("2026-01-05 08:00:00 | ann | in", ("--holders", "/nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_can_not_be_played_is_refused_in_words(
    tmp_path: Path, rows: str, arguments: tuple[str, ...], says: str
) -> None:
    done = run(given(tmp_path, rows), *arguments)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_half_way_it_leaves_nothing_behind(tmp_path: Path, stop: signal.Signals) -> None:
    rows = "2026-01-05 08:00:00 | ann | in\n2026-01-05 18:00:00 | ann | out"
    folder = given(tmp_path, rows)
    errors = folder / "errors"
    with (
        errors.open("w") as file,
        subprocess.Popen(command(folder, "--speed", 1), env=environment(folder), stderr=file) as running,
    ):
        try:
            deadline_s = time.monotonic() + 80
            while "Playing" not in errors.read_text() and time.monotonic() < deadline_s:
                time.sleep(0.05)
            assert [*(folder / "temporary").iterdir()] != []
            running.send_signal(stop)
            assert running.wait(timeout=80) == 1
        finally:
            running.kill()
    assert "stopped" in errors.read_text()
    assert [*(folder / "temporary").iterdir()] == []


def test_a_foreign_log_of_a_building_that_nobody_badges_out_of(tmp_path: Path) -> None:
    """Other column names, a semicolon, days first, two bad rows; badge in, and in and out of an inner area."""
    site = """
area = [{ id = "building" }, { id = "classified", within = "building" }]
access_point = [
  { id = "prox-in-building", from = "outside", to = "building" },
  { id = "prox-in-classified", from = "building", to = "classified" },
  { id = "prox-out-classified", from = "classified", to = "building" },
]
"""
    (tmp_path / "site.toml").write_text(site, encoding="utf-8")
    rows = ["When;Badge;Kind"]
    for day in range(5, 10):
        for clock, badge, kind in (("08:00", "30", "in-building"), ("08:30", "31", "in-building")):
            rows.append(f"{day}/01/2026 {clock};{badge};prox-{kind}")
        rows += [f"{day}/01/2026 09:00;30;prox-in-classified", f"{day}/01/2026 11:00;30;prox-out-classified"]
    rows += ["13/01/2026 09:00;31;prox-in-classified", "13/01/2026 09:30;31;prox-out-roof", "later;31;prox-in-building"]
    (tmp_path / "log.csv").write_text("\n".join(rows), encoding="utf-8")
    report = replay(tmp_path, "--columns", "at=when,access_point=kind")
    assert [tuple(row.values()) for row in report["anti_passback_violations"]] == [
        ("2026-01-13T09:00:00+00:00", "31", "prox-in-classified", "inner-without-outer")
    ]
    never = {"since": "2026-01-05T08:00:00+00:00", "entries": 10}
    assert report["never_badged_out"] == [{"area": "", **never}, {"area": "building", **never}]
    assert [row["line"] for row in report["bad_rows"]] == [23, 24]
    assert (report["rows"], report["truth_present"], report["bounds_missed"]) == (21, 2, [])
    assert report["present"] == {"lowest": None, "best": None, "highest": None}, "there is no way out to count"
