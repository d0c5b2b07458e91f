"""Files as others write them: column names, separators, byte order marks, compression, forms of time."""

import gzip
from pathlib import Path

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccessPointId
from sacs.replay.passage_log import read_log
from sacs.replay.table import InputFileError, columns_of
from sacs.replay.times import NoTimeError, reader_of

POINTS = {AccessPointId("in")}
EIGHT_NS = 1_767_600_000 * NS_PER_S  # 2026-01-05 08:00:00 UTC
TEXT = "at,credential,access_point\n2026-01-05 08:00:00,ann,in\n"


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.upper().replace("ANN,IN", "ann,in"),
        TEXT.replace(",", ";"),
        TEXT.replace(",", "\t"),
        TEXT.replace("\n", "\r\n"),
        "\ufeff" + TEXT,
        TEXT.replace("at,credential,access_point", "Timestamp,Badge ID,Door"),
        TEXT.replace("at,credential,access_point", "Date/Time,Prox-ID,gate_name"),
        '"at";"credential";"access_point";"note"\n"2026-01-05 08:00:00";"ann";"in";"a, b"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_can_be_meant_in_one_way_is_taken_so(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(text.encode(encoding))
    assert [passage[:3] for passage in read_log(path, POINTS).passages] == [(EIGHT_NS, "ann", "in")]


def test_a_compressed_file_is_read_and_a_damaged_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "log.csv.gz"
    whole = gzip.compress(TEXT.encode())
    path.write_bytes(whole)
    assert len(read_log(path, POINTS).passages) == 1
    path.write_bytes(whole[:-9])
    with pytest.raises(InputFileError, match="compressed and damaged"):
        read_log(path, POINTS)


def test_the_command_says_what_columns_are_called_and_puts_two_together(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("Day,Clock,Who,Where,Door\n2026-01-05,08:00:00,ann,in,7\n", encoding="utf-8")
    columns = columns_of("at=day+clock, credential=Who,access_point=Where")
    assert [passage[:3] for passage in read_log(path, POINTS, columns).passages] == [(EIGHT_NS, "ann", "in")]


def test_whoever_was_not_let_through_did_not_pass(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    rows = "2026-01-05 07:59:00,ann,in,Access Denied\n2026-01-05 08:00:00,ann,in,Granted\n2026-01-05 08:01:00,bob,in,\n"
    path.write_text(f"at,credential,access_point,Result\n{rows}", encoding="utf-8")
    recording = read_log(path, POINTS)
    assert [passage.line for passage in recording.passages] == [3, 4]
    assert [tuple(bad) for bad in recording.bad] == [(2, "'Access Denied': nobody was let through")]


def test_a_column_that_can_be_two_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("at,credential,door,reader\n2026-01-05 08:00:00,ann,in,in\n", encoding="utf-8")
    with pytest.raises(InputFileError, match="'door' or 'reader': say --columns access_point=NAME"):
        read_log(path, POINTS)


@pytest.mark.parametrize("text", ["when=x", "at", "at="])
def test_what_names_no_column_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write at=Date\+Time"):
        columns_of(text)


@pytest.mark.parametrize(
    "column",
    [
        ["5.1.2026 08:00"],
        ["2026/01/05 08:00:00"],
        ["01/05/2026 8:00", "01/31/2026 8:00"],
        ["05/01/2026 8:00", "31/01/2026 8:00"],
        ["1/5/2026 8:00:00 AM", "1/31/2026 8:00:00 PM"],
        ["05.01.26 08:00"],
        ["01/05/26 8:00 AM", "01/31/26 8:00 PM"],
        ["5-Jan-2026 08:00:00"],
        ["Jan 5, 2026 8:00:00 AM"],
        ["1767600000"],
        ["1767600000000"],
        ["2026-01-05T08:00:00.000Z", "31/01/2026 8:00"],
    ],
)
def test_the_whole_column_tells_how_its_times_are_written(column: list[str]) -> None:
    assert reader_of(column)(column[0]) == EIGHT_NS


def test_days_and_months_that_can_not_be_told_apart_are_asked_for() -> None:
    with pytest.raises(NoTimeError, match="can be two dates: say --time-format"):
        reader_of(["05/01/2026 08:00", "06/01/2026 08:00"])
    assert reader_of(["05/01/2026 08:00"], "%d/%m/%Y %H:%M")("05/01/2026 08:00") == EIGHT_NS
