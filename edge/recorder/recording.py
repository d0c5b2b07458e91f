"""The recording of one camera: packets in, sealed segments out.

A segment is a fragmented MP4 (ISO/IEC 14496-12, movie fragments) that begins with a key frame, sealed while it is
written: what reaches the disk is never plain. It ends with the first key frame after `segment_s` seconds, or in another
period, or when the stream is lost. It belongs to the period of its first frame.

Two threads meet here: one brings packets and may hang in the camera, the other brings keys and stops. A lock keeps them
apart; nothing waits for the camera while holding it.
Belongs here: when to cut, and with which key. Does not belong here: connections, processes, or rows.
"""

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import av

from contract.clock import NS_PER_S
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey
from contract.segments import SegmentWriter
from drivers.camera.rtsp import VideoPacket
from edge.recorder.shelf import SegmentFile, Shelf

GROUP_LIMIT_BYTES: Final = 32 * 1024 * 1024
"""More than this is not kept of one group of pictures: a camera that hardly ever sends a key frame."""
_MUXER: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
_CHUNK_BYTES: Final = 256 * 1024
_DISK_ERRORS: Final = (OSError, ValueError, sqlite3.Error, av.FFmpegError)
_NO_KEY: Final = "no key of this period: no controller has published one yet"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of pictures, as far as it has come: from a key frame on, with what its decoder needs."""

    codec: str
    extradata: bytes
    packets: list[VideoPacket]


class Recording:
    """Records what it is given. `gate_ns` returns the gate's time of day in nanoseconds."""

    def __init__(self, shelf: Shelf, *, segment_s: int, retention: Retention, gate_ns: Callable[[], int]) -> None:
        self._shelf = shelf
        self._segment_s = segment_s
        self._retention = retention
        self._gate_ns = gate_ns
        self._keys: dict[Period, tuple[ContentKey, bytes]] = {}
        self._group: Group | None = None
        self._group_bytes = 0
        self._open: _OpenSegment | None = None
        self._error = ""
        self._stopped = False
        self._lock = threading.Lock()

    def status(self) -> tuple[bool, int, str]:
        """Return whether a segment is being written, how many are on disk, and what is wrong if none is written."""
        with self._lock:
            return self._open is not None, len(self._shelf), self._error

    def oldest_dies_s(self) -> int:
        """Return when the key of the oldest segment on disk dies (seconds since 1970-01-01 UTC), 0 without any."""
        with self._lock:
            oldest = self._shelf.oldest()
            return self._retention.dies_at_s(oldest) if oldest else 0

    def give_key(self, key: ContentKey, wraps: bytes) -> None:
        """Take the key of its period; the next segment of that period is sealed with it."""
        with self._lock:
            self._keys[key.name.period] = (key, wraps)

    def take(self, packet: VideoPacket) -> None:
        """Record one packet; nothing happens once stopped."""
        with self._lock:
            if self._stopped:
                return
            self._remember(packet)
            if packet.is_keyframe and self._is_due(packet):
                self._begin(packet)
            if self._open is not None:
                try:
                    self._open.put(packet)
                except _DISK_ERRORS as error:
                    self._open.file.close()
                    self._abandon(error)

    def lost(self, why: str) -> None:
        """Close the open segment: the camera gives no more packets for now."""
        with self._lock:
            self._group = None
            self._close()
            self._error = why

    def stop(self) -> None:
        """Close and seal the open segment, and take nothing any more."""
        with self._lock:
            self._stopped = True
            self._close()

    def delete_dead(self) -> int:
        """Remove the segments whose period's key is dead by now; returns how many. A failure is told in `status`.

        Content keys of periods that are over go out of memory, but that of the segment being written.
        """
        now_s = self._gate_ns() // NS_PER_S
        with self._lock:
            self._keys = {period: key for period, key in self._keys.items() if period.end_s > now_s}
            writing = None if self._open is None else self._open.file.number
            try:
                return self._shelf.take_down(lambda period: self._retention.dies_at_s(period) <= now_s, but=writing)
            except _DISK_ERRORS as error:
                self._error = f"can not delete: {_told(error)}"
                return 0

    def group(self) -> "Group | None":
        """Return the packets since the last key frame: what the newest picture is decoded from."""
        with self._lock:
            group = self._group
            return None if group is None else Group(group.codec, group.extradata, group.packets[:])

    def _remember(self, packet: VideoPacket) -> None:
        if packet.is_keyframe:
            codec = packet.stream.codec_context
            self._group, self._group_bytes = Group(codec.name, codec.extradata or b"", []), 0
        if self._group is not None and self._group_bytes <= GROUP_LIMIT_BYTES:
            self._group.packets.append(packet)
            self._group_bytes += packet.size

    def _is_due(self, packet: VideoPacket) -> bool:
        if self._open is None:
            return True
        now = self._retention.period_at(Kind.VIDEO, self._gate_ns())
        return self._open.lasted_s(packet) >= self._segment_s or now != self._open.period

    def _begin(self, packet: VideoPacket) -> None:
        self._close()
        now_ns = self._gate_ns()
        period = self._retention.period_at(Kind.VIDEO, now_ns)
        self._keys = {known: key for known, key in self._keys.items() if known.end_s >= period.end_s}
        if period not in self._keys:
            self._error = _NO_KEY
            return
        try:
            file = self._shelf.put_up(period, now_ns)
            try:
                self._open = _OpenSegment(file, packet, *self._keys[period])
            except _DISK_ERRORS:
                self._shelf.discard(file)
                raise
        except _DISK_ERRORS as error:
            self._abandon(error)
        else:
            self._error = ""

    def _close(self) -> None:
        segment, self._open = self._open, None
        if segment is None:
            return
        try:
            segment.finish()
            self._shelf.complete(segment.file, self._gate_ns())
        except _DISK_ERRORS as error:
            segment.file.close()
            self._abandon(error)

    def _abandon(self, error: Exception) -> None:
        """Leave a segment without its end mark: the disk failed. The next key frame tries a new one."""
        self._open = None
        self._error = f"can not write: {_told(error)}"


def _told(error: Exception) -> str:
    """What may be told of an error: no path and no address."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__


class _OpenSegment:
    """The segment that is being written."""

    def __init__(self, file: SegmentFile, first: VideoPacket, key: ContentKey, wraps: bytes) -> None:
        self.file = file
        self.period = key.name.period
        self._first_dts = first.dts or 0
        self._sealed = SegmentWriter(file, file.number, key, wraps)
        self._muxer = av.open(self._sealed, "w", format="mp4", options=_MUXER, buffer_size=_CHUNK_BYTES)
        self._stream = self._muxer.add_stream_from_template(first.stream)

    def lasted_s(self, packet: VideoPacket) -> float:
        """How much the segment holds when `packet` comes, in seconds of the camera's time."""
        return float(((packet.dts or 0) - self._first_dts) * packet.time_base)

    def put(self, packet: VideoPacket) -> None:
        """Write one packet; its timestamps and its stream become those of the segment."""
        packet.pts = (packet.pts or 0) - self._first_dts
        packet.dts = (packet.dts or 0) - self._first_dts
        packet.stream = self._stream
        self._muxer.mux_one(packet)

    def finish(self) -> None:
        """Write what the muxer still holds, and the end mark."""
        self._muxer.close()
        self._sealed.finish()
