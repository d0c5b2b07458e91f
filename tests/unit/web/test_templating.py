from pathlib import Path

import pytest
from jinja2 import UndefinedError

from web import CATALOGUES, TEMPLATES
from web.i18n import load_languages
from web.templating import environment

ARABIC = load_languages(CATALOGUES)["ar"]


def render(folder: Path, text: str, **context: object) -> str:
    (folder / "page.txt").write_text(text, encoding="utf-8")
    return environment(ARABIC, folder).get_template("page.txt").render(**context)


def test_what_is_given_is_escaped_in_any_template_and_in_any_sentence(tmp_path: Path) -> None:
    bad = "<script>"
    text = "{{ bad }} {% trans bad=bad %}see {{ bad }}{% endtrans %}"
    assert render(tmp_path, text, bad=bad) == "&lt;script&gt; see &lt;script&gt;"


def test_a_name_that_was_not_given_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        render(tmp_path, "{{ forgotten }}")


def test_the_base_page_says_its_language_and_direction(tmp_path: Path) -> None:
    page = render(tmp_path, '{% extends "base.html" %}', languages=[ARABIC])
    assert '<html lang="ar" dir="rtl">' in page
    assert "انتقل إلى المحتوى" in page
    assert 'aria-current="true">العربية' in page


def test_the_base_page_needs_nothing_from_outside() -> None:
    folder = TEMPLATES.parent
    files = [path for path in folder.rglob("*") if path.suffix in {".html", ".css", ".js"}]
    assert len(files) >= 4
    for path in files:
        assert "//" not in "".join(
            line for line in path.read_text(encoding="utf-8").splitlines() if not line.strip().startswith("//")
        ).replace("; //", "")
