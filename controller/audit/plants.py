"""Looking for planted data in raw bytes: names, credentials and pass numbers that must never be found.

Belongs here: how a text may lie on disk, and the search. Does not belong here: which texts were planted (the caller),
or sealed data that still opens (carving.py).
"""

import base64
import json
import os
import urllib.parse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ahocorasick_rs import BytesAhoCorasick

SHORTEST_PLANT: Final = 6
"""Shorter texts occur in random bytes by chance and would prove nothing."""
IN_NAME: Final = " (its name)"
"""Follows a path whose name, not its content, was a hit."""
_CHUNK_BYTES: Final = 16 * 1024 * 1024


class PlantTooShortError(ValueError):
    """A plant that chance alone would find."""


@dataclass(frozen=True)
class Hit:
    """A plant that was found.

    Which one (its number, from 1; never its text), in which file, where, and in which form.
    """

    plant: int
    file: str
    offset_bytes: int
    form: str


@dataclass(frozen=True)
class Scan:
    """What was read and what was found.

    `not_read`: what is neither file nor folder (links, sockets, pipes), of which only the name was searched;
    `vanished`: files that went away between being listed and being opened, as they do in a system that runs.
    """

    files: int
    bytes_read: int
    not_read: list[str]
    vanished: int
    hits: list[Hit]


def forms_of(text: str) -> dict[str, bytes]:
    """Return the forms in which `text` may lie in a file, by name.

    Base64 is searched at its three alignments, each cut to the characters that depend on the text alone.
    """
    raw = text.encode()
    forms = {
        "utf-8": raw,
        "utf-16-le": text.encode("utf-16-le"),
        "utf-16-be": text.encode("utf-16-be"),
        **{
            f"{encoding} {case}": cased.encode(encoding)
            for encoding in ("utf-8", "utf-16-le", "utf-16-be")
            for case, cased in (("upper", text.upper()), ("lower", text.lower()))
        },
        "hex": raw.hex().encode(),
        "hex upper": raw.hex().upper().encode(),
        "json": json.dumps(text)[1:-1].encode(),
        "url": urllib.parse.quote(text).encode(),
    }
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + raw)
        start = -(-shift * 8 // 6)
        forms[f"base64 +{shift}"] = encoded[start : (shift + len(raw)) * 8 // 6]
    distinct: dict[bytes, str] = {}
    for name, form in forms.items():
        distinct.setdefault(form, name)
    return {name: form for form, name in distinct.items()}


class PlantSearch:
    """Searches many plants in all their forms at once."""

    def __init__(self, plants: Iterable[str]) -> None:
        """Take the planted texts. Raises PlantTooShortError, ValueError if there are none."""
        self._named: list[tuple[int, str]] = []
        patterns: list[bytes] = []
        for number, plant in enumerate(plants, 1):
            if len(plant) < SHORTEST_PLANT:
                raise PlantTooShortError(
                    f"plant {number} has fewer than {SHORTEST_PLANT} characters: chance would find it"
                )
            for form, pattern in forms_of(plant).items():
                self._named.append((number, form))
                patterns.append(pattern)
        if not patterns:
            raise ValueError("no plants given: a search for nothing finds nothing")
        self._longest = max(map(len, patterns))
        self._matcher = BytesAhoCorasick(patterns)

    def scan(self, roots: Iterable[Path], progress: Callable[[int], None] = lambda _: None) -> Scan:
        """Read every file below `roots`, and the names of all there is, and return what was found.

        `progress`: bytes read so far. Raises OSError for what can not be read, or where there is nothing to be read:
        nothing is passed over in silence.
        """
        files, bytes_read, vanished = 0, 0, 0
        not_read: list[str] = []
        hits: list[Hit] = []
        for path in places_below(roots):
            hits += self._in_bytes(os.fsencode(path.name), f"{path}{IN_NAME}", 0)
            if not is_file(path):
                if path.is_symlink() or not path.is_dir():
                    not_read.append(str(path))
                continue
            try:
                searched = 0
                for offset, chunk in chunks_of(path, self._longest):
                    hits += self._in_bytes(chunk, str(path), offset, searched)
                    bytes_read += offset + len(chunk) - searched
                    searched = offset + len(chunk)
                    progress(bytes_read)
            except FileNotFoundError:
                vanished += 1
            else:
                files += 1
        if not bytes_read and not hits:
            what = "byte in the files of" if files else "file in"
            raise FileNotFoundError(f"there is no {what} these folders: nothing was checked")
        return Scan(files, bytes_read, not_read, vanished, hits)

    def _in_bytes(self, data: bytes, file: str, offset: int, searched: int = 0) -> Iterator[Hit]:
        """Yield the hits in `data`, which lies at `offset`, but not those that end in what was `searched` before."""
        for index, start, end in self._matcher.find_matches_as_indexes(data, overlapping=True):
            if offset + end > searched:
                plant, form = self._named[index]
                yield Hit(plant, file, offset + start, form)


def places_below(roots: Iterable[Path]) -> Iterator[Path]:
    """Yield `roots` and everything below them, of whatever kind, in order; links are not followed.

    Raises FileNotFoundError for a root that is not there, PermissionError for a folder that can not be listed.
    """
    for root in roots:
        if not root.exists():
            raise FileNotFoundError(f"{root} is not there: nothing was checked")
        yield root
        if root.is_dir():
            for folder, folders, others in os.walk(root, onerror=_raise_unless_gone):
                folders.sort()
                yield from sorted(Path(folder, name) for name in (*folders, *others))


def files_below(roots: Iterable[Path]) -> Iterator[Path]:
    """Yield every regular file below `roots`, in order. Raises as `places_below` does."""
    return filter(is_file, places_below(roots))


def is_file(path: Path) -> bool:
    """Whether `path` is a regular file itself, not a link to one."""
    return path.is_file() and not path.is_symlink()


def chunks_of(path: Path, overlap: int) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, bytes) so that whatever is at most `overlap` long lies whole in one of them. Raises OSError."""
    with path.open("rb") as file:
        offset, kept = 0, b""
        while data := file.read(_CHUNK_BYTES):
            yield offset - len(kept), kept + data
            offset += len(data)
            kept = data[-overlap:]


def _raise_unless_gone(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
