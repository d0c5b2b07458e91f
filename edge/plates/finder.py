"""One picture to one plate: a look at the whole, and a closer one where that does not suffice.

Belongs here: the order of looks. Does not belong here: models (recognizer), forms (syntax), the choice (choosing).
"""

from collections.abc import Iterable, Sequence
from typing import Final

import cv2
import msgspec
import numpy as np

from contract.plates import WHOLE, Within
from edge.plates.choosing import Chosen, Text, choose, covers, is_dull, text_at
from edge.plates.picture import Box, Picture, lit, part_of
from edge.plates.recognizer import Corners, Recognizer, upright
from edge.plates.regions import likely_regions
from edge.plates.spelling import Character, Spelling
from edge.plates.syntax import Syntax

_CLOSER: Final = 4
"""How many places get a closer look."""
_CLOSE_PIXELS: Final = 352
"""How wide such a place is shown to the detector."""
_MARGIN: Final = 0.7
_MOST_LINES: Final = 6
_LOWEST_LINE_PIXELS: Final = 7
_SHORTEST_LINE: Final = 1.1
_LONGEST_LINE: Final = 11.0
_PLAIN: Final = 0.97
_MARGINS: Final = (-0.15, 0.1)
"""The line of the plate is read again a little larger and a little smaller, by shares of its height."""


class Found(msgspec.Struct, frozen=True):
    """A plate in a picture: where it stands, and how it may be read, the best first."""

    box: Box
    spellings: tuple[Spelling, ...]


class PlateFinder:
    """Finds and reads the plate in a picture; of several vehicles that of the nearest."""

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer: Final = recognizer

    def find(self, picture: Picture, syntax: Syntax, within: Within = WHOLE) -> Found | None:
        """Return the plate in that part of `picture`, or None if there is none that could be read.

        Its box is told in pixels of the whole picture. Raises BadPictureError for a part that is too small.
        """
        part, left, top = part_of(picture, within)
        found = self._find(part, syntax)
        if found is None:
            return None
        box = found.box
        return Found(Box(left + box.x, top + box.y, box.w, box.h), found.spellings)

    def _find(self, picture: Picture, syntax: Syntax) -> Found | None:
        picture = lit(picture)
        texts = self._texts(picture, self._recognizer.lines(picture))
        chosen = choose([text for _, text in texts], syntax)
        regions = likely_regions(picture)
        if chosen is not None and chosen.is_sure:
            # The likeliest place without any text may be the plate of a vehicle that is nearer.
            regions = _beside(regions[:1], [text.box for _, text in texts])
        else:
            regions = _beside(regions, [text.box for _, text in texts if is_dull(text, syntax)])[:_CLOSER]
        if regions:
            texts += self._closer(picture, regions)
            chosen = choose([text for _, text in texts], syntax)
        if chosen is None:
            return None
        return self._again(picture, chosen, texts, syntax)

    def _closer(self, picture: Picture, regions: Iterable[Box]) -> list[tuple[Corners, Text]]:
        """Return the texts in and around `regions`, each seen so large that small plates can be read."""
        height, width = picture.shape[:2]
        found: list[tuple[Corners, Text]] = []
        for region in regions:
            left = max(0, round(region.x - _MARGIN * region.w))
            top = max(0, round(region.y - 2 * _MARGIN * region.h))
            right = min(width, round(region.x + (1 + _MARGIN) * region.w))
            bottom = min(height, round(region.y + (1 + 2 * _MARGIN) * region.h))
            part = lit(picture[top:bottom, left:right])
            zoom = _CLOSE_PIXELS / max(1, right - left)
            seen = cv2.resize(
                part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
            )
            corners = [box / zoom + np.array([left, top], np.float32) for box in self._recognizer.lines(seen)]
            found += self._texts(picture, corners)
        return found

    def _texts(self, picture: Picture, lines: Iterable[Corners]) -> list[tuple[Corners, Text]]:
        """Read those of `lines` that could be a plate or a row of one."""
        able = [(corners, text_at(corners.tolist(), ())) for corners in lines]
        able = [
            pair
            for pair in able
            if pair[1].height >= _LOWEST_LINE_PIXELS
            and _SHORTEST_LINE <= pair[1].width / pair[1].height <= _LONGEST_LINE
        ]
        able.sort(key=lambda pair: -pair[1].height)
        return [
            (corners, text_at(corners.tolist(), self._recognizer.read(upright(picture, corners))))
            for corners, _ in able[:_MOST_LINES]
        ]

    def _again(self, picture: Picture, chosen: Chosen, texts: list[tuple[Corners, Text]], syntax: Syntax) -> Found:
        """Read the chosen line again with other margins, unless it is plain; the mean of like readings counts."""
        at = {id(text): corners for corners, text in texts}
        if all(max(character.values()) >= _PLAIN for text in chosen.texts for character in text.characters):
            return Found(chosen.box, chosen.spellings)
        better = []
        for text in chosen.texts:
            looks = (
                other.characters for _, other in texts if covers(other.box, text.box) or covers(text.box, other.box)
            )
            readings = [look for look in looks if len(look) == len(text.characters)]
            for grown in _MARGINS:
                reading = self._recognizer.read(upright(picture, at[id(text)], grown))
                if len(reading) == len(text.characters):
                    readings.append(reading)
            better.append(msgspec.structs.replace(text, characters=_mean(readings)))
        again = choose(better, syntax) or chosen
        return Found(chosen.box, again.spellings)


def _beside(regions: Iterable[Box], texts: Sequence[Box]) -> list[Box]:
    """Return those of `regions` in which none of `texts` stands."""
    return [box for box in regions if not any(covers(box, text) or covers(text, box) for text in texts)]


def _mean(readings: list[tuple[Character, ...]]) -> tuple[Character, ...]:
    return tuple(
        {c: sum(one.get(c, 0.0) for one in same) / len(same) for c in sorted(set().union(*same))}
        for same in zip(*readings, strict=True)
    )
