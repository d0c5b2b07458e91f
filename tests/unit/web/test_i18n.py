from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import CATALOGUES
from web.i18n import choose, load_languages

LANGUAGES = load_languages(CATALOGUES)


def test_english_and_arabic_are_there_and_know_their_direction() -> None:
    assert {code: (each.direction, each.own_name) for code, each in LANGUAGES.items()} == {
        "en": ("ltr", "English"),
        "ar": ("rtl", "العربية"),
    }


@pytest.mark.parametrize(
    ("asked", "accepted", "code"),
    [
        (None, "", "en"),
        (None, "ar", "ar"),
        (None, "ar-EG,en;q=0.5", "ar"),
        (None, "en;q=0.5, ar;q=0.9", "ar"),
        (None, "fr, de;q=0.8", "en"),
        (None, "ar;q=0, en;q=0.1", "en"),
        ("ar", "en", "ar"),
        ("en", "ar", "en"),
        ("tlh", "ar", "ar"),
        (None, ";;q=,ar;q=2,\x00", "en"),
    ],
)
def test_the_language_that_was_asked_for_wins_over_the_accepted_ones(
    asked: str | None, accepted: str, code: str
) -> None:
    assert choose(LANGUAGES, asked, accepted).code == code


@given(st.none() | st.text(), st.text())
def test_whatever_a_browser_sends_there_is_a_language(asked: str | None, accepted: str) -> None:
    assert choose(LANGUAGES, asked, accepted).code in LANGUAGES


@pytest.mark.parametrize(
    ("number", "said"), [(0, "صفر"), (1, "واحد"), (2, "اثنان"), (3, "قليل"), (11, "كثير"), (100, "غير"), (103, "قليل")]
)
def test_catalogues_of_one_language_are_merged_and_plurals_follow_their_header(
    tmp_path: Path, number: int, said: str
) -> None:
    header = (CATALOGUES / "ar.po").read_text(encoding="utf-8").split("\n\n")[0]
    forms = "".join(f'msgstr[{n}] "{text}"\n' for n, text in enumerate(["صفر", "واحد", "اثنان", "قليل", "كثير", "غير"]))
    (tmp_path / "ar.po").write_text(f'{header}\n\nmsgid "one"\nmsgid_plural "many"\n{forms}', encoding="utf-8")
    arabic = load_languages(CATALOGUES, tmp_path)["ar"].translations
    assert arabic.ngettext("one", "many", number) == said
    assert arabic.gettext("Language") == "اللغة"


def test_what_has_no_translation_shows_in_english() -> None:
    assert LANGUAGES["ar"].translations.gettext("never translated") == "never translated"
