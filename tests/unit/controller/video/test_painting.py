"""The painter: what a mask covers is black in every picture, and every picture is there once, at its time."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from contract.clock import NS_PER_S
from controller.domain.video.fragments import Cutter
from controller.domain.video.viewing import VideoError
from controller.service.video import painting
from controller.service.video.opening import Cut
from controller.service.video.painting import Painters
from tests.unit.controller.video.film import FRAMES_A_S, LEFT_QUARTER, SIDE, decoded, film, number_of

ZERO_NS = 1_800_000_000 * NS_PER_S


@pytest_asyncio.fixture
async def painters() -> AsyncIterator[Painters]:
    made = Painters()
    yield made
    await made.close()


def cut_of(pieces: list[bytes], first: int = 0) -> Cut:
    cutter = Cutter()
    fragments = [fragment for piece in pieces for fragment in cutter.feed(piece)][first:]
    assert cutter.head is not None
    return Cut(1, cutter.head, fragments, ZERO_NS, ZERO_NS + 2 * NS_PER_S)


async def test_h265_becomes_what_browsers_play_with_its_masks_painted(painters: Painters) -> None:
    cut = cut_of(film(2, codec="libx265"))
    painted = await painters.paint(cut, [LEFT_QUARTER])
    assert painted.head.is_playable
    assert (painted.from_ns, painted.until_ns) == (ZERO_NS, cut.until_ns)
    frames = decoded(painted.head.data + b"".join(fragment.data for fragment in painted.fragments))
    assert [number_of(image) for _, image in frames] == list(range(2 * FRAMES_A_S))
    assert [float(at) for at, _ in frames] == pytest.approx([n / FRAMES_A_S for n in range(2 * FRAMES_A_S)], abs=1e-3)
    assert all(image[:, : SIDE // 4 - 2].max() < 24 for _, image in frames)
    assert all(image[:, SIDE // 4 + 2 :].min() > 24 for _, image in frames)


async def test_a_piece_from_the_middle_keeps_its_time_and_a_damaged_one_ends_no_painter(painters: Painters) -> None:
    pieces = film(2)
    middle = cut_of(pieces, first=2)
    with pytest.raises(VideoError) as caught:
        await painters.paint(Cut(1, middle.head, [], ZERO_NS, ZERO_NS), [LEFT_QUARTER])
    assert caught.value.code in {"altered", "not-painted"}
    painted = await painters.paint(middle, [LEFT_QUARTER])
    assert painted.from_ns == ZERO_NS + NS_PER_S


async def test_what_was_shown_before_is_left_out_but_decoded(painters: Painters) -> None:
    cut = cut_of(film(2, group=2 * FRAMES_A_S))
    painted = await painters.paint(cut, [LEFT_QUARTER], NS_PER_S * 7 // 5)
    frames = decoded(painted.head.data + b"".join(fragment.data for fragment in painted.fragments))
    assert [number_of(image) for _, image in frames] == [7, 8, 9]
    assert painted.from_ns == pytest.approx(ZERO_NS + NS_PER_S * 7 // 5, abs=10**6)


async def test_a_painter_is_started_before_it_is_needed_and_then_no_other(
    painters: Painters, monkeypatch: pytest.MonkeyPatch
) -> None:
    await painters.get_ready()
    await painters.get_ready()

    def refuse(*_: object) -> None:
        raise AssertionError("a painter waits already")

    monkeypatch.setattr(painting, "_start", refuse)
    painted = await painters.paint(cut_of(film(2)), [LEFT_QUARTER])
    assert painted.from_ns == ZERO_NS


async def test_however_many_begin_to_look_at_once_no_more_painters_wait_than_there_may_be(painters: Painters) -> None:
    await asyncio.gather(*(painters.get_ready() for _ in range(6)))
    assert len(painters._idle) <= painting.MOST


async def test_whoever_can_start_no_painter_beforehand_hears_of_it_when_he_needs_one(
    painters: Painters, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse() -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(painting, "_start", refuse)
    await painters.get_ready()
    with pytest.raises(VideoError) as caught:
        await painters.paint(cut_of(film(2)), [LEFT_QUARTER])
    assert caught.value.code == "not-painted"
