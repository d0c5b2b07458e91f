"""What stands out in a picture from the empty place as it looked lately (background subtraction, OpenCV's MOG2).

A lamp that is switched, a cloud, a camera that moves or is covered changes the whole picture at once: nobody is seen
until the place as it looks now is learnt anew. Black pictures are no place at all.

Belongs here: from pixels to blobs. Does not belong here: decoding (decoder.py), who the blobs are (domain/counting).
Source: Zivkovic and van der Heijden, Pattern Recognition Letters 27 (2006), as OpenCV has it.
"""

from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike

from edge.domain.counting.blob import Blob

WIDTH: Final = 320
"""Pictures are looked at so wide."""
_FORGETS: Final = 1500
"""Looks until the place is learnt: whoever stands still becomes part of it after about a tenth of that."""
_VARIANCES: Final = 20.0
_SHADOW: Final = 0.52
"""A pixel of the same colour that is darker, down to this share, is a shadow."""
_CHANGED: Final = 0.45
"""More of the picture than this never changes because somebody walks by."""
_JUMP: Final = 0.06
"""Nor does the whole picture's brightness by more than this share from one look to the next."""
_SETTLES: Final = 15
"""So many looks pass until a place that was learnt anew is believed."""
_LEARNS_FAST: Final = 0.2
_DARK: Final = 22
"""Mean brightness of a picture on which there is nothing to see."""
_STREAK: Final = 5
"""Pixels: what is thinner, rain and noise, is smoothed away."""
_LEAST_AREA: Final = 0.0012
"""Share of the picture: what is smaller is a leaf, a cat or rain."""


class Foreground:
    """One camera's. `hidden` is black where nobody may look (masks), white elsewhere; None where all may be seen."""

    def __init__(self, hidden: MatLike | None = None) -> None:
        self._hidden = hidden
        self._model = cv2.createBackgroundSubtractorMOG2(_FORGETS, _VARIANCES, detectShadows=True)
        self._model.setShadowThreshold(_SHADOW)
        self._looks = 0
        self._settles = _SETTLES
        self._level = -1.0
        self.is_blind = True
        """Whether nothing can be said of the last picture: too dark, or changed as a whole."""

    def look(self, picture: MatLike) -> list[Blob]:
        """Return what stands out in the next picture (blue-green-red, `WIDTH` wide); nothing while blind."""
        if self._hidden is not None:
            picture = cv2.bitwise_and(picture, picture, mask=self._hidden)
        picture = cv2.medianBlur(picture, _STREAK)
        level = float(picture.mean())
        is_jump = self._level >= 0 and abs(level - self._level) > _JUMP * max(level, self._level, 1.0)
        self._level = level
        if is_jump:
            self._settles = _SETTLES
        # Learning rate 1 begins anew with this very picture.
        rate = 1.0 if is_jump else _LEARNS_FAST if self._settles else -1.0
        found = self._model.apply(picture, learningRate=rate)
        if not self._settles and np.count_nonzero(found) > _CHANGED * found.size:
            self._settles = _SETTLES
        self._settles = max(0, self._settles - 1)
        self.is_blind = bool(self._settles) or level < _DARK
        return [] if self.is_blind else _blobs(found)


def _blobs(found: MatLike) -> list[Blob]:
    """Return the larger parts that hang together. Shadows are grey in `found`, and left out."""
    solid = cv2.threshold(found, 200, 255, cv2.THRESH_BINARY)[1]
    solid = cv2.medianBlur(solid, 3)
    # Taller than wide: a head, a coat and legs belong together, two people beside each other do not.
    solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, (3, 11)))
    amount, _, stats, centres = cv2.connectedComponentsWithStats(solid, connectivity=8)
    least = _LEAST_AREA * solid.size
    return [
        Blob(float(left), float(top), float(left + wide), float(top + high), float(area), float(centres[part][0]))
        for part, (left, top, wide, high, area) in enumerate(stats[:amount].tolist())
        if part and area >= least
    ]
