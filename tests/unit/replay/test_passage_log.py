"""The log file: columns, times, order, and rows left out by name."""

from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from sacs.replay.passage_log import BadRow, RecordedPassage, read_log
from sacs.replay.table import InputFileError

POINTS = {AccessPointId("in"), AccessPointId("out")}
EIGHT_NS = 1_767_600_000 * NS_PER_S  # 2026-01-05 08:00:00 UTC
GOOD = "2026-01-05 08:00:00,ann,in\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "log.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "at",
    [
        "2026-01-05 08:00:00",
        "2026-01-05T08:00:00",
        "2026-01-05T08:00:00Z",
        "2026-01-05T09:00:00+01:00",
        "20260105T080000",
    ],
)
def test_times_are_utc_unless_they_say_otherwise(tmp_path: Path, at: str) -> None:
    log = written(tmp_path, f"at,credential,access_point\n{at},ann,in\n")
    assert read_log(log, POINTS).passages == [RecordedPassage(EIGHT_NS, "ann", AccessPointId("in"), 2)]


def test_columns_stand_in_any_order_and_further_ones_are_ignored(tmp_path: Path) -> None:
    log = written(tmp_path, "\ufeffnote, access_point ,at,credential\nx,out,2026-01-05 08:00:00, ann \n\n")
    assert [passage[:3] for passage in read_log(log, POINTS).passages] == [(EIGHT_NS, "ann", "out")]


def test_rows_are_put_in_the_order_of_time_and_equal_times_keep_theirs(tmp_path: Path) -> None:
    rows = [
        "2026-01-05 09:00:00,c,in",
        "2026-01-05 08:00:00,b,in",
        "2026-01-05 09:00:00,a,out",
        "2026-01-05 08:00:00,a,in",
    ]
    recording = read_log(written(tmp_path, "\n".join(["at,credential,access_point", *rows])), POINTS)
    assert [passage.line for passage in recording.passages] == [3, 5, 2, 4]
    assert recording.out_of_order == 2


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("noon,ann,in", "'noon' is no time: write 2026-01-31 07:30:00 or ISO 8601, UTC"),
        ("2026-01-05 08:00:00,,in", "no credential: say whose passage it was"),
        ("2026-01-05 08:00:00,ann,roof", "access point 'roof' is not in the site file"),
        ("2026-01-05 08:00:00,ann", "it ends before the last column that is needed"),
    ],
)
def test_a_bad_row_is_left_out_and_named(tmp_path: Path, row: str, why: str) -> None:
    recording = read_log(written(tmp_path, f"at,credential,access_point\n{GOOD}{row}\n{GOOD}"), POINTS)
    assert recording.bad == [BadRow(3, why)]
    assert [passage.line for passage in recording.passages] == [2, 4]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: no column at, credential, access_point"),
        ("at,credential\nx,y\n", "line 1: no column access_point"),
        ("at,credential,access_point\n", "has no rows"),
        ("at,credential,access_point\n2026-01-05 08:00:00,ann,roof\n", "no row can be used; line 2: access point"),
    ],
)
def test_a_file_of_which_nothing_can_be_used_is_refused(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputFileError, match=says):
        read_log(written(tmp_path, text), POINTS)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"at,credential,access_point\n\xe9\n")
    with pytest.raises(InputFileError, match="line 2"):
        read_log(path, POINTS)
