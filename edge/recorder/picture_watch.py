"""Whether a camera still shows something: frozen, black and covered pictures, out of one small picture now and then.

The picture is brightness alone (one byte a pixel, BT.601 limited range), picked out of the whole without averaging, so
that a living sensor's noise stays in it: by that a still scene differs from a frozen picture. A camera that takes all
noise out of a still scene can be told from a frozen one by its burned-in clock alone, and not at all without.

Belongs here: the judgement. Does not belong here: decoding (picture.py), or who is told (recorder/main.py).
"""

from collections import Counter, deque
from typing import Final

from contract.camera_trouble import PictureTrouble

_DARK: Final = 36
"""A pixel below this is black: 16 is the blackest, and a sensor without light adds noise."""
_DARK_SHARE: Final = 0.99
_PLAIN: Final = 5.0
"""A picture whose brightness varies by less than this (standard deviation) shows nothing."""
_SAME_LEVEL: Final = 2
_SAME_SHARE: Final = 0.001
"""A picture of which less than this share of pixels changed by more than `_SAME_LEVEL` is the same picture."""
SAME_LOOKS: Final = 6
"""So many times the same picture as before is a frozen one."""
DARK_LOOKS: Final = 2
"""So many looks at nothing are no lamp that was switched on, and nobody who stood before the lens."""
DARK_IN_SUM: Final = 6
_LAST_LOOKS: Final = 12
"""So many of so many looks at nothing are a trouble, with others between them."""


class PictureWatch:
    """The pictures of one camera, judged as they come; `look` is called at regular times.

    Black and covered are one trouble that may change its name; between them a frozen picture stays frozen.
    """

    def __init__(self) -> None:
        self._before = b""
        self._same = 0
        self._seen: deque[PictureTrouble | None] = deque(maxlen=_LAST_LOOKS)
        self._looks = 0
        self.trouble: PictureTrouble | None = None

    def look(self, luma: bytes) -> None:
        """Judge one picture; `trouble` says what is wrong, if anything."""
        seen = _nothing(luma)
        self._seen.append(seen)
        self._looks = 0 if seen is None else self._looks + 1
        if seen is None:
            self._same = self._same + 1 if _is_same(self._before, luma) else 0
            self._before = luma
        counted = Counter(each for each in self._seen if each is not None)
        if self._looks >= DARK_LOOKS or counted.total() >= DARK_IN_SUM:
            most = max(counted.values())
            names = [each for each in (self.trouble, *reversed(self._seen)) if each and counted[each] == most]
            self.trouble = names[0]
        else:
            self.trouble = PictureTrouble.FROZEN if self._same >= SAME_LOOKS else None


def _nothing(luma: bytes) -> PictureTrouble | None:
    """Return what is wrong with a picture on which there is nothing to see."""
    if sum(level < _DARK for level in luma) >= _DARK_SHARE * len(luma):
        return PictureTrouble.BLACK
    mean = sum(luma) / len(luma)
    variance = sum(level * level for level in luma) / len(luma) - mean * mean
    return PictureTrouble.COVERED if variance < _PLAIN * _PLAIN else None


def _is_same(before: bytes, now: bytes) -> bool:
    if len(before) != len(now):
        return False
    if before == now:
        return True
    changed = sum(abs(a - b) > _SAME_LEVEL for a, b in zip(before, now, strict=True))
    return changed < _SAME_SHARE * len(now)
