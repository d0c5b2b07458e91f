"""Where in a picture a plate may stand: places with many more upright edges than what is around them.

Cheap (some ms), and right more often than a text detector that sees a small plate shrunk further. Belongs here: such
places. Does not belong here: reading what stands there.
"""

from typing import Final

import cv2
import numpy as np

from edge.plates.picture import Box, Picture

_WIDEST_PIXELS: Final = 960
_PLATE_WIDTHS: Final = (44, 70, 110, 170)
"""In pixels of the shrunk picture; a plate is looked for as four times as wide as high."""
_MOST: Final = 10
_RING: Final = 0.6
_FLAT: Final = 8.0
_STEEP: Final = 6.0


def likely_regions(picture: Picture) -> list[Box]:
    """Return up to ten places for a closer look, the likeliest first, each about as large as a plate would be there."""
    height, width = picture.shape[:2]
    scale = min(1.0, _WIDEST_PIXELS / max(height, width))
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    edges = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3))
    # Beside what is around: a plate in the shade counts as much as one in the sun.
    relative = np.minimum(edges / (cv2.boxFilter(edges, -1, (201, 101)) + _FLAT), _STEEP)
    found: list[tuple[float, Box]] = []
    for w in _PLATE_WIDTHS:
        h = w // 4
        if w > grey.shape[1] or h > grey.shape[0]:
            continue
        score = cv2.boxFilter(relative, -1, (w, h)) - _RING * cv2.boxFilter(relative, -1, (2 * w, 3 * h))
        for _ in range(_MOST):
            _, value, _, (x, y) = cv2.minMaxLoc(score)
            found.append((value, Box(x - w // 2, y - h // 2, w, h)))
            cv2.rectangle(score, (x - w, y - 2 * h), (x + w, y + 2 * h), -1e9, -1)
    return [_scaled(box, 1 / scale) for box in _apart(found)]


def _apart(found: list[tuple[float, Box]]) -> list[Box]:
    """Return the best of `found` that do not say the same place again."""
    kept: list[Box] = []
    for _, box in sorted(found, key=lambda pair: -pair[0]):
        if len(kept) < _MOST and not any(_says_same(box, other) for other in kept):
            kept.append(box)
    return kept


def _says_same(one: Box, other: Box) -> bool:
    across = abs(2 * one.x + one.w - 2 * other.x - other.w) / 2
    down = abs(2 * one.y + one.h - 2 * other.y - other.h) / 2
    return across < max(one.w, other.w) / 2 and down < max(one.h, other.h)


def _scaled(box: Box, factor: float) -> Box:
    return Box(*(round(value * factor) for value in (box.x, box.y, box.w, box.h)))
