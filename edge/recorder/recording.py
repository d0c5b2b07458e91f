"""The recording of one camera: packets in, sealed segments out, and what is missing written down.

A segment is a fragmented MP4 that begins with a key frame, sealed while it is written: what reaches the disk is never
plain. It ends with the first key frame after `segment_s` seconds, or in another period, or where the camera's time and
the gate's drift apart, or when the stream is lost. It belongs to the period of its first frame.

Two threads meet here: one brings packets and may hang in the camera, the other brings keys, looks after the disk and
stops. A lock keeps them apart. While holding it nothing waits for the camera or makes video durable, and at most
AT_ONCE files go: a whole day's may take longer than a camera waits.
Belongs here: when to cut, and with which key. Does not belong here: connections, processes, or rows.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import av

from contract.camera_trouble import GapReason
from contract.clock import NS_PER_S
from contract.periods import HOUR_S, Kind, Period, Retention
from contract.sealing import ContentKey
from drivers.camera.rtsp import VideoPacket
from edge.recorder.gaps import Gaps
from edge.recorder.open_segment import OpenSegment, media_ns
from edge.recorder.pace import Pace
from edge.recorder.room import Room
from edge.recorder.shelf import AT_ONCE, Shelf

GROUP_LIMIT_BYTES: Final = 32 * 1024 * 1024
"""More than this is not kept of one group of pictures: a camera that hardly ever sends a key frame."""
_DRIFT_NS: Final = NS_PER_S // 2
"""A segment whose frames seem to be taken so much earlier or later than they came is ended."""
_SKIP_NS: Final = 2 * NS_PER_S
"""A stream that shows nothing for so long, by its own time and the gate's, has skipped it."""
_DISK_ERRORS: Final = (OSError, ValueError, sqlite3.Error, av.FFmpegError)
_NO_KEY: Final = "no key of this period: no controller has published one yet"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of pictures, as far as it has come: from a key frame on, with what its decoder needs."""

    codec: str
    extradata: bytes
    packets: list[VideoPacket]


@dataclass(frozen=True, slots=True)
class Status:
    """What may be told of a recording. `why` and `error` say why nothing is written, the latter in words for a log.

    `oldest_dies_s`: when the key of the oldest segment dies (seconds since 1970-01-01 UTC), 0 without any.
    `cut_short`: something had to go before its time, for want of room, and would still be there. `recorded_percent`: of
    the last hour, leaving out long outages (gap_rows.LONG_NS), which are told while they last.
    """

    recording: bool
    segments: int
    error: str
    why: GapReason | None
    oldest_dies_s: int
    cut_short: bool
    recorded_percent: int


class Recording:
    """Records what it is given. `gate_ns` returns the gate's time of day in nanoseconds."""

    def __init__(
        self, shelf: Shelf, room: Room, *, segment_s: int, retention: Retention, gate_ns: Callable[[], int]
    ) -> None:
        """Go on where the recorder ended before. Raises sqlite3.Error or OSError if the disk does."""
        self._shelf = shelf
        self._room = room
        self._segment_s = segment_s
        self._retention = retention
        self._gate_ns = gate_ns
        self._keys: dict[Period, tuple[ContentKey, bytes]] = {}
        self._group: Group | None = None
        self._group_bytes = 0
        self._open: OpenSegment | None = None
        self._gaps = Gaps(shelf.gaps)
        self._covered_ns: int | None = shelf.newest_end_ns()
        resumed_ns = None if self._gaps.since_ns is None else shelf.first_start_ns(self._gaps.since_ns)
        if resumed_ns is not None:  # killed before the end of the gap was written
            self._gaps.recorded(resumed_ns)
        if self._covered_ns is not None and self._gaps.why is None:
            self._gaps.missing(GapReason.STOPPED, self._covered_ns, gate_ns())
        self._pace = Pace()
        self._missing_percent = 0
        self._error = ""
        self._stopped = False
        self._lock = threading.Lock()

    def status(self) -> Status:
        """Return what may be told now."""
        with self._lock:
            oldest = self._shelf.oldest()
            return Status(
                recording=self._open is not None,
                segments=len(self._shelf),
                error=self._error,
                why=self._gaps.why,
                oldest_dies_s=self._retention.dies_at_s(oldest) if oldest else 0,
                cut_short=self._shelf.gaps.has_made_room(),
                recorded_percent=100 - self._missing_percent,
            )

    def give_key(self, key: ContentKey, wraps: bytes) -> None:
        """Take the key of its period; the next segment of that period is sealed with it."""
        with self._lock:
            self._keys[key.name.period] = (key, wraps)

    def clock_set(self, by_ns: int, set_it: Callable[[], None]) -> None:
        """Set the gate's time ahead by so much, or back, by `set_it`: no packet is told by one half of that alone.

        What was recorded by a time that was ahead dies as much sooner.
        """
        with self._lock:
            was_s = self._gate_ns() // NS_PER_S
            self._pace.shift(by_ns)
            set_it()
            back_s = -by_ns // NS_PER_S
            if back_s >= self._retention.margin_s(Kind.VIDEO):
                try:
                    self._shelf.was_ahead(back_s, was_s)
                except _DISK_ERRORS as error:
                    self._error = f"can not delete: {_told(error)}"

    def take(self, packet: VideoPacket) -> None:
        """Record one packet; nothing happens once stopped."""
        with self._lock:
            if self._stopped:
                return
            at_ns, now_ns = media_ns(packet), self._gate_ns()
            self._pace.seen(at_ns, now_ns)
            self._remember(packet)
            if self._open is not None and min(self._pace.stepped_ns, self._pace.waited_ns) >= _SKIP_NS:
                self._gaps.skipped(self._open.last_ns, self._pace.taken_ns(at_ns))
            if packet.is_keyframe and self._is_due(packet, at_ns, now_ns):
                self._begin(packet, at_ns, now_ns)
            if self._open is not None:
                self._put(self._open, packet)

    def lost(self, why: GapReason, words: str) -> None:
        """Close the open segment: the camera gives no more packets for now."""
        with self._lock:
            if self._stopped:
                return
            self._group = None
            self._close()
            self._pace = Pace()
            self._miss(why)
            self._error = words

    def stop(self) -> None:
        """Close and seal the open segment, and take nothing any more."""
        with self._lock:
            self._stopped = True
            self._close()
            if self._gaps.why is None:
                self._miss(GapReason.STOPPED)

    def look_after_disk(self, *, is_confirmed: bool) -> None:
        """Make durable what was written, remove what is dead (some of it: shelf.AT_ONCE), make room.

        A time that is not confirmed may be months ahead: by it nothing is dead. A failure is told in `status`.

        Content keys of periods that are over go out of memory, but that of the segment being written.
        """
        with self._lock:
            now_ns = self._gate_ns()
            now_s = now_ns // NS_PER_S
            self._keys = {period: key for period, key in self._keys.items() if period.end_s > now_s}
            writing = None if self._open is None else self._open.file
            number = None if writing is None else writing.number
            try:
                if is_confirmed:
                    self._shelf.take_down(self._retention, now_s, but=number)
                self._make_room(number)
                self._gaps.write()
                missing_ns = self._shelf.gaps.short_ns(now_ns - HOUR_S * NS_PER_S, now_ns)
                self._missing_percent = -(-100 * missing_ns // (HOUR_S * NS_PER_S))
            except _DISK_ERRORS as error:
                self._error = f"can not delete: {_told(error)}"
        if writing is not None:
            try:
                writing.sync()
            except OSError as error:
                with self._lock:
                    self._error = f"can not write: {_told(error)}"

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

    def _is_due(self, packet: VideoPacket, at_ns: int, now_ns: int) -> bool:
        if self._open is None:
            return True
        drifted_ns = abs(self._open.taken_ns(at_ns) - self._pace.taken_ns(at_ns))
        is_over = self._open.lasted_s(packet) >= self._segment_s or drifted_ns > _DRIFT_NS
        return is_over or self._retention.period_at(Kind.VIDEO, now_ns) != self._open.period

    def _begin(self, packet: VideoPacket, at_ns: int, now_ns: int) -> None:
        self._close()
        period = self._retention.period_at(Kind.VIDEO, now_ns)
        self._keys = {known: key for known, key in self._keys.items() if known.end_s >= period.end_s}
        if period not in self._keys:
            self._miss(GapReason.NO_KEY)
            self._error = _NO_KEY
            return
        first_ns = self._pace.taken_ns(at_ns)
        try:
            file = self._shelf.put_up(period, first_ns)
            try:
                self._open = OpenSegment(file, packet, first_ns, *self._keys[period])
            except _DISK_ERRORS:
                self._shelf.discard(file)
                raise
        except _DISK_ERRORS as error:
            self._failed(error)
        else:
            self._gaps.recorded(first_ns)
            self._error = ""

    def _put(self, segment: OpenSegment, packet: VideoPacket) -> None:
        try:
            segment.put(packet)
        except _DISK_ERRORS as error:
            self._abandon(segment, error)
        else:
            self._covered_ns = segment.last_ns

    def _close(self) -> None:
        segment, self._open = self._open, None
        if segment is None:
            return
        try:
            segment.finish()
            self._shelf.complete(segment.file, segment.last_ns)
        except _DISK_ERRORS as error:
            self._abandon(segment, error)

    def _abandon(self, segment: OpenSegment, error: Exception) -> None:
        """Leave a segment without its end mark: the disk failed. The next key frame tries a new one."""
        self._open = None
        with contextlib.suppress(*_DISK_ERRORS):  # its row says that it is not complete, as it is
            self._shelf.leave(segment.file)
        self._failed(error)

    def _failed(self, error: Exception) -> None:
        self._miss(GapReason.DISK)
        self._error = f"can not write: {_told(error)}"

    def _miss(self, why: GapReason) -> None:
        """Nothing is recorded since the last frame that is."""
        now_ns = self._gate_ns()
        self._gaps.missing(why, now_ns if self._covered_ns is None else self._covered_ns, now_ns)
        with contextlib.suppress(*_DISK_ERRORS):  # the next look at the disk tries again
            self._gaps.write()

    def _make_room(self, writing: int | None) -> None:
        used_bytes = self._shelf.size_bytes + (0 if self._open is None else self._open.file.size_bytes)
        for _ in range(AT_ONCE):
            if not self._room.part_is_full(used_bytes) or not self._shelf.make_room(but=writing):
                break
            used_bytes = self._shelf.size_bytes + (0 if self._open is None else self._open.file.size_bytes)
        if self._room.must_give_way():
            self._shelf.make_room(but=writing)


def _told(error: Exception) -> str:
    """What may be told of an error: no path and no address."""
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
