"""Pictures of vehicles with known plates: openalpr's development part beside the clone, or drawn here without it.

Belongs here: where pictures and truth come from. Does not belong here: reading them, or spoiling them (plate_weather).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from cv2.typing import MatLike

DATA: Final = Path(__file__).parents[2] / "shared" / "data" / "plates"
_DRAWN: Final = {
    "eu": ("B-MK 4711", "W-83462K", "AB-123-CD", "SK 204 RO"),
    "us": ("7KDM 381", "HRT-4826", "BN4 K7P", "693 WXL"),
    "br": ("KLM-4093", "RIO2A18", "HGB-7716", "FOX-5201"),
}
"""Made up; where none of openalpr's pictures are at hand."""


@dataclass(frozen=True)
class KnownPicture:
    """A picture, the plate in it (A-Z, 0-9), and where it stands: left, top, width, height in pixels."""

    name: str
    picture: MatLike
    plate: str
    box: tuple[int, int, int, int]


def pictures(country: str) -> list[KnownPicture]:
    """Return openalpr's pictures of a country, or the drawn ones where the data is not beside the clone."""
    return list(_stored(country)) or [drawn(text) for text in _DRAWN[country]]


def countries() -> list[str]:
    """Return those of which there are pictures of openalpr, or all that can be drawn."""
    return sorted(folder.name for folder in DATA.glob("*") if folder.name in _DRAWN) or sorted(_DRAWN)


def _stored(country: str) -> Iterator[KnownPicture]:
    for truth in sorted((DATA / country).glob("*.txt")):
        name, x, y, w, h, plate = truth.read_text(encoding="utf-8").strip().split("\t")
        picture = cv2.imread(str(truth.parent / name))
        if picture is None:
            message = f"{truth.parent / name}: no picture"
            raise ValueError(message)
        yield KnownPicture(name, picture, plate, (int(x), int(y), int(w), int(h)))


def drawn(text: str, width: int = 1280, height: int = 720, plate_width: int = 180) -> KnownPicture:
    """Return a drawn rear of a car with the plate `text`, made of nothing but OpenCV's shapes and font."""
    chance = np.random.default_rng(len(text) * 7919 + sum(map(ord, text)))
    picture = np.full((height, width, 3), (118, 112, 104), np.uint8)
    cv2.rectangle(picture, (0, height * 3 // 4), (width, height), (70, 72, 74), -1)
    left, top = width // 4, height // 4
    cv2.rectangle(picture, (left, top), (width - left, height * 4 // 5), (64, 42, 30), -1)
    cv2.rectangle(picture, (left + 60, top + 20), (width - left - 60, top + 130), (46, 40, 36), -1)
    for x in (left + 10, width - left - 90):
        cv2.rectangle(picture, (x, top + 180), (x + 80, top + 230), (30, 30, 170), -1)
    x, y = (width - plate_width) // 2, height * 3 // 5
    plate_height = plate_width * 2 // 9
    cv2.rectangle(picture, (x, y), (x + plate_width, y + plate_height), (235, 235, 235), -1)
    cv2.rectangle(picture, (x, y), (x + plate_width, y + plate_height), (20, 20, 20), 2)
    (text_width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 3)
    scale = 0.86 * plate_width / text_width
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 3)
    origin = (x + (plate_width - text_width) // 2, y + (plate_height + text_height) // 2)
    cv2.putText(picture, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, (15, 15, 15), 3, cv2.LINE_AA)
    noisy = picture.astype(np.float32) + chance.normal(0, 4, picture.shape)
    plate = "".join(c for c in text if c.isalnum())
    return KnownPicture(text, np.clip(noisy, 0, 255).astype(np.uint8), plate, (x, y, plate_width, plate_height))
