"""What a simulated camera looks at: a gate, figures who pass it, and the number of each frame.

Each frame's number is burned in twice: as digits for people, and along the lower edge as 32 equal blocks for
machines, white for 1, black for 0, highest bit first: 24 bits of number, then 8 bits that are its three bytes
exclusive-ored with each other and with 0xA5. So whoever has a recording can prove which frames are in it.

Belongs here: drawing and encoding. Does not belong here: serving it (camera.py), or the people of a simulated site.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Rows of pixels, blue-green-red."""
NUMBER_BITS: Final = 24
CHECK_BITS: Final = 8
CHECK_BASE: Final = 0xA5
_DRAWING_VERSION: Final = 1
_FIGURES: Final = 4


@dataclass(frozen=True, slots=True)
class SceneShape:
    """Size and length of a scene. `key_every_s`: seconds between key frames; `noise`: grey levels of sensor noise."""

    width: int = 640
    height: int = 360
    frames_per_s: int = 10
    duration_s: int = 120
    key_every_s: float = 1.0
    bits_per_s: int = 400_000
    noise: int = 0

    @property
    def frames(self) -> int:
        """How many frames the scene has before it begins again."""
        return self.frames_per_s * self.duration_s


def scene_file(folder: Path, shape: SceneShape, progress: Callable[[int, int], None]) -> Path:
    """Return the file of that scene in `folder`, rendered first unless it is there; blocks.

    `progress(done, all)` is told about frames. A rendering that was broken off leaves no file behind that counts.
    """
    name = f"gate-{shape.width}x{shape.height}-{shape.frames_per_s}-{shape.duration_s}s"
    path = folder / f"{name}-k{shape.key_every_s:g}-b{shape.bits_per_s}-n{shape.noise}-v{_DRAWING_VERSION}.mp4"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        _render(unfinished, shape, progress)
        unfinished.replace(path)
    progress(shape.frames, shape.frames)
    return path


def _render(path: Path, shape: SceneShape, progress: Callable[[int, int], None]) -> None:
    background = _background(shape)
    noise = np.random.default_rng(1).integers(0, shape.noise + 1, (2 * shape.height, shape.width, 3), dtype=np.uint8)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=shape.frames_per_s)
        stream.width, stream.height, stream.pix_fmt = shape.width, shape.height, "yuv420p"
        stream.bit_rate = shape.bits_per_s
        stream.codec_context.gop_size = max(1, round(shape.key_every_s * shape.frames_per_s))
        # As cameras do: no pictures that refer to later ones, and nothing held back.
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency", "sc_threshold": "0"}
        for number in range(shape.frames):
            image = background.copy()
            _figures(image, shape, number / shape.frames_per_s)
            if shape.noise:
                top = number * 97 % shape.height
                cv2.add(image, noise[top : top + shape.height], dst=image)
            _number(image, number)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            if number % shape.frames_per_s == 0:
                progress(number, shape.frames)
        container.mux(stream.encode(None))


def _background(shape: SceneShape) -> Image:
    width, height = shape.width, shape.height
    image = np.zeros((height, width, 3), np.uint8)
    image[:] = np.linspace(210, 120, height, dtype=np.uint8)[:, None, None]
    ground = height * 7 // 10
    image[ground:] = (96, 104, 108)
    cv2.rectangle(image, (0, height // 3), (width * 2 // 5, ground), (120, 140, 168), -1)
    cv2.rectangle(image, (width * 3 // 5, height // 3), (width, ground), (120, 140, 168), -1)
    for x in range(width * 2 // 5, width * 3 // 5 + 1, max(1, width // 20)):
        cv2.line(image, (x, height // 3), (x, height // 2), (60, 60, 60), max(1, width // 200))
    cv2.rectangle(image, (width * 2 // 5, height // 3 - height // 30), (width * 3 // 5, height // 3), (150, 90, 30), -1)
    return image


def _figures(image: Image, shape: SceneShape, at_s: float) -> None:
    """Draw persons who walk through the gate, each at a pace of his own, there and back."""
    width, height = shape.width, shape.height
    for figure in range(_FIGURES):
        pace = 0.05 + 0.017 * figure
        along = (at_s * pace + figure / _FIGURES) % 2
        x = int((along if along < 1 else 2 - along) * width)
        size = height // 6 + figure * height // 40
        foot = height * 7 // 10 + (figure + 1) * height // 20
        coat = (40 + 50 * figure, 60, 200 - 45 * figure)
        step = int(size * 0.2 * math.sin(at_s * 6 + figure))
        for side in (step, -step):
            cv2.line(image, (x, foot - size // 2), (x + side, foot), (40, 40, 40), max(2, size // 12))
        cv2.rectangle(image, (x - size // 6, foot - size), (x + size // 6, foot - size // 2), coat, -1)
        cv2.circle(image, (x, foot - size - size // 7), size // 7, (150, 180, 220), -1)


def _number(image: Image, number: int) -> None:
    height, width = image.shape[:2]
    low, middle, high = number & 0xFF, number >> 8 & 0xFF, number >> 16 & 0xFF
    word = number << CHECK_BITS | (low ^ middle ^ high ^ CHECK_BASE)
    bits = NUMBER_BITS + CHECK_BITS
    block_width, block_height = width // bits, height // 18
    for place in range(bits):
        level = 255 if word >> (bits - 1 - place) & 1 else 0
        image[height - block_height :, place * block_width : (place + 1) * block_width] = level
    scale = height / 360
    at = (int(12 * scale), int(30 * scale))
    cv2.putText(image, f"frame {number:06d}", at, cv2.FONT_HERSHEY_SIMPLEX, 0.8 * scale, (255, 255, 255), 2)
