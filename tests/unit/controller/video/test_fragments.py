"""Films cut into fragments and put together again show every picture once, at its time; nonsense is refused."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from controller.domain.video.fragments import BadVideoError, Cutter, Fragment, Head, begins_fragment, moved, read_head
from tests.unit.controller.video.film import FRAMES_A_S, decoded, film, number_of

SECONDS = 4
PIECES = film(SECONDS)
WHOLE = b"".join(PIECES)


def cut_up(pieces: list[bytes], head: Head | None = None) -> tuple[Head, list[Fragment]]:
    cutter = Cutter(head)
    found = [fragment for piece in pieces for fragment in cutter.feed(piece)]
    assert cutter.head is not None
    return cutter.head, found


def test_a_film_is_cut_into_fragments_that_follow_each_other() -> None:
    head, fragments = cut_up(PIECES)
    assert head.codec.startswith("avc1.")
    assert head.is_playable
    assert [begins_fragment(piece) for piece in PIECES if piece[4:8] in {b"ftyp", b"moov", b"moof"}].count(True) == len(
        fragments
    )
    assert sum(fragment.duration for fragment in fragments) == SECONDS * head.timescale
    assert all(a.start + a.duration == b.start for a, b in pairwise(fragments))
    assert [head.ns(fragment.start) for fragment in fragments if fragment.is_sync] == [
        second * NS_PER_S for second in range(SECONDS)
    ]


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(1, len(WHOLE) - 1), max_size=20))
def test_where_the_pieces_are_cut_makes_no_difference(cuts: list[int]) -> None:
    ends = sorted({*cuts, len(WHOLE)})
    pieces = [WHOLE[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    assert cut_up(pieces) == cut_up([WHOLE])


@pytest.mark.parametrize("later_ns", [0, 37 * NS_PER_S, 3 * 3600 * NS_PER_S])
def test_moved_fragments_play_later_and_none_is_missing(later_ns: int) -> None:
    head, fragments = cut_up(PIECES)
    frames = decoded(head.data + b"".join(moved(fragment, head, later_ns) for fragment in fragments))
    assert [number_of(image) for _, image in frames] == list(range(SECONDS * FRAMES_A_S))
    assert [at for at, _ in frames] == [
        Fraction(later_ns, NS_PER_S) + Fraction(n, FRAMES_A_S) for n in range(SECONDS * FRAMES_A_S)
    ]


def test_nothing_begins_before_the_time_of_whoever_plays_it() -> None:
    head, fragments = cut_up(PIECES)
    with pytest.raises(BadVideoError, match="outside"):
        moved(fragments[0], head, -1 * NS_PER_S)


def test_h265_is_not_played_as_it_is() -> None:
    head, fragments = cut_up(film(1, codec="libx265"))
    assert not head.is_playable
    assert fragments[0].is_sync


def test_a_fragment_before_its_head_is_refused() -> None:
    _, fragments = cut_up(PIECES)
    with pytest.raises(BadVideoError, match="before the head"):
        list(Cutter().feed(fragments[0].data))


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_films_are_refused_by_name_or_cut_all_the_same(data: st.DataObject) -> None:
    """Whoever has a gate's keys could seal anything: nothing but BadVideoError comes of it."""
    bad = bytearray(WHOLE[:6000])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(bad) - 1))
        bad[at] = data.draw(st.integers(0, 255))
    cutter = Cutter()
    try:
        for fragment in cutter.feed(bytes(bad)):
            assert cutter.head is not None
            moved(fragment, cutter.head, NS_PER_S)
    except BadVideoError:
        pass


@pytest.mark.parametrize("length", [0, 7, 40, 200, 700])
def test_a_head_that_was_cut_off_is_refused(length: int) -> None:
    with pytest.raises(BadVideoError):
        read_head(WHOLE[:length])
