"""The truth of a filmed scene as a file beside it: who crossed the line in which frame, which plate stood where.

Belongs here: the shape of that file. Does not belong here: the truth of a simulated site (simulators/truth.py).
"""

from pathlib import Path
from typing import Final

import msgspec

from simulators.cameras.gateway import LINE, Box
from simulators.cameras.story import Direction, Manner
from simulators.cameras.weather import Weather
from simulators.vehicles import Vehicle

_DOWN: Final = 1.0


class FrameBox(msgspec.Struct, frozen=True, array_like=True):
    """Where something is in one frame: number of the frame, and pixels."""

    frame: int
    box: Box


class LineCrossed(msgspec.Struct, frozen=True):
    """One person over the line; `frame` is the first that shows him on the other side.

    `is_taken`: he had shown a card, so that a gate's passages have him.
    """

    person: int
    frame: int
    direction: Direction
    manner: Manner
    is_taken: bool


class PersonSeen(msgspec.Struct, frozen=True):
    """One person's pixels, frame by frame, hidden by others or not."""

    person: int
    boxes: list[FrameBox]


class VehicleSeen(msgspec.Struct, frozen=True):
    """One vehicle before the camera. It stands still from frame `stands` to frame `goes`, then passes or backs out.

    `boxes` are the vehicle's, `plate_boxes` its plate's in the frames that show all of it.
    """

    vehicle: Vehicle
    stands: int
    goes: int
    backs_out: bool
    boxes: list[FrameBox]
    plate_boxes: list[FrameBox]


class SceneTruth(msgspec.Struct, frozen=True):
    """All about one film. Frames count from 0 and are burned in; pixels are those of its own size.

    `line`: where crossings are counted, from its beginning to its end as shares of width and height; seen that way,
    whoever goes `right` comes from the line's left.
    """

    story: str
    width: int
    height: int
    frames_per_s: int
    frames: int
    weather: Weather
    crossings: list[LineCrossed]
    persons: list[PersonSeen]
    vehicles: list[VehicleSeen]
    line: tuple[tuple[float, float], tuple[float, float]] = ((LINE, _DOWN), (LINE, 0.0))


def read_truth(path: Path) -> SceneTruth:
    """Read a film's truth. Raises OSError, msgspec.ValidationError."""
    return msgspec.json.decode(path.read_bytes(), type=SceneTruth)
