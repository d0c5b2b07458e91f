"""Which of the texts in a picture is the plate: by form, certainty, size and shape.

Belongs here: that choice, pure. Does not belong here: finding texts, or what a country writes (syntax).
"""

from collections.abc import Iterator, Sequence
from itertools import permutations
from math import hypot, log
from typing import Final

import msgspec

from edge.plates.picture import Box
from edge.plates.spelling import Character, Spelling, spellings
from edge.plates.syntax import Syntax

_SIZE: Final = 1.5
_NARROW: Final = 0.32
_BROAD: Final = 1.15
"""Width of a character and its gap in heights of the line, from a narrow font seen aslant to a wide one."""
_SHAPE: Final = 6.0
_STEEP: Final = 0.5
_STEEP_COSTS: Final = 3.0
_TWO_ROWS: Final = log(0.2)
_SURE: Final = log(0.11)
_DULL: Final = -8.0
_LEAST_SURE: Final = 0.05
"""A word that can be bent into a plate is none."""
_LOWEST_PIXELS: Final = 10.0
_PART_COSTS: Final = 2.5
_PART: Final = 0.85
_COVERS: Final = 0.7
_MOST_ROW_RATIO: Final = 1.8


class Text(msgspec.Struct, frozen=True):
    """A line of text: its box, its sides in pixels, its slope (rise by run), and its characters."""

    box: Box
    width: float
    height: float
    slope: float
    characters: tuple[Character, ...]

    def __repr__(self) -> str:
        """Without the text."""
        return f"Text({self.box!r}, {len(self.characters)} characters)"


class Chosen(msgspec.Struct, frozen=True):
    """The plate of a picture: where it stands, in which texts (two where it has two rows), and its spellings."""

    box: Box
    texts: tuple[Text, ...]
    spellings: tuple[Spelling, ...]
    score: float

    @property
    def is_sure(self) -> bool:
        """Whether a closer look can be saved."""
        return (
            self.spellings[0].has_form
            and self.spellings[0].log_score >= _SURE
            and min(text.height for text in self.texts) >= _LOWEST_PIXELS
        )


def text_at(corners: Sequence[Sequence[float]], characters: tuple[Character, ...]) -> Text:
    """Return the text between four corners, given from the upper left one clockwise."""
    (x0, y0), (x1, y1), _, (x3, y3) = corners
    xs, ys = [point[0] for point in corners], [point[1] for point in corners]
    left, top = max(0, round(min(xs))), max(0, round(min(ys)))
    return Text(
        Box(left, top, round(max(xs)) - left, round(max(ys)) - top),
        hypot(x1 - x0, y1 - y0),
        hypot(x3 - x0, y3 - y0),
        (y1 - y0) / max(1.0, abs(x1 - x0)),
        characters,
    )


def choose(texts: Sequence[Text], syntax: Syntax) -> Chosen | None:
    """Return what most looks like a plate; None if nothing does."""
    found = [*_alone(texts, syntax), *_in_two_rows(texts, syntax)]
    return max(found, key=lambda chosen: chosen.score, default=None)


def is_dull(text: Text, syntax: Syntax) -> bool:
    """Tell whether `text` is certainly something else than a plate: it needs no closer look."""
    spelt = spellings(text.characters, syntax)
    return not spelt or spelt[0].log_score < _DULL


def _alone(texts: Sequence[Text], syntax: Syntax) -> Iterator[Chosen]:
    for text in texts:
        spelt = spellings(text.characters, syntax)
        if spelt and spelt[0].confidence >= _LEAST_SURE:
            score = spelt[0].log_score + _look(text, len(text.characters)) - _PART_COSTS * _missing(text, texts)
            yield Chosen(text.box, (text,), tuple(spelt), score)


def _in_two_rows(texts: Sequence[Text], syntax: Syntax) -> Iterator[Chosen]:
    """Yield what two lines say together, one right below the other: plates of motorcycles and lorries."""
    for upper, lower in permutations(texts, 2):
        if not _is_below(upper, lower):
            continue
        spelt = [s for s in spellings(upper.characters + lower.characters, syntax) if s.has_form]
        if not spelt or len(spelt[0].plate) != len(upper.characters) + len(lower.characters):
            continue
        x, y = min(upper.box.x, lower.box.x), upper.box.y
        right = max(upper.box.x + upper.box.w, lower.box.x + lower.box.w)
        box = Box(x, y, right - x, lower.box.y + lower.box.h - y)
        look = min(_look(text, len(text.characters)) for text in (upper, lower))
        yield Chosen(box, (upper, lower), tuple(spelt), spelt[0].log_score + look + _TWO_ROWS)


def _look(text: Text, characters: int) -> float:
    """Return how much size, shape and slope speak for a plate; 0 is neutral."""
    pitch = text.width / max(1.0, text.height) / max(1, characters)
    shape = max(0.0, log(_NARROW / pitch), log(pitch / _BROAD)) if pitch else _SHAPE
    steep = max(0.0, abs(text.slope) - _STEEP)
    return _SIZE * log(max(1.0, text.height) / 20) - _SHAPE * shape - _STEEP_COSTS * steep


def _missing(text: Text, texts: Sequence[Text]) -> int:
    """Return how many characters more another reading of the same place has: `text` is then a part of a plate."""
    others = (len(other.characters) for other in texts if covers(other.box, text.box) and _is_part(text, other))
    return max(0, max(others, default=0) - len(text.characters))


def covers(outer: Box, inner: Box) -> bool:
    """Tell whether most of `inner` lies in `outer`."""
    across = min(outer.x + outer.w, inner.x + inner.w) - max(outer.x, inner.x)
    down = min(outer.y + outer.h, inner.y + inner.h) - max(outer.y, inner.y)
    return across > 0 and down > 0 and across * down >= _COVERS * inner.w * inner.h


def _is_part(text: Text, other: Text) -> bool:
    ratio = text.height / max(1.0, other.height)
    return text.width < _PART * other.width and 1 / _MOST_ROW_RATIO <= ratio <= _MOST_ROW_RATIO


def _is_below(upper: Text, lower: Text) -> bool:
    if not upper.characters or not lower.characters:
        return False
    ratio = upper.height / max(1.0, lower.height)
    gap = lower.box.y - (upper.box.y + upper.box.h)
    middles = abs(2 * upper.box.x + upper.box.w - 2 * lower.box.x - lower.box.w) / 2
    return (
        1 / _MOST_ROW_RATIO <= ratio <= _MOST_ROW_RATIO
        and abs(gap) <= 0.5 * min(upper.height, lower.height)
        and middles <= 0.35 * max(upper.box.w, lower.box.w)
        and lower.box.y > upper.box.y
    )
