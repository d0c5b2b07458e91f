"""What gate and video process say to each other over a pair of pipes.

Belongs here: messages. Does not belong here: their frames (process/pipe.py), or what follows from them.
"""

from typing import Final

import msgspec

from contract.ids import CameraId, ControllerId
from process.pipe import Incoming

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of one message."""


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
_to_video: msgspec.msgpack.Decoder[ToVideo] = msgspec.msgpack.Decoder(ToVideo)
_from_video: msgspec.msgpack.Decoder[FromVideo] = msgspec.msgpack.Decoder(FromVideo)


def to_video() -> Incoming[ToVideo]:
    """Return what cuts the gate's words into messages."""
    return Incoming(_to_video, MOST_BYTES)


def from_video() -> Incoming[FromVideo]:
    """Return what cuts the video process's words into messages."""
    return Incoming(_from_video, MOST_BYTES)
