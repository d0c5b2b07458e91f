"""Messages pass a pipe whole, however they are cut; anything else is a named error that repeats nothing."""

import os
from contextlib import suppress

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from process.pipe import LENGTH_BYTES, BadPipeError, Incoming, framed, received

MOST_BYTES = 4096


class Word(msgspec.Struct, frozen=True, array_like=True, tag="word"):
    text: str
    data: bytes


class Number(msgspec.Struct, frozen=True, array_like=True, tag="number"):
    value: int


MESSAGES = st.lists(
    st.builds(Word, st.text(max_size=5), st.binary(max_size=300)) | st.builds(Number, st.integers(-(2**63), 2**64 - 1))
)


def incoming() -> Incoming[Word | Number]:
    decoder: msgspec.msgpack.Decoder[Word | Number] = msgspec.msgpack.Decoder(Word | Number)
    return Incoming(decoder, MOST_BYTES)


@given(MESSAGES, st.lists(st.integers(1, 700), min_size=1))
def test_messages_arrive_whole_in_any_pieces(messages: list[Word | Number], sizes: list[int]) -> None:
    stream = b"".join(map(framed, messages))
    cutting, at = incoming(), 0
    got: list[Word | Number] = []
    while at < len(stream):
        size = sizes[at % len(sizes)]
        got += cutting.feed(stream[at : at + size])
        at += size
    assert got == messages


@given(st.binary(max_size=60))
@example(b"\xa1\xff")
@example(b"\xc1")
def test_anything_else_is_named(body: bytes) -> None:
    with suppress(BadPipeError):
        assert list(incoming().feed(len(body).to_bytes(LENGTH_BYTES, "big") + body))


@pytest.mark.parametrize("body", [b"\xa6sesame", b"\x92\xa4word\xa6sesame", b"{}"])
def test_what_was_not_understood_is_not_repeated(body: bytes) -> None:
    with pytest.raises(BadPipeError, match=f"^{len(body)} bytes") as bad:
        list(incoming().feed(len(body).to_bytes(LENGTH_BYTES, "big") + body))
    assert bad.value.__context__ is None
    assert "sesame" not in str(bad.value)


def test_an_endless_message_is_refused_before_it_came() -> None:
    with pytest.raises(BadPipeError, match="at most 4096"):
        list(incoming().feed(MOST_BYTES.to_bytes(LENGTH_BYTES, "big")))
    assert list(incoming().feed((MOST_BYTES - LENGTH_BYTES).to_bytes(LENGTH_BYTES, "big"))) == []


@settings(max_examples=20)
@given(MESSAGES)
def test_what_comes_out_of_a_descriptor_ends_with_its_other_end(messages: list[Word | Number]) -> None:
    out, into = os.pipe()
    try:
        os.write(into, b"".join(map(framed, messages[:20])) + b"\0\0")
        os.close(into)
        assert list(received(out, incoming())) == messages[:20]
    finally:
        os.close(out)
