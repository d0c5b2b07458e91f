"""The segment that is being written: a muxer whose bytes are sealed before they reach the file.

Fragments are cut by time, so that whatever ends the recorder costs no more than the last of them, and at key frames, so
that a reader can begin there. Source: ISO/IEC 14496-12 section 8.8 (movie fragments).

Belongs here: one segment. Does not belong here: when one begins and ends (recording.py), or what sealing is
(contract/segments.py).
"""

from typing import Final

import av

from contract.clock import NS_PER_S
from contract.periods import Period
from contract.sealing import ContentKey
from contract.segments import SegmentWriter
from drivers.camera.rtsp import VideoPacket
from edge.recorder.segment_file import SegmentFile

_MUXER: Final = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": "500000",  # microseconds; the file is made durable every second
}
_CHUNK_BYTES: Final = 256 * 1024


def media_ns(packet: VideoPacket) -> int:
    """Return the decoding time of a packet in nanoseconds."""
    base = packet.time_base
    return (packet.dts or 0) * NS_PER_S * base.numerator // base.denominator


class OpenSegment:
    """One segment. Raises OSError, ValueError, av.FFmpegError if something does not take its bytes."""

    def __init__(self, file: SegmentFile, first: VideoPacket, first_ns: int, key: ContentKey, wraps: bytes) -> None:
        """Begin with the key frame `first`, which was taken at `first_ns` (ns since 1970-01-01 UTC)."""
        self.file: Final = file
        self.period: Final[Period] = key.name.period
        self.last_ns = first_ns
        """When the last frame so far was taken."""
        self._first_dts = first.dts or 0
        self._starts_ns = first_ns - media_ns(first)
        self._sealed = SegmentWriter(file, file.number, key, wraps, first_ns)
        self._muxer = av.open(self._sealed, "w", format="mp4", options=_MUXER, buffer_size=_CHUNK_BYTES)
        self._stream = self._muxer.add_stream_from_template(first.stream)

    def lasted_s(self, packet: VideoPacket) -> float:
        """How much the segment holds when `packet` comes, in seconds of the camera's time."""
        return float(((packet.dts or 0) - self._first_dts) * packet.time_base)

    def taken_ns(self, at_ns: int) -> int:
        """Return when the frame at media time `at_ns` was taken, as a reader of this segment will reckon."""
        return self._starts_ns + at_ns

    def put(self, packet: VideoPacket) -> None:
        """Write one packet; its timestamps and its stream become those of the segment."""
        self.file.ends_ns = self.last_ns  # what the muxer writes now are frames before this one
        self.last_ns = self.taken_ns(media_ns(packet))
        packet.pts = (packet.pts or 0) - self._first_dts
        packet.dts = (packet.dts or 0) - self._first_dts
        packet.stream = self._stream
        self._muxer.mux_one(packet)

    def finish(self) -> None:
        """Write what the muxer still holds, and the end mark."""
        self.file.ends_ns = self.last_ns
        self._muxer.close()
        self._sealed.finish()
