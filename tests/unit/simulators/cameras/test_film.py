"""Films: each frame tells its number after the codec, and the truth beside the film agrees with its pixels."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from simulators.cameras.film import Codec, Film, SceneShape, film
from simulators.cameras.gateway import Box
from simulators.cameras.stories import busy, pairs
from simulators.cameras.story import Manner, Story, Visit
from simulators.cameras.truth import SceneTruth, read_truth
from simulators.cameras.weather import Light, Weather
from simulators.vehicles import Vehicle
from tests.integration.camera.conftest import burned_number

WEATHERS = [Weather(), Weather(Light.NIGHT), Weather(rain=True), Weather(Light.NIGHT, rain=True)]
LANE = SceneShape(640, 360, 5, 4)
GATEWAY = SceneShape(320, 180, 5, 12)
CAR = Story("car", visits=(Visit(Vehicle(plate="W48215X", country="at"), 2.0, 3.0),))


def frames(made: Film) -> list[NDArray[np.uint8]]:
    """Decode a film."""
    with av.open(str(made.video)) as container:
        return [frame.to_ndarray(format="bgr24").astype(np.uint8) for frame in container.decode(video=0)]


def part(image: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Cut a box out of a picture."""
    height, width = image.shape[:2]
    left, top, right, bottom = box
    return image[max(0, top) : min(height, bottom), max(0, left) : min(width, right)]


def filmed(
    folder: Path, story: Story, shape: SceneShape, weather: Weather
) -> tuple[list[NDArray[np.uint8]], SceneTruth]:
    made = film(folder, story, shape, weather)
    return frames(made), read_truth(made.truth)


@pytest.mark.parametrize("weather", WEATHERS)
def test_a_plate_is_where_the_truth_says(tmp_path: Path, weather: Weather) -> None:
    pictures, truth = filmed(tmp_path, CAR, LANE, weather)
    assert [burned_number(picture) for picture in pictures] == list(range(LANE.frames))
    (seen,) = truth.vehicles
    assert (seen.stands, seen.goes) == (10, 15)
    assert {box.frame for box in seen.plate_boxes} >= set(range(seen.stands, seen.goes + 1))
    for box in seen.plate_boxes:
        plate = cv2.cvtColor(part(pictures[box.frame], box.box), cv2.COLOR_BGR2GRAY)
        light, dark = np.percentile(plate, 80), np.percentile(plate, 5)
        assert light > 160, f"frame {box.frame}: a plate is white"
        assert dark < light / 2, f"frame {box.frame}: and has letters"
    standing = [box.box for box in seen.plate_boxes if seen.stands <= box.frame <= seen.goes]
    assert {right - left for left, _, right, _ in standing} == {134}


@pytest.mark.parametrize("weather", WEATHERS[:2])
def test_people_are_where_the_truth_says(tmp_path: Path, weather: Weather) -> None:
    pictures, truth = filmed(tmp_path, pairs(GATEWAY.duration_s), GATEWAY, weather)
    empty = np.median(np.stack(pictures), axis=0)
    assert truth.crossings
    for number, picture in enumerate(pictures):
        changed = np.abs(picture.astype(np.int16) - empty).max(axis=2) > 40
        changed[:30, :130] = changed[-12:] = False  # the number
        within = np.zeros(changed.shape, bool)
        for person in truth.persons:
            for box in person.boxes:
                if box.frame == number:
                    part(within, box.box)[:] = True
                    shadow = box.box[0] - 60, box.box[3] - 12, box.box[2] + 60, box.box[3] + 12
                    part(within, shadow)[:] = True
        assert np.count_nonzero(changed & ~within) <= 20, f"frame {number}"
    assert {crossing.manner for crossing in truth.crossings} == {Manner.BESIDE}


def test_who_crosses_is_on_the_other_side(tmp_path: Path) -> None:
    shape = SceneShape(320, 180, 5, 40)
    made = film(tmp_path, busy(shape.duration_s), shape)
    truth = read_truth(made.truth)
    middles = {
        person.person: {box.frame: (box.box[0] + box.box[2]) / 2 for box in person.boxes} for person in truth.persons
    }
    assert len(truth.crossings) >= 4
    for crossing in truth.crossings:
        where, sign = middles[crossing.person], 1 if crossing.direction == "right" else -1
        assert sign * (where[crossing.frame] - shape.width / 2) >= -1
        assert sign * (where[crossing.frame - 1] - shape.width / 2) <= 1


def test_numbers_outlive_another_codec(tmp_path: Path) -> None:
    shape = SceneShape(320, 180, 5, 2, codec=Codec.HEVC)
    assert [burned_number(picture) for picture in frames(film(tmp_path, CAR, shape))] == list(range(10))


def test_a_film_is_made_once(tmp_path: Path) -> None:
    shape = SceneShape(320, 180, 5, 2)
    first = film(tmp_path, CAR, shape)
    made_at = first.video.stat().st_mtime_ns
    assert film(tmp_path, CAR, shape) == first
    assert first.video.stat().st_mtime_ns == made_at
    assert film(tmp_path, CAR, shape, Weather(rain=True)).video != first.video


def test_a_plate_of_the_united_states(tmp_path: Path) -> None:
    story = Story("us", visits=(Visit(Vehicle(plate="7ABC123", country="us"), 0.2, 1.5),))
    _, truth = filmed(tmp_path, story, SceneShape(640, 360, 5, 2), Weather())
    left, top, right, bottom = truth.vehicles[0].plate_boxes[2].box
    assert (right - left) / (bottom - top) == pytest.approx(2.0, abs=0.1)
