"""What makes plates hard to read, done to pictures: night, distance, angle, blur, dirt, each in two strengths.

Belongs here: spoiling a picture whose plate is known. Does not belong here: reading it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import cos, radians
from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike

from benchmarks.plate_pictures import KnownPicture

Spoil = Callable[[KnownPicture], MatLike]


def night(known: KnownPicture, light: float) -> MatLike:
    """Dark, with the noise of a sensor that amplifies what is left: `light` is the share of it."""
    chance = np.random.default_rng(1)
    photons = (known.picture.astype(np.float32) / 255) ** 1.4 * light
    read = (
        photons
        + chance.normal(0, 0.012, known.picture.shape)
        + chance.normal(0, 1, known.picture.shape) * (0.02 * np.sqrt(np.maximum(photons, 0)))
    )
    return np.clip(read * 255, 0, 255).astype(np.uint8)


def angle(known: KnownPicture, degrees: float) -> MatLike:
    """Seen from the side: narrower by the cosine, the far side smaller, and leaning as from above."""
    height, width = known.picture.shape[:2]
    narrow, lean = cos(radians(degrees)), degrees / 90 * 0.25
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    target = np.array(
        [[0, 0], [width * narrow, height * lean * 0.6], [width * narrow, height * (1 - lean * 0.2)], [0, height]],
        np.float32,
    )
    return cv2.warpPerspective(known.picture, cv2.getPerspectiveTransform(source, target), (width, height))


def far(known: KnownPicture, pixels: int) -> MatLike:
    """As from farther away: the picture shrunk until the plate is so many pixels wide."""
    scale = min(1.0, pixels / known.box[2])
    return cv2.resize(known.picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def blur(known: KnownPicture, share: float) -> MatLike:
    """A vehicle that moved while the shutter was open, by `share` of the plate's height, slightly downwards."""
    length = max(2, round(share * known.box[3]))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, length // 3), (length - 1, length * 2 // 3), 1.0, 1)
    return cv2.filter2D(known.picture, -1, kernel / kernel.sum())


def dirt(known: KnownPicture, share: float) -> MatLike:
    """Mud in spots over the plate, half transparent; `share` of its area is hit."""
    chance = np.random.default_rng(2)
    x, y, w, h = known.box
    mud = np.zeros(known.picture.shape[:2], np.float32)
    covered = 0.0
    while covered < share * w * h:
        radius = chance.uniform(0.04, 0.14) * h
        spot = (round(x + chance.uniform(0, w)), round(y + chance.uniform(0, h)))
        cv2.circle(mud, spot, max(1, round(radius)), float(chance.uniform(0.5, 0.95)), -1, cv2.LINE_AA)
        covered += 3.14 * radius * radius
    cover = cv2.GaussianBlur(mud, (0, 0), max(0.6, 0.02 * h))[..., None]
    colour = np.array((52, 70, 88), np.float32)
    return (known.picture * (1 - cover) + colour * cover).astype(np.uint8)


SPOILS: Final[Mapping[str, Spoil]] = {
    "dusk, a quarter of the light": partial(night, light=0.25),
    "night, a sixteenth of the light": partial(night, light=0.06),
    "the plate 60 pixels wide": partial(far, pixels=60),
    "the plate 40 pixels wide": partial(far, pixels=40),
    "30 degrees from the side": partial(angle, degrees=30),
    "50 degrees from the side": partial(angle, degrees=50),
    "moved by a fifth of the plate's height": partial(blur, share=0.2),
    "moved by two fifths of the plate's height": partial(blur, share=0.4),
    "mud on a tenth of the plate": partial(dirt, share=0.1),
    "mud on a quarter of the plate": partial(dirt, share=0.25),
}
