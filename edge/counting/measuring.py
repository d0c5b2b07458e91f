"""Counting in a file, and how tall people look there: what a technician judges a line by before it is in the site file.

Belongs here: one file looked at from beginning to end. Does not belong here: the command (sacs/count_command.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.video.reformatter import Interpolation

from contract.clock import NS_PER_S
from contract.site.camera import CountingLine
from edge.counting.counter import LOOKS_PER_S, Counter
from edge.domain.counting.line import Side


class NoVideoError(ValueError):
    """A file in which there is no video that can be decoded."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many persons crossed at `at_s` of the file. `height`: how tall their body looked, as a share of the picture.

    `share`: where on the line, 0 at its beginning, 1 at its end.
    """

    at_s: float
    side: Side
    persons: int
    height: float
    share: float


def counted(video: Path, line: CountingLine) -> Iterator[Counted]:
    """Yield who crosses. Raises NoVideoError, OSError."""
    counter: Counter | None = None
    looked_s = -1.0
    try:
        with av.open(str(video)) as container:
            for frame in container.decode(video=0):
                at_s = frame.time or 0.0
                if at_s - looked_s < 0.8 / LOOKS_PER_S:
                    continue
                looked_s = at_s
                counter = counter or Counter(line, [], frame.width, frame.height)
                small = frame.reformat(*counter.size, format="bgr24", interpolation=Interpolation.AREA)
                for each in counter.look(small.to_ndarray(), round(at_s * NS_PER_S)):
                    yield Counted(at_s, each.side, each.persons, each.height / counter.size[1], each.share)
    except (av.FFmpegError, IndexError) as error:
        raise NoVideoError(f"{video}: no video that can be decoded") from error
