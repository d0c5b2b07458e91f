"""The briefing: what everybody is formally informed of before he may see movements (paragraph 27 (b)).

The text is a file (briefing/*.toml), which a site may replace by the official one. Its version holds a hash of the
text, so whoever acknowledged another wording is asked again. Belongs here: reading it. Does not belong here: who has
acknowledged it (officers.py).
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OWN: Final = Path(__file__).parent / "briefing" / "paragraph-27.toml"
"""Our own words for it, with the symbol of the act."""
LANGUAGES: Final = ("en", "ar")
_HASH_DIGITS: Final = 8
_LONGEST_BYTES: Final = 200_000


class BriefingError(ValueError):
    """A file that holds no briefing; the message says what is missing."""


@dataclass(frozen=True)
class Briefing:
    """A text in its languages. `version`: its name and a hash; `source`: symbol and paragraph of the act."""

    version: str
    source: str
    title: dict[str, str]
    paragraphs: dict[str, list[str]]


def read_briefing(path: Path = OWN) -> Briefing:
    """Return the briefing in a file. Raises BriefingError, OSError."""
    data = path.read_bytes()
    if len(data) > _LONGEST_BYTES:
        raise BriefingError(f"{path.name} is too long for a briefing: at most {_LONGEST_BYTES} bytes")
    try:
        content = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BriefingError(f"{path.name} is no TOML in UTF-8: {error}") from error
    titles, paragraphs = {}, {}
    for language in LANGUAGES:
        match content.get(language):
            case {"title": str(title), "paragraphs": [*texts]} if texts and all(isinstance(t, str) for t in texts):
                titles[language], paragraphs[language] = title, [str(text) for text in texts]
            case _:
                raise BriefingError(f"{path.name} lacks [{language}] with a title and paragraphs")
    name, source = content.get("version"), content.get("source")
    if not isinstance(name, str) or not name.isprintable() or not isinstance(source, str):
        raise BriefingError(f"{path.name} lacks version and source")
    digest = hashlib.sha256(data).hexdigest()[:_HASH_DIGITS]
    return Briefing(f"{name}-{digest}", source, titles, paragraphs)
