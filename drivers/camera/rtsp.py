"""A camera over RTSP: interleaved in one TCP connection, packets copied and never transcoded.

The end of the stream is a loss and not an end, and so is silence. The address carries a password, and libav puts the
address into its messages: none of them leaves this module.

Belongs here: one connection to one camera. Does not belong here: what becomes of the packets (edge/recorder), or the
next try (whoever asks for packets makes it; `Backoff` says how long to wait before).
Source: RFC 2326 section 10.12 (interleaved), RFC 6184 (H.264), RFC 7798 (HEVC).
"""

import time
from collections.abc import Generator, Iterator
from enum import StrEnum
from typing import Final, TypeAlias

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from contract.clock import SystemClock
from contract.site.devices import CAMERA_SCHEMES
from drivers.camera.timeline import Timeline

VideoPacket: TypeAlias = "av.Packet[VideoStream]"
_CODECS: Final = frozenset({"h264", "hevc"})
_OPEN_S: Final = 5.0
_GATHER_S: Final = 0.2
"""How long packets gather in the socket before they are read: waking up for each RTP packet costs twice as much."""
_WAITED_NS: Final = 5_000_000
"""A packet that took longer was waited for: nothing more lies in the socket."""
_OPTIONS: Final = {
    "rtsp_transport": "tcp",
    # Microseconds; libav notices silence after twice this time (measured with a frozen server). PyAV's own limit for
    # reading would do the same, and run Python code several times for each RTP packet.
    "timeout": "2000000",
    "fpsprobesize": "0",  # the frame rate is of no use here; looking for it takes a second of the stream
    "allowed_media_types": "video",
}


class CameraLoss(StrEnum):
    """Why a camera gives no packets."""

    UNREACHABLE = "unreachable"
    """No connection, or no RTSP server behind it."""
    REFUSED = "refused"
    """It wants another password, or no more visitors."""
    NO_VIDEO = "no-video"
    """It has no H.264 or HEVC stream at this address."""
    SILENT = "silent"
    """The connection stands, and nothing comes."""
    ENDED = "ended"
    BROKEN = "broken"
    """The connection failed, or what came is no RTSP."""


class CameraLostError(Exception):
    """The stream is lost; `reason` is all that may be told."""

    def __init__(self, reason: CameraLoss) -> None:
        super().__init__(f"camera: {reason}")
        self.reason = reason


class BadAddressError(ValueError):
    """An address that is no RTSP address; its text is not repeated, as it may hold a password."""


class Backoff:
    """How long to wait before the next try, in seconds: 1, 2, 4, and then 8 until something came."""

    _FIRST_S = 1.0
    _LONGEST_S = 8.0

    def __init__(self) -> None:
        self._next_s = self._FIRST_S

    def wait_s(self) -> float:
        """Return the wait that is due now, and remember that it was asked for."""
        due, self._next_s = self._next_s, min(2 * self._next_s, self._LONGEST_S)
        return due

    def came(self) -> None:
        """Begin again: the camera works."""
        self._next_s = self._FIRST_S


class RtspCamera:
    """One camera; a FrameSource (source.py)."""

    def __init__(self, address: str) -> None:
        """Take the RTSP address, with name and password where needed. Raises BadAddressError."""
        if not address.startswith(CAMERA_SCHEMES):
            message = f"a camera's address begins with {' or '.join(CAMERA_SCHEMES)}"
            raise BadAddressError(message)
        self._address = address

    def packets(self) -> Generator[VideoPacket, None, None]:
        """Connect and yield video packets, their timestamps rising from 0; blocks. Raises CameraLostError at the end.

        `packet.stream` is the camera's stream, from which a muxer takes its parameters. Use it in one thread. A packet
        comes when the next one has begun: when a stream is lost, libav hands out what it has of the last frame.
        """
        container = self._open()
        try:
            video = self._video(container)
            timeline = Timeline(round(1 / (video.time_base or 1)))
            demuxed = container.demux(video)
            clock = SystemClock()
            packet = _next(demuxed)
            while True:
                asked_ns = clock.boottime_ns()
                following = _next(demuxed)
                if clock.boottime_ns() - asked_ns > _WAITED_NS:
                    time.sleep(_GATHER_S)
                dts = timeline.place(packet.dts if packet.dts is not None else packet.pts, packet.duration or 0)
                ahead = packet.pts - packet.dts if packet.pts is not None and packet.dts is not None else 0
                packet.dts, packet.pts = dts, dts + max(0, ahead)
                yield packet
                packet = following
        finally:
            container.close()

    def _open(self) -> InputContainer:
        try:
            return av.open(self._address, "r", options=_OPTIONS, timeout=(_OPEN_S, None))
        except (av.FFmpegError, OSError, ValueError) as error:
            reason = _reason(error, CameraLoss.UNREACHABLE)
        # Outside the handler, so that no traceback and no context carries libav's text.
        raise CameraLostError(reason)

    @staticmethod
    def _video(container: InputContainer) -> VideoStream:
        for stream in container.streams.video:
            if stream.codec_context.name in _CODECS and stream.codec_context.extradata:
                return stream
        raise CameraLostError(CameraLoss.NO_VIDEO)


def _next(demuxed: Iterator[VideoPacket]) -> VideoPacket:
    try:
        packet = next(demuxed, None)
    except (av.FFmpegError, OSError) as error:
        reason = _reason(error, CameraLoss.BROKEN)
    else:
        if packet is not None and packet.size:
            return packet
        reason = CameraLoss.ENDED
    raise CameraLostError(reason)


def _reason(error: Exception, otherwise: CameraLoss) -> CameraLoss:
    if isinstance(error, (av.ExitError, av.TimeoutError)):
        return CameraLoss.SILENT
    if isinstance(error, (av.HTTPUnauthorizedError, av.HTTPForbiddenError)):
        return CameraLoss.REFUSED
    if isinstance(error, av.HTTPNotFoundError):
        return CameraLoss.NO_VIDEO
    return otherwise
