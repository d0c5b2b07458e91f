"""The number of a frame, burned into its picture, so that whoever has a recording can prove which frames are in it.

Twice: as digits for people, and along the lower edge as 32 equal blocks for machines, white for 1, black for 0, highest
bit first: 24 bits of number, then 8 bits that are its three bytes exclusive-ored with each other and with 0xA5.

Belongs here: writing it. Does not belong here: reading it; tests do, by this text and not by this code.
"""

from typing import Final

import cv2

from simulators.cameras.weather import Image

NUMBER_BITS: Final = 24
CHECK_BITS: Final = 8
CHECK_BASE: Final = 0xA5


def stamp(image: Image, number: int) -> None:
    """Burn `number` (modulo 2^24) into a picture that is at least 32 pixels wide."""
    height, width = image.shape[:2]
    number %= 1 << NUMBER_BITS
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
