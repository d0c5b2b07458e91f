"""Frozen, black and covered pictures, told from still, dark and dull ones."""

import numpy as np

from contract.camera_trouble import PictureTrouble
from edge.recorder.picture_watch import DARK_IN_SUM, DARK_LOOKS, SAME_LOOKS, PictureWatch

SIZE = (54, 96)
SCENE = np.add.outer(np.arange(54), np.arange(96)) % 180 + 40


def luma(levels: object, noise: float = 0.0, seed: int = 0) -> bytes:
    noisy = np.asarray(levels) + np.random.default_rng(seed).normal(0, noise, SIZE)
    return noisy.round().clip(16, 235).astype(np.uint8).tobytes()


def judged(pictures: list[bytes]) -> list[PictureTrouble | None]:
    watch, found = PictureWatch(), []
    for picture in pictures:
        watch.look(picture)
        found.append(watch.trouble)
    return found


def test_the_same_picture_for_a_minute_is_frozen_until_another_one_comes() -> None:
    found = judged([luma(SCENE)] * 8 + [luma(SCENE + 9)])
    assert found == [None] * SAME_LOOKS + [PictureTrouble.FROZEN] * 2 + [None]


def test_an_encoder_that_repeats_a_frozen_picture_a_little_differently_hides_nothing() -> None:
    assert judged([luma(SCENE, 0.4, seed) for seed in range(SAME_LOOKS + 1)])[-1] is PictureTrouble.FROZEN


def test_a_still_scene_before_a_living_sensor_is_not_frozen() -> None:
    assert set(judged([luma(SCENE, 1.5, seed) for seed in range(20)])) == {None}


def test_a_person_who_walks_through_a_still_picture_thaws_it() -> None:
    walking = []
    for step in range(20):
        levels = SCENE.copy()
        levels[36:40, 4 * step : 4 * step + 4] = 200
        walking.append(luma(levels))
    assert set(judged(walking)) == {None}


def test_black_and_covered_are_said_at_the_second_look() -> None:
    assert judged([luma(np.full(SIZE, 20), 2, seed) for seed in range(3)]) == [
        None, *[PictureTrouble.BLACK] * (4 - DARK_LOOKS)
    ]  # fmt: skip
    assert judged([luma(np.full(SIZE, 120), 2, seed) for seed in range(3)])[1:] == [PictureTrouble.COVERED] * 2


def test_a_hand_before_the_lens_for_a_moment_and_a_night_scene_are_no_trouble() -> None:
    hand = luma(np.full(SIZE, 120), 2)
    assert set(judged([luma(SCENE), hand, luma(SCENE), hand, luma(SCENE)])) == {None}
    assert set(judged([luma(SCENE, 1.5, 1), hand, luma(SCENE, 1.5, 2), luma(SCENE, 1.5, 3)] * 6)) == {None}
    night = np.full(SIZE, 22)
    night[24:30, 36:54] = 150
    assert set(judged([luma(night, 3, seed) for seed in range(8)])) == {None}


BLACK, COVERED = luma(np.full(SIZE, 20), 2), luma(np.full(SIZE, 120), 2)


def test_black_and_covered_pictures_that_take_turns_are_told() -> None:
    found = judged([BLACK, COVERED] * 6)
    assert found[0] is None
    assert None not in found[DARK_LOOKS - 1 :]
    assert len(set(found[DARK_LOOKS:])) == 1, "told once, and not by turns"


def test_what_shows_nothing_half_of_the_time_is_told_and_stays_told_until_it_is_over() -> None:
    seen = [luma(SCENE, 1.5, seed) for seed in range(60)]
    found = judged([picture for good in seen[:20] for picture in (BLACK, good)])
    assert found[:4] == [None] * 4
    assert set(found[DARK_IN_SUM * 2 :]) == {PictureTrouble.BLACK}, "told once, and not anew with each look"
    after = judged([picture for good in seen[:20] for picture in (BLACK, good)] + seen[20:32])
    assert after[-1] is None


def test_a_frozen_picture_that_goes_black_now_and_then_is_frozen_all_the_same() -> None:
    found = judged([*[luma(SCENE)] * 4, BLACK] * 4)
    assert PictureTrouble.FROZEN in found
    assert None not in found[10:]
