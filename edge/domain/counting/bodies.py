"""From blobs to bodies: parts of one person, seen apart, belong together; what is too small for a person is none.

Only where it is known how tall a person looks. Belongs here: that. Does not belong here: two persons in one blob
(persons.py).
"""

from collections.abc import Sequence
from typing import Final

from edge.domain.counting.blob import Blob
from edge.domain.counting.line import Line
from edge.domain.counting.persons import AREA

_ABOVE: Final = 0.5
"""The narrower of two parts lies with this share of its width above or below the other."""
_GAP: Final = 0.3
_WHOLE: Final = 1.15
"""Parts that are taller together than a person by this factor are two persons."""
_LEAST: Final = 0.3
"""What has less than this share of a person's pixels is rain, a bag or a cat."""


def bodies(blobs: Sequence[Blob], line: Line) -> list[Blob]:
    """Return what may be persons."""
    whole: list[Blob] = []
    for blob in sorted(blobs, key=lambda each: -each.bottom):
        for number, lower in enumerate(whole):
            if _is_one(blob, lower, line.person(lower.ground)):
                whole[number] = _joined(lower, blob)
                break
        else:
            whole.append(blob)
    return [blob for blob in whole if blob.area >= _LEAST * AREA * line.person(blob.ground) ** 2]


def _is_one(upper: Blob, lower: Blob, person: float) -> bool:
    across = min(upper.right, lower.right) - max(upper.left, lower.left)
    return (
        across >= _ABOVE * min(upper.width, lower.width)
        and lower.top - upper.bottom <= _GAP * person
        and lower.bottom - min(upper.top, lower.top) <= _WHOLE * person
    )


def _joined(one: Blob, other: Blob) -> Blob:
    area = one.area + other.area
    return Blob(
        min(one.left, other.left), min(one.top, other.top), max(one.right, other.right), max(one.bottom, other.bottom),
        area, (one.x * one.area + other.x * other.area) / area,
    )  # fmt: skip
