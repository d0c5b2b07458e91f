"""The paper itself: many names, foreign scripts, hostile names, photos good and bad."""

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from controller.domain.disclosure import Form
from controller.domain.muster.person import State
from controller.domain.need import Need
from controller.service.disclosing.document import Line, render
from tests.unit.controller.test_disclosure_rules import copy


def jpeg() -> bytes:
    done, data = cv2.imencode(".jpg", np.full((320, 240, 3), 128, np.uint8))
    assert done
    return data.tobytes()


def text_of(pdf: bytes, folder: Path) -> str:
    (folder / "a.pdf").write_bytes(pdf)
    shown = subprocess.run(["pdftotext", "-layout", "a.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return shown.stdout.decode()


def grey_behind_names(pdf: bytes, folder: Path) -> list[int]:
    """How much of each page the watermark covers, in points of 25 per inch."""
    (folder / "a.pdf").write_bytes(pdf)
    subprocess.run(["pdftoppm", "-gray", "-r", "25", "a.pdf", "page"], cwd=folder, check=True)
    return [path.read_bytes().count(bytes((228,))) for path in sorted(folder.glob("page*.pgm"))]


def images_in(pdf: bytes, folder: Path) -> int:
    (folder / "a.pdf").write_bytes(pdf)
    shown = subprocess.run(["pdfimages", "-list", "a.pdf"], cwd=folder, capture_output=True, check=True)
    return shown.stdout.decode().count("jpeg")


def test_whoever_is_looked_for_stands_before_whoever_is_found(tmp_path: Path) -> None:
    lines = [
        Line("Ann", "staff", "Attic", state=State.LEFT), Line("Ben", "staff", "Hall", state=State.MISSING),
        Line("Cleo", "staff", "Attic", state=State.ACCOUNTED), Line("Dan", "staff", "Attic", state=State.CONTRADICTED),
        Line("Eve", "staff", "Hall", state=State.MISSING, needs=Need.GUIDE),
    ]  # fmt: skip
    text = text_of(render(copy(1, Form.WARDENS_LIST), lines, "Site"), tmp_path)
    assert sorted(("Ann", "Ben", "Cleo", "Dan", "Eve"), key=text.index) == ["Dan", "Eve", "Ben", "Ann", "Cleo"]


def test_a_name_is_text_and_never_an_instruction(tmp_path: Path) -> None:
    hostile = '#panic("x") *b* $y$ "quoted" \\ <label>'
    text = text_of(render(copy(1), [Line(hostile, "#eval", "Hall")], "Site"), tmp_path)
    assert hostile in text
    assert "#eval" in text


def test_every_page_of_a_long_list_has_its_watermark(tmp_path: Path) -> None:
    lines = [Line(f"Person {n:03}", "staff", "Hall") for n in range(120)]
    pdf = render(copy(7), lines, "Site")
    pages = text_of(pdf, tmp_path).rstrip("\f").split("\f")
    assert len(pages) > 3
    covered = grey_behind_names(pdf, tmp_path)
    assert len(covered) == len(pages)
    assert min(covered) > 200
    for page in pages:
        assert page.count("Copy 7 · Officer KIM") == 2
        assert "Return or destroy" in page
    assert "120 persons" in pages[0]


def test_arabic_names_are_shaped_and_found(tmp_path: Path) -> None:
    assert "محمد علي" in text_of(render(copy(1), [Line("محمد علي", "", "الحديقة")], "Site"), tmp_path)


def test_a_hand_over_shows_faces_and_says_that_it_stays(tmp_path: Path) -> None:
    lines = [Line("Ann", "staff", "Hall", jpeg()), Line("Bob", "staff", "Hall")]
    pdf = render(copy(1, Form.HAND_OVER), lines, "Site")
    assert images_in(pdf, tmp_path) == 1
    assert "Destroy when it ends" in text_of(pdf, tmp_path)


@pytest.mark.parametrize("broken", [b"\xff\xd8\xff nonsense \xff\xd9", jpeg()[:200]])
def test_a_broken_photo_costs_no_name(tmp_path: Path, broken: bytes) -> None:
    pdf = render(copy(1, Form.HAND_OVER), [Line("Ann", "staff", "Hall", broken)], "Site")
    assert "Ann" in text_of(pdf, tmp_path)
