"""One camera's counter: pictures in, crossings out.

Belongs here: putting foreground and tracks together. Does not belong here: where pictures come from (decoder.py,
sacs/count_command.py).
"""

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike

from contract.site.camera import CountingLine, Mask, corners_of
from edge.counting.foreground import WIDTH, Foreground
from edge.domain.counting.line import Line
from edge.domain.counting.tracks import Crossed, Tracks

LOOKS_PER_S: Final = 10
"""More pictures than this a second are not looked at: at a brisk pace nobody goes further than his own width."""


class Counter:
    """Counts who crosses. `width`, `height`: the camera's, in pixels; masked places are looked at by nobody."""

    def __init__(self, line: CountingLine, masks: Sequence[Mask], width: int, height: int) -> None:
        self.size: Final = (WIDTH, max(2, height * WIDTH // width))
        hidden = None
        if masks:
            hidden = np.full((self.size[1], WIDTH), 255, np.uint8)
            for mask in masks:
                cv2.fillPoly(hidden, [np.array(corners_of(mask, *self.size), np.int32)], (0,))
        self._foreground = Foreground(hidden)
        self._tracks = Tracks(Line.of(line, *self.size), *self.size)

    @property
    def is_blind(self) -> bool:
        """Whether nothing can be said of the last picture."""
        return self._foreground.is_blind

    def interrupted(self) -> None:
        """Pictures were missed, and times begin anew: nobody is where he was."""
        self._tracks.forget()

    def look(self, picture: MatLike, at_ns: int) -> list[Crossed]:
        """Return who crossed by this picture (blue-green-red, of `size`), taken at `at_ns`; times never go back."""
        blobs = self._foreground.look(picture)
        if self._foreground.is_blind:
            self._tracks.forget()
            return []
        return self._tracks.take(blobs, at_ns)
