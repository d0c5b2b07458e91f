"""What stands out in pictures, and what does not: lamps, darkness, and places that are masked."""

import cv2
import numpy as np
import pytest
from cv2.typing import MatLike

from contract.site.camera import CountingLine
from edge.counting.counter import Counter
from edge.counting.foreground import WIDTH, Foreground

HEIGHT = 180
CHANCE = np.random.default_rng(1)
PLACE = CHANCE.integers(60, 200, (HEIGHT // 20, WIDTH // 20, 3), dtype=np.uint8).repeat(20, 0).repeat(20, 1)
LOOKS = 40


def picture(*, level: float = 1.0, at: int | None = None) -> MatLike:
    image: MatLike = PLACE.copy()
    if at is not None:
        cv2.rectangle(image, (at, 60), (at + 16, 120), (10, 10, 240), -1)
    return cv2.convertScaleAbs(image, alpha=level)


@pytest.fixture
def learnt() -> Foreground:
    foreground = Foreground()
    for _ in range(LOOKS):
        foreground.look(picture())
    assert not foreground.is_blind
    return foreground


def test_a_person_stands_out_whole(learnt: Foreground) -> None:
    (blob,) = learnt.look(picture(at=100))
    assert (blob.left, blob.top, blob.right, blob.bottom) == pytest.approx((100, 60, 117, 121), abs=3)


@pytest.mark.parametrize("level", [0.3, 0.6, 1.3])
def test_a_lamp_that_is_switched_is_nobody_and_afterwards_people_are_seen_again(
    learnt: Foreground, level: float
) -> None:
    for number in range(LOOKS):
        assert learnt.look(picture(level=level)) == []
        assert learnt.is_blind or number > 5
    assert not learnt.is_blind
    assert len(learnt.look(picture(level=level, at=100))) == 1


def test_in_the_dark_nothing_can_be_said(learnt: Foreground) -> None:
    for _ in range(3 * LOOKS):
        assert learnt.look(picture(level=0.02, at=100)) == []
        assert learnt.is_blind


def test_what_is_masked_is_not_looked_at() -> None:
    line = CountingLine((0.5, 1.0), (0.5, 0.0))
    masked, open_ = [
        Counter(line, masks, WIDTH, HEIGHT) for masks in ([[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]], [])
    ]
    walk = [picture()] * LOOKS + [picture(at=at) for at in range(60, 260, 6)]
    found = [
        [crossed for number, each in enumerate(walk) for crossed in counter.look(each, number * 10**8)]
        for counter in (masked, open_)
    ]
    assert [len(each) for each in found] == [0, 1]
    assert masked.is_blind
    assert not open_.is_blind
