from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.ascii_frames import MAX_FRAME_BYTES, AsciiFramer, CardFrame, FrameRefused
from simulators.cards import ProximityCard
from simulators.readers.ascii_reader import frame_of

CARDS = st.binary(min_size=5, max_size=5).map(ProximityCard)
NOISE = st.binary(max_size=40).map(lambda noise: noise.replace(b"\x02", b""))


def pieces_of(stream: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in pairwise(at)]


@given(st.lists(st.tuples(NOISE, CARDS)), NOISE, st.lists(st.integers(min_value=0)))
def test_all_cards_are_read_however_the_stream_is_cut_and_whatever_stands_between(
    sent: list[tuple[bytes, ProximityCard]], tail: bytes, cuts: list[int]
) -> None:
    stream = b"".join(noise + frame_of(card) for noise, card in sent) + tail
    framer = AsciiFramer()
    read = [frame for piece in pieces_of(stream, cuts) for frame in framer.feed(piece)]
    assert read == [CardFrame(int.from_bytes(card.data, "big")) for _, card in sent]
    assert framer.noise_bytes == sum(len(noise) for noise, _ in sent) + len(tail)


@given(st.lists(st.binary(max_size=100)))
def test_garbage_never_harms_and_never_needs_more_memory_than_one_frame(pieces: list[bytes]) -> None:
    framer = AsciiFramer()
    for piece in pieces:
        for frame in framer.feed(piece):
            assert isinstance(frame, CardFrame | FrameRefused)
        assert framer._frame is None or len(framer._frame) <= MAX_FRAME_BYTES


@given(CARDS, st.integers(min_value=1, max_value=10), st.sampled_from(b"0123456789ABCDEF"))
def test_a_changed_digit_is_never_read_as_another_card(card: ProximityCard, at: int, digit: int) -> None:
    frame = bytearray(frame_of(card))
    frame[at] = digit
    for read in AsciiFramer().feed(bytes(frame)):
        assert not isinstance(read, CardFrame) or read.number == int.from_bytes(card.data, "big")
