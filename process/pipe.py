"""Messages between a program and one that it has started, over that one's stdin and stdout.

Each message is a u32 length (big-endian) and MessagePack. Whatever passes between the two (a key, a picture, a camera's
password) passes here, and in no argument, environment or file. Belongs here: frames. Does not belong here: messages, or
who sends them when.
"""

import os
from collections.abc import Iterator
from typing import Final, Generic, TypeVar

import msgspec

LENGTH_BYTES: Final = 4
_PIECE_BYTES: Final = 65_536
_encoder: Final = msgspec.msgpack.Encoder()
T = TypeVar("T")


class BadPipeError(ValueError):
    """Bytes that are no message of this pipe. Says nothing of what they hold."""


def framed(message: object) -> bytes:
    """Return one message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Incoming(Generic[T]):
    """Cuts what comes out of a pipe into messages of at most `most_bytes` that `decoder` understands."""

    def __init__(self, decoder: "msgspec.msgpack.Decoder[T]", most_bytes: int) -> None:
        self._decoder: Final = decoder
        self._most_bytes: Final = most_bytes
        self._buffer: Final = bytearray()

    def feed(self, data: bytes) -> Iterator[T]:
        """Yield the messages that `data` completes. Raises BadPipeError: what comes after it has no meaning."""
        self._buffer.extend(data)
        while len(self._buffer) >= LENGTH_BYTES:
            end = LENGTH_BYTES + int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
            if end > self._most_bytes:
                message = f"a message of {end} bytes: at most {self._most_bytes} are allowed"
                raise BadPipeError(message)
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[LENGTH_BYTES:end])
            del self._buffer[:end]
            yield self._decoded(body)

    def _decoded(self, body: bytes) -> T:
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            message = f"{len(body)} bytes that are no message of this pipe"
        # Outside the handler: what was not understood may hold a secret.
        raise BadPipeError(message)


def received(descriptor: int, incoming: Incoming[T]) -> Iterator[T]:
    """Yield the messages that come out of a file descriptor until its other end is closed. Raises BadPipeError."""
    while data := os.read(descriptor, _PIECE_BYTES):
        yield from incoming.feed(data)
