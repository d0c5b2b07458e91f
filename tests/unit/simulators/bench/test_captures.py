"""Captures of OSDP lines: what is heard is told as records of the capture format, per line, and the oldest goes."""

import pytest

from simulators.bench.captures import KEPT_PIECES, Captures
from simulators.bench.errors import CanNotError
from simulators.line import Direction, TappedPiece
from simulators.osdp.capture import Record, record_of


def test_a_capture_tells_bytes_time_and_direction() -> None:
    captures = Captures()
    hear = captures.of_line("bus")
    hear(TappedPiece(Direction.TO_DEVICES, b"\x53\x00", 1_700_000_000_123_456_789))
    hear(TappedPiece(Direction.TO_DRIVER, b"\x53", 1_700_000_000_123_456_790))
    assert [record_of(line) for line in captures.lines(None)] == [
        Record(1_700_000_000_123_456_789, "output", b"\x53\x00"),
        Record(1_700_000_000_123_456_790, "input", b"\x53"),
    ]


def test_where_there_are_several_lines_one_is_named() -> None:
    captures = Captures()
    with pytest.raises(CanNotError, match="OSDP lines are: none"):
        captures.lines(None)
    captures.of_line("a")(TappedPiece(Direction.TO_DRIVER, b"a", 0))
    captures.of_line("b")
    with pytest.raises(CanNotError, match="say which; OSDP lines are: a, b"):
        captures.lines(None)
    with pytest.raises(CanNotError, match="no OSDP line 'c' at this gate; there are: a, b"):
        captures.lines("c")
    assert [record_of(line).data for line in captures.lines("a")] == [b"a"]
    assert list(captures.lines("b")) == []


def test_the_oldest_goes() -> None:
    captures = Captures()
    hear = captures.of_line("bus")
    for at_ns in range(KEPT_PIECES + 2):
        hear(TappedPiece(Direction.TO_DRIVER, b"x", at_ns))
    assert record_of(next(captures.lines("bus"))).at_ns == 2
