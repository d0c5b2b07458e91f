"""Languages: catalogues read at start, and which of them a request gets.

Belongs here: loading `.po` files and choosing among languages. Does not belong here: numbers and times (formats.py).
Catalogues are read as text, so there is no compile step to forget. English stands in the code itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE: Final = "en"
"""The language of the strings in code and templates."""
_RANGE: Final = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")
_LONGEST_HEADER: Final = 500


@dataclass(frozen=True)
class Language:
    """One language that pages can be read in. `code` as in an HTML `lang` attribute."""

    code: str
    locale: Locale
    translations: NullTranslations

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, for an HTML `dir` attribute."""
        return self.locale.text_direction

    @property
    def own_name(self) -> str:
        """What its speakers call it."""
        return self.locale.language_name or self.code


def load_languages(*folders: Path) -> dict[str, Language]:
    """Return English and each language that has a `<code>.po` in one of `folders`, by code.

    Catalogues of one language are merged. A folder without a language leaves its strings in English. Raises OSError
    and babel's PoFileError for what can not be read.
    """
    found = {SOURCE: NullTranslations()}
    for folder in folders:
        for path in sorted(folder.glob("*.po")):
            loaded = _read(path)
            before = found.get(path.stem)
            found[path.stem] = before.merge(loaded) if isinstance(before, Translations) else loaded
    return {code: Language(code, Locale.parse(code, sep="-"), each) for code, each in found.items()}


def choose(languages: Mapping[str, Language], asked: str | None, accepted: str) -> Language:
    """Return the language somebody asked for by code, else the best for an Accept-Language header, else English.

    `accepted` is read by RFC 9110, 12.5.4; what does not follow it is passed over.
    """
    if asked is not None and asked in languages:
        return languages[asked]
    matches = [match for part in accepted[:_LONGEST_HEADER].split(",") if (match := _RANGE.fullmatch(part))]
    wanted = [(float(match[2] or 1), match[1]) for match in matches]
    # A stable sort keeps the order of equals, which is the reader's own.
    preferred = [tag for weight, tag in sorted(wanted, key=lambda pair: -pair[0]) if weight > 0]
    return languages[negotiate_locale(preferred, list(languages), sep="-") or SOURCE]


def _read(path: Path) -> Translations:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
