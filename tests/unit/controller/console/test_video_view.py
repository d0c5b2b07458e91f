"""Times of forms of video, in the site's zone: an hour of the clock is not always one of time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from contract.camera_trouble import GapReason
from controller.console import video_words
from controller.console.video_refusals import REFUSED
from controller.console.video_view import Viewing, beginning, clip_reasons_of, reasons_of, span_of, which
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


def test_a_form_offers_ten_minutes_ago_or_where_one_looks() -> None:
    now = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
    assert beginning(None, now, VIENNA) == "2026-07-01T11:50:00"
    viewing = Viewing("1", int(now.timestamp() * 1000), 0, 0, [])
    assert beginning(viewing, now, VIENNA) == "2026-07-01T12:00:00"
    assert span_of(beginning(viewing, now, VIENNA), "1", VIENNA) == (
        now.isoformat(),
        now.replace(minute=1).isoformat(),
    )


def test_every_reason_has_words_and_each_kind_of_operation_reasons() -> None:
    assert set(video_words.REASONS) == {reason.value for reason in ViewingReason}
    assert set(video_words.GAPS) == {reason.value for reason in GapReason}
    for kind in OperationKind:
        assert reasons_of(kind)
    assert "before-limit" not in clip_reasons_of(OperationKind.EMERGENCY)
    assert set(video_words.words_of(str)["refused"]) >= set(REFUSED)


def test_a_camera_with_a_slash_in_its_name_is_found_again() -> None:
    assert which("north/camera/1") == {"gate": "north", "camera": "camera/1"}
