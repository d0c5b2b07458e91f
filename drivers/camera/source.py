"""What a recorder needs of a camera.

Belongs here: the port. Does not belong here: a protocol (rtsp.py), or what is made of the packets (edge/recorder).
"""

from collections.abc import Iterator
from typing import Protocol


class Packet(Protocol):
    """One encoded piece of a camera's stream."""

    @property
    def is_keyframe(self) -> bool:
        """Whether a picture can be decoded beginning with this packet."""
        ...

    def __bytes__(self) -> bytes:
        """The encoded bytes."""
        ...


class FrameSource(Protocol):
    """A camera: packets as the camera encoded them, never transcoded."""

    def packets(self) -> Iterator[Packet]:
        """Connect and yield packets until the stream is lost, which is an error and not an end."""
        ...
