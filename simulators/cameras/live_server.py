"""The wheel's RTSP server for pictures that are drawn while they are served: what a live camera shows happens now.

A program of its own: it takes a `LiveView` as JSON and a port, prints the port when it listens, obeys acts (acts.py)
that come as lines, and ends with its standard input or on SIGTERM. Frames are numbered from its start; those that
nobody looks at are not drawn.

Belongs here: drawing at a rate, encoding, handing to visitors. Does not belong here: what is drawn (live.py), the wheel
(wheel_server.py), whoever starts it (live_camera.py).
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import msgspec
from aio_rtsp_toolkit.server_media import (  # type: ignore[import-untyped]  # the wheel carries no types
    MediaSource,
    MediaTrackInfo,
    parse_parameter_sets,
    profile_level_id_from_sps,
    to_base64,
)  # fmt: skip
from aio_rtsp_toolkit.server_session import RtspServerSession  # type: ignore[import-untyped]
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from simulators.cameras.acts import DECODER
from simulators.cameras.film import ENCODERS, Codec
from simulators.cameras.live import LiveScene
from simulators.cameras.weather import Image, Weather
from simulators.cameras.wheel_server import WheelServer, serve

_SECRET_MODE: Final = 0o600
_START_CODE: Final = re.compile(b"\x00{2,}\x01")
_WAITING: Final = 50
"""How many units a visitor may be behind before he misses all until the next key frame."""
_CLOCK_RATE: Final = 90_000


class LiveView(msgspec.Struct, frozen=True):
    """What a live camera looks at, how, and the path of the file that gets the truth (`Happened`, a line each)."""

    truth: str
    is_lane: bool = False
    weather: Weather = Weather()
    width: int = 640
    height: int = 360
    frames_per_s: int = 5
    key_every_s: float = 1.0
    bits_per_s: int = 300_000


@dataclass(frozen=True, slots=True)
class _Unit:
    """One encoded picture. `data`: its parts, each after its length in four bytes, as the wheel takes them."""

    data: bytes
    at_s: float
    is_key: bool


class LiveCameraServer(WheelServer):
    """Draws one view and hands it to all visitors."""

    def __init__(self, view: LiveView, port: int) -> None:
        self._truth = Path(view.truth)
        super().__init__(str(self._truth.parent), port)
        self.session_class = _LiveSession
        self._view = view
        self._scene = LiveScene(view.width, view.height, view.weather, is_lane=view.is_lane)
        self._encoder = _encoder(view)
        self._frame = 0
        self._visitors: dict[asyncio.Queue[_Unit], bool] = {}  # whether he waits for a key frame
        self._is_watched = asyncio.Event()
        self._truth.parent.mkdir(parents=True, exist_ok=True)
        self._truth.unlink(missing_ok=True)

    def hear(self, line: bytes) -> None:
        """Obey one act."""
        self._scene.hear(DECODER.decode(line), self._frame)

    def resolve_request_path(self, uri: str) -> Path:
        """Every address leads to the one view."""
        return Path(uri)

    def load_media_source(self, file_path: Path) -> MediaSource:
        """Return what a visitor is told of the stream before it begins."""
        _, sets = parse_parameter_sets(Codec.H264, bytes(self._encoder.extradata or b""))
        profile = profile_level_id_from_sps(sets["sps"])
        known = f"{to_base64(sets['sps'])},{to_base64(sets['pps'])}"
        track = MediaTrackInfo(
            media_type="video", control="track1", codec_name=Codec.H264, payload_type=96, clock_rate=_CLOCK_RATE,
            fmtp=f"packetization-mode=1; profile-level-id={profile}; sprop-parameter-sets={known}",
            parameter_sets=sets,
        )  # fmt: skip
        return MediaSource(file_path=file_path, tracks=[track], session_name=self.session_name)

    async def units(self) -> AsyncGenerator[_Unit, None]:
        """Yield what is encoded from the next key frame on."""
        queue: asyncio.Queue[_Unit] = asyncio.Queue(_WAITING)
        self._visitors[queue] = True
        self._is_watched.set()
        try:
            while True:
                yield await queue.get()
        finally:
            del self._visitors[queue]
            if not self._visitors:
                self._is_watched.clear()

    async def draw(self) -> None:
        """Draw and encode at the view's rate while anybody looks, for ever."""
        loop = asyncio.get_running_loop()
        period_s, due_s = 1 / self._view.frames_per_s, loop.time()
        while True:
            await self._is_watched.wait()
            due_s = max(due_s + period_s, loop.time())  # a camera that was stopped makes up for nothing
            await asyncio.sleep(due_s - loop.time())
            image, news = self._scene.draw(due_s, self._frame)
            for unit in self._encoded(image, due_s):
                self._hand_out(unit)
            if news:  # true is what can be seen
                self._note(msgspec.json.Encoder().encode_lines(news))
            self._frame += 1

    def _note(self, lines: bytes) -> None:
        with os.fdopen(os.open(self._truth, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _SECRET_MODE), "wb") as file:
            file.write(lines)

    def _encoded(self, image: Image, at_s: float) -> list[_Unit]:
        picture = av.VideoFrame.from_ndarray(image, format="bgr24")
        picture.pts, picture.time_base = self._frame, Fraction(1, self._view.frames_per_s)
        packets = self._encoder.encode(picture)
        return [_Unit(_with_lengths(bytes(packet)), at_s, packet.is_keyframe) for packet in packets]

    def _hand_out(self, unit: _Unit) -> None:
        for queue in self._visitors:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                self._visitors[queue] = True
            if unit.is_key or not self._visitors[queue]:
                self._visitors[queue] = False
                queue.put_nowait(unit)


class _LiveSession(RtspServerSession):  # type: ignore[misc]  # the wheel carries no types
    """One visitor of a live camera."""

    async def _stream_media(self) -> None:
        """Send what is drawn from now on, until he goes."""
        (state,) = self.track_states.values()
        began_s: float | None = None
        async with aclosing(self.server.units()) as units:
            async for unit in units:
                began_s = unit.at_s if began_s is None else began_s
                await self._send_video_packet(state, unit.data, unit.at_s - began_s, 0.0, unit.is_key)


def _encoder(view: LiveView) -> VideoCodecContext:
    name, options = ENCODERS[Codec.H264]
    encoder = av.CodecContext.create(name, "w")
    assert isinstance(encoder, VideoCodecContext)  # noqa: S101  H.264 is video
    encoder.width, encoder.height, encoder.pix_fmt = view.width, view.height, "yuv420p"
    encoder.time_base = Fraction(1, view.frames_per_s)
    encoder.framerate = Fraction(view.frames_per_s)
    encoder.bit_rate = view.bits_per_s
    encoder.gop_size = max(1, round(view.key_every_s * view.frames_per_s))
    encoder.thread_count = 1
    encoder.options = dict(options)
    encoder.flags |= Flags.global_header
    encoder.open()
    return encoder


def _with_lengths(unit: bytes) -> bytes:
    """Put a length before each part of a unit in the place of its start code (ISO/IEC 14496-15 section 5.3)."""
    parts = [part for part in _START_CODE.split(unit) if part]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


if __name__ == "__main__":
    live = LiveCameraServer(msgspec.json.decode(sys.argv[1], type=LiveView), int(sys.argv[2]))
    asyncio.run(serve(live, live.hear, live.draw))
