"""What the demo says: with a terminal and without one, at the end, and when the count is unknown."""

import sys

import msgspec
import pytest

from controller.live import Headcount, Live
from sacs.demo.screen import Screen, words
from sacs.demo.site import Present, Summary


def live(best: int | None) -> Live:
    return Live(
        at="2026-01-01T00:00:00Z",
        site="demo",
        time_zone="UTC",
        learning=False,
        premises=Headcount("", "", best, best, best, 0, [], best or 0),
        areas=[],
        gates=[],
        alarms=[],
        keys=[],
        keys_destroyed=3,
        oldest_readable_s=59.4,
        limit_s=300,
        events_journaled=7,
        events_stored=7,
        events_duplicate=0,
        events_expired=0,
        events_late=0,
        broker_connected=True,
        received=[],
    )


def summary(readable: int) -> Summary:
    return Summary(4, 20, 20, 1, Present(3, 4, 6), 5, 58.6, readable, 9, 12)


def test_a_terminal_gets_one_line_that_redraws_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    screen = Screen(figures=True)
    screen.show(live(12))
    screen.show(live(13))
    screen.say("Ending")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 2
    assert "inside 13 (13 to 13) | 7 events | 3 keys dead | oldest 59 s\nEnding\n" in shown.err
    assert all(len(line) < 80 for line in shown.err.replace("\x1b[2K", "").split("\r"))


def test_without_a_terminal_lines_are_few_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Screen(figures=True)
    for _ in range(5):
        screen.show(live(12))
    shown = capsys.readouterr().err
    assert shown.count("inside 12") == 1
    assert "\r" not in shown
    assert "\x1b" not in shown


def test_headless_shows_no_figures(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(figures=False).show(live(12))
    assert capsys.readouterr().err == ""


def test_a_silent_controller_and_an_unknown_count_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    Screen(figures=True).show(None)
    Screen(figures=True).show(live(None))
    shown = capsys.readouterr().err
    assert "does not answer" in shown
    assert "inside unknown" in shown


def test_the_summary_says_what_happened() -> None:
    told = words(summary(0), 300)
    for text in ("20 journaled at 4 gates, 20 stored (1 came twice)", "4 (3 to 6); in truth 5", "9 keys", "59 s old"):
        assert text in told


def test_the_summary_does_not_hide_readable_rows() -> None:
    assert "2 ROWS ARE READABLE" in words(summary(2), 300)


def test_the_summary_says_what_came_too_late_and_of_nothing_where_nothing_did() -> None:
    said = words(msgspec.structs.replace(summary(0), events_stored=17), 300)
    assert "3 events came too late" in said
    assert "Lost" not in words(summary(0), 300)
