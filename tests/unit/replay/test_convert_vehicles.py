"""The converter of the vehicle log: directions by turns, and a site that fits."""

import csv
import gzip
from pathlib import Path

import pytest

from contract.ids import ANYWHERE, OUTSIDE
from contract.site import parse_site
from sacs.replay.convert_vehicles import AREA, convert, main

ROWS = [
    ("2015-05-01 00:43:28", "v1", "4", "entrance3"),
    ("2015-05-01 01:00:00", "r1", "2P", "ranger-base"),
    ("2015-05-01 01:03:48", "v1", "4", "general-gate1"),
    ("2015-05-01 02:00:00", "v2", "1", "entrance3"),
    ("2015-05-01 02:00:00", "v1", "4", "entrance0"),
    ("2015-05-01 03:00:00", "r1", "2P", "ranger-base"),
    ("2015-05-02 03:00:00", "v1", "4", "entrance0"),
]


def packed(folder: Path, header: str = "Timestamp,car-id,car-type,gate-name") -> Path:
    path = folder / "sensor.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join([header, *(",".join(row) for row in ROWS)]))
    return path


def test_odd_crossings_lead_in_and_even_ones_out(tmp_path: Path) -> None:
    assert convert(packed(tmp_path), tmp_path / "new" / "folder") == len(ROWS)
    with (tmp_path / "new" / "folder" / "log.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["access_point"] for row in rows] == [
        "entrance3-in", "ranger-base-in", "general-gate1", "entrance3-in",
        "entrance0-out", "ranger-base-out", "entrance0-in",
    ]  # fmt: skip
    assert [(row["at"], row["credential"]) for row in rows] == [(at, vehicle) for at, vehicle, *_ in ROWS]


def test_the_site_has_one_area_and_a_gate_for_each_gate(tmp_path: Path) -> None:
    convert(packed(tmp_path), tmp_path)
    site = parse_site((tmp_path / "site.toml").read_text(encoding="utf-8"))
    assert {gate.id: len(gate.reader) for gate in site.gate} == {
        "entrance0": 2, "entrance3": 2, "ranger-base": 2, "general-gate1": 1
    }  # fmt: skip
    ways: dict[str, tuple[str, str]] = {point.id: (point.from_area, point.to_area) for point in site.access_point}
    assert ways["general-gate1"] == (ANYWHERE, AREA)
    assert ways["entrance3-in"] == (OUTSIDE, AREA)
    assert ways["entrance3-out"] == (AREA, OUTSIDE)


@pytest.mark.parametrize("name", ["missing.csv.gz", "sensor.csv.gz"])
def test_another_file_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    packed(tmp_path, header="a,b,c,d")
    assert main([str(tmp_path / name), str(tmp_path / "out")]) == 1
    assert name in capsys.readouterr().err


def test_without_arguments_it_says_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "SENSOR.csv.gz FOLDER" in capsys.readouterr().err
