"""The painter's process: `python -m controller.service.video.painter`, started by the truth process and by nobody else.

It takes pieces of video on stdin, one after the other, and gives them back on stdout as H.264 with the masks painted.
It knows no key, no camera and no network, and writes nothing. Belongs here: decoding, painting, encoding. Does not
belong here: when a piece needs it (painting.py).
"""

import importlib
import io
import os
import signal
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from contract.site.camera import Mask, corners_of
from process.memory import keep_in_memory
from process.pipe import Incoming, framed, received

if TYPE_CHECKING:
    from av import VideoFrame, VideoStream

LIBRARIES: Final = ("av", "cv2", "numpy")
"""Of the extra `camera`: a controller without them runs all the same, but paints nothing."""
MOST_BYTES: Final = 256 * 1024 * 1024
"""Of one piece of video."""
_TICKS: Final = 90_000
_NS_PER_S: Final = 1_000_000_000
_BLACK_Y, _BLACK_UV = 16, 128
_ENCODER: Final = {"preset": "ultrafast", "tune": "zerolatency", "crf": "23"}
_MUXER: Final = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
_NEVER: Final = 1 << 20
"""Pictures between two whole ones: a piece has one, its first."""


class Job(msgspec.Struct, frozen=True, array_like=True):
    """A piece of video: the head of its file and fragments in a row; what is to be black; and where it shall begin.

    `from_ns`: pictures before it (media time) are needed to decode those after it, and are left out.
    """

    video: bytes
    masks: list[Mask]
    from_ns: int = 0

    def __repr__(self) -> str:
        """Without pictures."""
        return f"Job({len(self.video)} bytes, {len(self.masks)} masks)"


class Painted(msgspec.Struct, frozen=True, array_like=True):
    """The piece painted; `start_ns`: media time at which its first picture stands. Empty where nothing decodes."""

    video: bytes
    start_ns: int

    def __repr__(self) -> str:
        """Without pictures."""
        return f"Painted({len(self.video)} bytes)"


_jobs: Final = msgspec.msgpack.Decoder(Job)
_answers: Final = msgspec.msgpack.Decoder(Painted)


def jobs() -> Incoming[Job]:
    """Return what cuts the truth process's words into messages."""
    return Incoming(_jobs, MOST_BYTES)


def answers() -> Incoming[Painted]:
    """Return what cuts a painter's words into messages."""
    return Incoming(_answers, MOST_BYTES)


def paint(job: Job) -> Painted:
    """Decode, paint and encode one piece."""
    import av  # noqa: PLC0415  see LIBRARIES

    made, start, out, stream = io.BytesIO(), Fraction(0), None, None
    with av.open(io.BytesIO(job.video), "r", format="mp4") as source:
        source.streams.video[0].codec_context.thread_count = 1
        frames = source.decode(video=0)
        while True:
            try:
                frame = next(frames)
            except StopIteration:
                break
            except av.FFmpegError:  # what was decoded before a damaged packet is what there is
                break
            if frame.pts is None or frame.time_base is None:
                continue
            at = frame.pts * frame.time_base
            if at * _NS_PER_S < job.from_ns - _NS_PER_S // 1000:  # ticks are no whole nanoseconds
                continue
            if out is None or stream is None:
                start, out = at, av.open(made, "w", format="mp4", options=_MUXER)
                stream = _stream(out, frame)
            painted = _painted(frame, job.masks)
            painted.pts, painted.time_base = int((at - start) * _TICKS), Fraction(1, _TICKS)
            out.mux(stream.encode(painted))
    if out is None or stream is None:
        return Painted(b"", 0)
    out.mux(stream.encode(None))
    out.close()
    return Painted(made.getvalue(), int(start * _NS_PER_S))


def _stream(out: Any, frame: "VideoFrame") -> "VideoStream":  # noqa: ANN401  an output container of av
    stream = cast("VideoStream", out.add_stream("libx264", options=_ENCODER))
    stream.width, stream.height, stream.pix_fmt = frame.width & ~1, frame.height & ~1, "yuv420p"
    stream.codec_context.time_base = Fraction(1, _TICKS)
    stream.codec_context.gop_size = _NEVER
    stream.codec_context.thread_count = 1
    return stream


def _painted(frame: "VideoFrame", masks: list[Mask]) -> "VideoFrame":
    """Return the picture with its masks black, in the size and form that is encoded."""
    import av  # noqa: PLC0415
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    width, height = frame.width & ~1, frame.height & ~1
    planes = frame.reformat(width, height, "yuv420p").to_ndarray()
    luma = planes[:height]
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    for mask in masks:
        cv2.fillPoly(luma, [np.array(corners_of(mask, width, height), np.int32)], _BLACK_Y)
        half = np.array(corners_of(mask, width // 2, height // 2), np.int32)
        for plane in chroma:
            cv2.fillPoly(plane, [half], _BLACK_UV)
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")


def main() -> int:
    """Paint what comes until the end of stdin; returns the exit status."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    keep_in_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)  # the headcount goes first
    for library in LIBRARIES:  # before there is anything to paint
        importlib.import_module(library)
    for job in received(sys.stdin.fileno(), jobs()):
        out.write(framed(paint(job)))
        out.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
