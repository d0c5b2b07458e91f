"""The search for plants finds each of them in every form and place, and nothing that is not there."""

import base64
import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.sealing import seal_to
from controller.audit import plants
from controller.audit.plants import PlantSearch, PlantTooShortError, forms_of

NAME = "Zoë Quartermaine/7"
OTHER = "h10301:201:54321"
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "utf-16 little": lambda text: text.encode("utf-16-le"),
    "utf-16 big": lambda text: text.encode("utf-16-be"),
    "upper": lambda text: text.upper().encode(),
    "upper utf-16 little": lambda text: text.upper().encode("utf-16-le"),
    "upper utf-16 big": lambda text: text.upper().encode("utf-16-be"),
    "lower utf-16 little": lambda text: text.lower().encode("utf-16-le"),
    "lower utf-16 big": lambda text: text.lower().encode("utf-16-be"),
    "lower": lambda text: text.lower().encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "json": lambda text: json.dumps({"name": text}).encode(),
    "json unescaped": lambda text: json.dumps({"name": text}, ensure_ascii=False).encode(),
    "url": lambda text: urllib.parse.quote(text).encode(),
    **{
        f"base64 after {before} and before {after}": (
            lambda text, before=before, after=after: base64.b64encode(  # type: ignore[misc]
                Random(before).randbytes(before) + text.encode() + Random(after).randbytes(after)
            )
        )
        for before in range(5)
        for after in range(3)
    },
}


def found(folder: Path, *texts: str) -> set[int]:
    return {hit.plant for hit in PlantSearch(texts).scan([folder]).hits}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", [NAME, OTHER])
def test_a_plant_is_found_in_every_form(tmp_path: Path, form: str, text: str) -> None:
    chance = Random(1)
    body = FORMS[form](text)
    (tmp_path / "file").write_bytes(chance.randbytes(500) + body + chance.randbytes(500))
    assert found(tmp_path, "nobody at all", text) == {2}


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=20),
    st.binary(max_size=4),
    st.binary(max_size=4),
)
def test_every_base64_of_a_text_holds_one_of_its_forms(text: str, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + text.encode() + after)
    assert any(form in encoded for name, form in forms_of(text).items() if name.startswith("base64"))


@pytest.mark.parametrize("at", range(-20, 21))
def test_a_plant_at_the_border_of_two_chunks_is_found_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(plants, "_CHUNK_BYTES", 256)
    body = OTHER.encode()
    (tmp_path / "file").write_bytes(bytes(512 + at) + body + bytes(700))
    hits = PlantSearch([OTHER]).scan([tmp_path]).hits
    assert [(hit.plant, hit.offset_bytes) for hit in hits] == [(1, 512 + at)]


def test_a_hit_says_where_but_never_what(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(bytes(10) + OTHER.encode())
    [hit] = PlantSearch([NAME, OTHER]).scan([tmp_path]).hits
    assert (hit.plant, hit.file, hit.offset_bytes, hit.form) == (2, str(tmp_path / "deep" / "file"), 10, "utf-8")


def test_names_of_files_and_folders_are_searched(tmp_path: Path) -> None:
    (tmp_path / "Quartermaine").mkdir()
    (tmp_path / "Quartermaine" / "log-54321x").write_bytes(b"")
    assert found(tmp_path, "Quartermaine", "54321x") == {1, 2}


def test_each_file_is_read_and_counted_and_a_missing_root_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(10))
    (tmp_path / "b").write_bytes(bytes(20))
    scan = PlantSearch([NAME]).scan([tmp_path / "a", tmp_path])
    assert (scan.files, scan.bytes_read, scan.hits) == (3, 40, [])
    with pytest.raises(FileNotFoundError, match="nothing was checked"):
        PlantSearch([NAME]).scan([tmp_path / "gone"])


def test_nothing_is_found_in_what_is_sealed(tmp_path: Path) -> None:
    public = bytes(31) + b"\x09"
    (tmp_path / "sealed").write_bytes(b"".join(seal_to(public, b"", f"{NAME} {OTHER}".encode()) for _ in range(200)))
    assert found(tmp_path, NAME, OTHER) == set()


def test_what_would_prove_nothing_is_refused() -> None:
    with pytest.raises(PlantTooShortError, match="plant 2"):
        PlantSearch([NAME, "12345"])
    with pytest.raises(ValueError, match="no plants"):
        PlantSearch([])
