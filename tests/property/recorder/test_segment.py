"""Any cut, flipped, moved or added byte of a sealed segment is noticed, and never read as video."""

import io
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import ContentKey, KeyName, unwrap
from contract.segments import (
    AlteredSegmentError,
    ForeignSegmentError,
    SegmentError,
    SegmentWriter,
    TruncatedSegmentError,
    open_first_ns,
    read_chunks,
    read_header,
    read_sealed,
)

CONTROLLER = ControllerId("control-a")
NAME = KeyName(EdgeId("gate-1"), Epoch(bytes(16)), Period(Kind.VIDEO, 86400, 86400), "cam-1")
KEY = ContentKey.draw(NAME)
PRIVATE = X25519PrivateKey.generate()
WRAPS = KEY.wrap({CONTROLLER: PRIVATE.public_key().public_bytes_raw()}, Ed25519PrivateKey.generate())
FIRST_NS = 1_800_000_000_123_456_789
CHUNKS = st.lists(st.binary(min_size=1, max_size=200), max_size=6)


def written(chunks: list[bytes], *, number: int = 7, finish: bool = True) -> bytes:
    out = io.BytesIO()
    writer = SegmentWriter(out, number, KEY, WRAPS, FIRST_NS)
    for chunk in chunks:
        writer.write(chunk)
    if finish:
        writer.finish()
    return out.getvalue()


def read(data: bytes, key: ContentKey = KEY) -> list[bytes]:
    file = io.BytesIO(data)
    return list(read_chunks(file, read_header(file), key))


def genuine_prefix(data: bytes) -> tuple[list[bytes], SegmentError]:
    """What a reader yields of a damaged segment before it names the damage."""
    got: list[bytes] = []
    file = io.BytesIO(data)
    try:
        for chunk in read_chunks(file, read_header(file), KEY):
            got.append(chunk)  # noqa: PERF402  what came before the error matters
    except SegmentError as error:
        return got, error
    pytest.fail("damage was not noticed")


@given(CHUNKS)
def test_what_was_written_is_read(chunks: list[bytes]) -> None:
    assert read(written(chunks)) == chunks


def test_the_head_tells_when_the_first_frame_was_and_no_other_record_does() -> None:
    file = io.BytesIO(written([b"video"]))
    header = read_header(file)
    head, piece = read_sealed(file), read_sealed(file)
    assert open_first_ns(header, KEY, head) == FIRST_NS
    with pytest.raises(AlteredSegmentError):
        open_first_ns(header, KEY, piece)


@given(CHUNKS, st.data())
def test_any_cut_is_noticed_as_truncation(chunks: list[bytes], data: st.DataObject) -> None:
    whole = written(chunks)
    cut = data.draw(st.integers(0, len(whole) - 1))
    got, error = genuine_prefix(whole[:cut])
    assert isinstance(error, TruncatedSegmentError)
    assert got == chunks[: len(got)]


@given(CHUNKS, st.data())
def test_any_flipped_bit_is_noticed(chunks: list[bytes], data: st.DataObject) -> None:
    whole = bytearray(written(chunks))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    got, _ = genuine_prefix(bytes(whole))
    assert got == chunks[: len(got)]


@given(CHUNKS, st.binary(min_size=1, max_size=64))
def test_anything_added_is_noticed(chunks: list[bytes], more: bytes) -> None:
    _, error = genuine_prefix(written(chunks) + more)
    assert isinstance(error, AlteredSegmentError)


def test_every_single_byte_of_one_segment_counts() -> None:
    whole = written([b"abc", b"defg"])
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        genuine_prefix(bytes(damaged))


def swapped(whole: bytes) -> bytes:
    """Exchange the two data records, which are of one length."""
    sealed_bytes = 4 + 12 + 1 + 3 + 16
    end_bytes = 4 + 12 + 1 + 16
    first, second = len(whole) - end_bytes - 2 * sealed_bytes, len(whole) - end_bytes - sealed_bytes
    return whole[:first] + whole[second : second + sealed_bytes] + whole[first:second] + whole[-end_bytes:]


def renumbered(whole: bytes) -> bytes:
    return whole[:9] + (8).to_bytes(4, "big") + whole[13:]


@pytest.mark.parametrize("damage", [swapped, renumbered])
def test_records_do_not_change_their_place_or_segment(damage: Callable[[bytes], bytes]) -> None:
    whole = written([b"abc", b"def"])
    assert damage(whole) != whole
    got, error = genuine_prefix(damage(whole))
    assert not got
    assert isinstance(error, AlteredSegmentError)


def test_a_segment_that_is_still_written_gives_what_it_has() -> None:
    got, error = genuine_prefix(written([b"abc", b"def"], finish=False))
    assert got == [b"abc", b"def"]
    assert isinstance(error, TruncatedSegmentError)


def test_a_foreign_file_is_named() -> None:
    with pytest.raises(ForeignSegmentError):
        read(b"\0\0\0\x1cftypiso5 and so on")
    other = ContentKey.draw(KeyName(EdgeId("gate-2"), NAME.epoch, NAME.period, NAME.camera))
    with pytest.raises(ForeignSegmentError):
        read(written([b"abc"]), other)


def test_another_key_of_the_same_name_opens_nothing() -> None:
    with pytest.raises(AlteredSegmentError):
        read(written([b"abc"]), ContentKey.draw(NAME))


def test_the_wrap_at_the_head_opens_it() -> None:
    whole = written([b"abc"])
    wraps = read_header(io.BytesIO(whole)).wraps
    key = unwrap(wraps.name, CONTROLLER, wraps.wrap_for(CONTROLLER), PRIVATE)
    assert read(whole, key) == [b"abc"]
