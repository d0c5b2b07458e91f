"""Times of forms of video, in the site's zone: an hour of the clock is not always one of time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contract.camera_trouble import GapReason
from contract.periods import VIDEO_LIMIT_S
from controller.console import video_words
from controller.console.video_refusals import REFUSED
from controller.console.video_view import (
    MINUTES,
    Camera,
    Offered,
    Track,
    Viewing,
    clip_reasons_of,
    offers,
    reasons_of,
    span_of,
    which,
)
from controller.domain.operation import OperationKind
from controller.domain.video.viewing import ViewingReason

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("begin", "minutes", "span"),
    [
        ("2026-07-01T12:00:00", "10", ("2026-07-01T10:00:00+00:00", "2026-07-01T10:10:00+00:00")),
        ("2026-07-01T12:00", "1", ("2026-07-01T10:00:00+00:00", "2026-07-01T10:01:00+00:00")),
        ("2026-10-25T02:30:00", "60", ("2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00")),  # clocks go back
        ("2026-07-01T12:00:00+00:00", "5", ("2026-07-01T12:00:00+00:00", "2026-07-01T12:05:00+00:00")),
        ("", "10", None),
        ("yesterday", "10", None),
        ("2026-07-01T12:00:00", "ten", None),
        ("2026-07-01T12:00:00", "9" * 30, None),
    ],
)
def test_a_time_of_the_form_is_one_of_the_site(begin: str, minutes: str, span: tuple[str, str] | None) -> None:
    assert span_of(begin, minutes, VIENNA) == span


NOW = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


def camera(keep_s: int) -> Camera:
    return Camera("north", "North gate", "door", "Door", served=True, keep_s=keep_s)


@pytest.mark.parametrize(
    ("keep_s", "minutes", "begin"),
    [
        (VIDEO_LIMIT_S, 10, "2026-07-01T11:50:00"),
        (600, 10, "2026-07-01T11:50:00"),
        (599, 5, "2026-07-01T11:55:00"),
        (300, 5, "2026-07-01T11:55:00"),
        (30, 1, "2026-07-01T11:59:00"),
    ],
)
def test_a_form_offers_the_last_minutes_as_far_as_they_are_kept(keep_s: int, minutes: int, begin: str) -> None:
    offered = offers({}, None, MINUTES, [camera(keep_s)], NOW, VIENNA)
    assert (offered.minutes, offered.begin, offered.camera) == (minutes, begin, "")


def test_a_form_offers_what_one_looks_at() -> None:
    tracks = [Track("north", name, name, [], [], "") for name in ("door", "street")]
    viewing = Viewing("1", int(NOW.timestamp() * 1000), 0, 0, tracks)
    offered = offers({}, viewing, MINUTES, [camera(VIDEO_LIMIT_S)], NOW, VIENNA)
    assert (offered.begin, offered.camera, offered.second) == ("2026-07-01T12:00:00", "north/door", "north/street")
    assert span_of(offered.begin, "1", VIENNA) == (NOW.isoformat(), NOW.replace(minute=1).isoformat())


def test_a_form_that_was_refused_offers_what_was_entered() -> None:
    asked = {
        "begin": "2026-06-01T08:00:00",
        "minutes": "30",
        "camera": "north/street",
        "second": "north/door",
        "reason": "unseen",
        "recipient": "police",
    }
    assert offers(asked, None, MINUTES, [camera(300)], NOW, VIENNA) == Offered(
        "2026-06-01T08:00:00", 30, "north/street", "north/door", "unseen", "police"
    )
    assert offers({"minutes": "7"}, None, MINUTES, [camera(300)], NOW, VIENNA).minutes == 5


def test_every_reason_has_words_and_each_kind_of_operation_reasons() -> None:
    assert set(video_words.REASONS) == {reason.value for reason in ViewingReason}
    assert set(video_words.GAPS) == {reason.value for reason in GapReason}
    for kind in OperationKind:
        assert reasons_of(kind)
    assert "before-limit" not in clip_reasons_of(OperationKind.EMERGENCY)
    assert set(video_words.words_of(str)["refused"]) >= set(REFUSED)


def test_a_camera_with_a_slash_in_its_name_is_found_again() -> None:
    assert which("north/camera/1") == {"gate": "north", "camera": "camera/1"}
