"""What gate and video process say to each other over a pair of pipes.

Each message is a u32 length (big-endian) and a MessagePack map with a tag. Belongs here: messages and their frames.
Does not belong here: what follows from them.
"""

from collections.abc import Iterator
from typing import Final, TypeVar

import msgspec

from contract.ids import CameraId, ControllerId

T = TypeVar("T")
_LENGTH_BYTES: Final = 4
_LONGEST_BYTES: Final = 32 * 1024 * 1024


class Trust(msgspec.Struct, frozen=True, tag=True):
    """Whom to answer from now on: controllers by name, each with the authorities of the list that names them."""

    authorities_pem: str
    controllers: list[ControllerId]


class Begin(msgspec.Struct, frozen=True, tag=True):
    """The first message. `host`, `port`: where to listen, port 0 for any; `folder`: of this gate's video.

    `cameras`: of this gate, and no others. Certificate and key are the gate's own (PEM).
    """

    host: str
    port: int
    folder: str
    cameras: list[CameraId]
    certificate_pem: str
    key_pem: str
    trust: Trust

    def __repr__(self) -> str:
        """Without the key."""
        return f"Begin(host={self.host!r}, port={self.port}, ...)"


class Picture(msgspec.Struct, frozen=True, tag=True):
    """The picture (JPEG) that answers `ask`; empty if there is none."""

    ask: int
    jpeg: bytes

    def __repr__(self) -> str:
        """Without the picture."""
        return f"Picture(ask={self.ask}, {len(self.jpeg)} bytes)"


class Listening(msgspec.Struct, frozen=True, tag=True):
    """Where controllers find it now."""

    port: int


class AskPicture(msgspec.Struct, frozen=True, tag=True):
    """A controller looks at a camera now: answer with a Picture of the same `ask`."""

    ask: int
    camera: CameraId


class Counted(msgspec.Struct, frozen=True, tag=True):
    """Something to be counted in the gate's health happened."""

    what: str


ToVideo = Begin | Trust | Picture
FromVideo = Listening | AskPicture | Counted
_encoder = msgspec.msgpack.Encoder()
_to_video: msgspec.msgpack.Decoder[ToVideo] = msgspec.msgpack.Decoder(ToVideo)
_from_video: msgspec.msgpack.Decoder[FromVideo] = msgspec.msgpack.Decoder(FromVideo)


class BadPipeError(ValueError):
    """Bytes that are no message of this pipe."""


def framed(message: ToVideo | FromVideo) -> bytes:
    """Return one message with its length before it."""
    body = _encoder.encode(message)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def to_video(self, data: bytes) -> Iterator[ToVideo]:
        """Yield what the gate says. Raises BadPipeError."""
        yield from self._decoded(_to_video, data)

    def from_video(self, data: bytes) -> Iterator[FromVideo]:
        """Yield what the video process says. Raises BadPipeError."""
        yield from self._decoded(_from_video, data)

    def _decoded(self, decoder: "msgspec.msgpack.Decoder[T]", data: bytes) -> Iterator[T]:
        self._buffer += data
        while len(self._buffer) >= _LENGTH_BYTES:
            end = _LENGTH_BYTES + int.from_bytes(self._buffer[:_LENGTH_BYTES], "big")
            if end > _LONGEST_BYTES:
                message = f"a message of {end} bytes: at most {_LONGEST_BYTES} are allowed"
                raise BadPipeError(message)
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_LENGTH_BYTES:end])
            del self._buffer[:end]
            try:
                message_ = decoder.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError):
                message_ = None
            if message_ is None:  # outside the handler: what was not understood may hold a key
                raise BadPipeError("bytes that are no message of this pipe")
            yield message_
