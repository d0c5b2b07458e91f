"""Pictures as OpenCV has them, and where something stands in them.

Belongs here: shapes that the parts of reading share, and decoding files. Does not belong here: any recognition.
"""

from typing import Final

import cv2
import msgspec
import numpy as np
from cv2.typing import MatLike

from contract.plates import Within

Picture = MatLike
"""Height x width x 3, blue, green, red."""
MOST_BYTES: Final = 64 * 1024 * 1024
_MOST_PIXELS: Final = 100_000_000
_SMALLEST_PIXELS: Final = 16
_LONGEST: Final = 20
"""So many times as long as wide at most: shrunk for the models nothing would be left of a longer strip."""
_RANGE: Final = 110
_DARK: Final = 70
_SMOOTH: Final = 0.9
_STEPS: Final = 8.0


class BadPictureError(ValueError):
    """Bytes that are no picture, or one that is too small, too large or too narrow to look for a plate in."""


class Box(msgspec.Struct, frozen=True, array_like=True):
    """An upright rectangle in pixels of the whole picture: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int


def decoded(data: bytes) -> Picture:
    """Return the picture in a JPEG, PNG or other file that OpenCV knows. Raises BadPictureError."""
    if len(data) > MOST_BYTES:
        message = f"a file of {len(data)} bytes: at most {MOST_BYTES} are read"
        raise BadPictureError(message)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except cv2.error:
        picture = None
    if picture is None:
        raise BadPictureError("no picture that can be decoded (JPEG, PNG, WebP, BMP, TIFF)")
    height, width = picture.shape[:2]
    _check_size(width, height)
    return picture


def part_of(picture: Picture, within: Within) -> tuple[Picture, int, int]:
    """Return a part of a picture, and where its left upper corner stands. Raises BadPictureError if it is too small."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(s * side) for s, side in zip(within, (width, height) * 2, strict=True))
    _check_size(right - left, bottom - top)
    return picture[top:bottom, left:right], left, top


def _check_size(width: int, height: int) -> None:
    if min(height, width) < _SMALLEST_PIXELS or height * width > _MOST_PIXELS:
        message = f"a picture of {width} x {height} pixels: from {_SMALLEST_PIXELS} a side to {_MOST_PIXELS} in all"
        raise BadPictureError(message)
    if max(height, width) > _LONGEST * min(height, width):
        message = f"a picture of {width} x {height} pixels: one side is more than {_LONGEST} times as long as the other"
        raise BadPictureError(message)


def lit(picture: Picture) -> Picture:
    """Return a picture that uses the whole range of light; one that does already as it is.

    In the dark a camera uses a few steps of 256, and noise is a good part of them: so it is smoothed before.
    """
    low, high = (float(level) for level in np.percentile(picture[::4, ::4], (1, 99)))
    if high - low >= _RANGE:
        return picture
    smooth = cv2.GaussianBlur(picture, (0, 0), _SMOOTH) if high - low < _DARK else picture
    table = np.clip((np.arange(256) - low) * 255 / max(_STEPS, high - low), 0, 255).astype(np.uint8)
    return cv2.LUT(smooth, table)
