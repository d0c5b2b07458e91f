"""The text of paragraph 27: in both languages, with its source, and another version whenever a word changes."""

from pathlib import Path

import pytest

from controller.service.officers.briefings import LANGUAGES, OWN, BriefingError, read_briefing

GOOD = """
version = "official"
source = "A/RES/61/263, paragraph 27"
[en]
title = "t"
paragraphs = ["one"]
[ar]
title = "t"
paragraphs = ["one"]
"""


def test_our_own_text_names_the_act_and_each_part_of_the_paragraph() -> None:
    own = read_briefing()
    assert "A/RES/61/263" in own.source
    for language in LANGUAGES:
        text = " ".join(own.paragraphs[language])
        assert own.title[language]
        assert all(part in text for part in ("A/RES/61/263", "24", "30"))
    english = " ".join(own.paragraphs["en"])
    assert all(f"27 ({part})" in english for part in "abcd")


def test_a_changed_word_is_another_version(tmp_path: Path) -> None:
    file = tmp_path / "text.toml"
    file.write_text(GOOD)
    before = read_briefing(file).version
    assert before.startswith("official-")
    file.write_text(GOOD.replace("one", "two", 1))
    assert read_briefing(file).version != before
    assert read_briefing(OWN).version == read_briefing().version


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\xff\xfe", b"not = toml = at all", GOOD.replace("[ar]", "[fr]").encode(),
        GOOD.replace('paragraphs = ["one"]', "paragraphs = []").encode(), GOOD.replace('["one"]', "[1]").encode(),
        GOOD.replace("version", "edition").encode(), GOOD.replace("source", "origin").encode(), b"#" * 300_000,
    ],
)  # fmt: skip
def test_a_file_that_holds_no_briefing_is_refused_in_words(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "text.toml"
    file.write_bytes(text)
    with pytest.raises(BriefingError, match=r"text\.toml"):
        read_briefing(file)
