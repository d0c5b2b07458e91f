"""From a camera's packets to the small pictures that are looked at.

Every picture is decoded that others refer to, and a few a second are made small: cameras send pictures that all build
upon each other, so that most can not be left out. Damaged packets give no picture, and the next key frame heals it.

Belongs here: that. Does not belong here: what is seen in a picture (counter.py).
"""

from typing import TYPE_CHECKING, Final, cast

import av
from av.video.reformatter import Interpolation

from contract.clock import NS_PER_S
from contract.site.camera import CountingLine, Mask
from edge.counting.counter import LOOKS_PER_S, Counter
from edge.counting.wire import Packet, Stream
from edge.domain.counting.tracks import Crossed

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

_EVERY_NS: Final = NS_PER_S // LOOKS_PER_S
_EARLY_NS: Final = _EVERY_NS // 5
"""Cameras do not take pictures quite evenly."""


class CountingDecoder:
    """Counts in one camera's packets, stream after stream."""

    def __init__(self, line: CountingLine, masks: list[Mask]) -> None:
        self._line, self._masks = line, masks
        self._decoder: VideoCodecContext | None = None
        self._counter: Counter | None = None
        self._size = (0, 0)
        self._looked_ns = -_EVERY_NS

    @property
    def is_blind(self) -> bool:
        """Whether nothing can be said now."""
        return self._counter is None or self._counter.is_blind

    def begin(self, stream: Stream) -> None:
        """Go on with another stream: what was learnt of the place stands, if the pictures are as large. Never raises.

        A codec that libav does not know, or data that it does not take, gives no pictures.
        """
        self._decoder, self._looked_ns = None, -_EVERY_NS
        if self._counter is not None:
            self._counter.interrupted()
        try:
            decoder = cast("VideoCodecContext", av.CodecContext.create(stream.codec, "r"))
        except (av.FFmpegError, ValueError):
            return
        decoder.extradata = stream.extradata or None
        decoder.thread_count = 1
        decoder.skip_frame = "NONREF"
        self._decoder = decoder

    def take(self, packet: Packet) -> list[Crossed]:
        """Return who crossed by this packet's picture."""
        if self._decoder is None:
            return []
        try:
            frames = self._decoder.decode(av.Packet(packet.data))
        except av.FFmpegError:
            return []
        if not frames or packet.media_ns - self._looked_ns < _EVERY_NS - _EARLY_NS:
            return []
        frame = frames[-1]
        if self._counter is None or self._size != (frame.width, frame.height):
            self._size = (frame.width, frame.height)
            self._counter = Counter(self._line, self._masks, *self._size)
        self._looked_ns = packet.media_ns
        small = frame.reformat(*self._counter.size, format="bgr24", interpolation=Interpolation.AREA)
        return self._counter.look(small.to_ndarray(), packet.media_ns)
