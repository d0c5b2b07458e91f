"""Small films for tests of video: grey pictures that tell their number, as a recorder's muxer writes them.

Belongs here: making and reading them. Does not belong here: sealing, or any code under test.
"""

import io
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from contract.site.camera import Mask

SIDE = 64
FRAMES_A_S = 5
MUXER = {"movflags": "frag_keyframe+empty_moov+default_base_moof", "frag_duration": "500000"}
WHITE_LEFT = 250
"""The left quarter of each picture is white, so that a mask on it shows."""


class Pieces:
    """What a muxer writes, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)


def film(seconds: int, *, codec: str = "libx264", group: int = FRAMES_A_S, first: int = 0) -> list[bytes]:
    """The pieces in which a recorder writes a film: the picture of frame n is as bright as n says."""
    out = Pieces()
    with av.open(out, "w", format="mp4", options=MUXER, buffer_size=256 * 1024) as container:
        stream = container.add_stream(codec, rate=FRAMES_A_S)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        stream.codec_context.gop_size = group
        stream.codec_context.options = {"preset": "ultrafast", "tune": "zerolatency"} | (
            {"sc_threshold": "0"} if codec == "libx264" else {"x265-params": "log-level=none"}
        )
        for number in range(first, first + seconds * FRAMES_A_S):
            container.mux(stream.encode(picture(number)))
        container.mux(stream.encode(None))
    return out.pieces


def picture(number: int) -> av.VideoFrame:
    """Frame `number`: white at the left, and its number as a shade of grey right of it."""
    image = np.full((SIDE, SIDE, 3), 32 + number % 24 * 8, np.uint8)
    image[:, : SIDE // 4] = WHITE_LEFT
    return av.VideoFrame.from_ndarray(image, format="bgr24")


def decoded(video: bytes) -> list[tuple[Fraction, NDArray[np.uint8]]]:
    """The pictures of an MP4 file with their times in seconds."""
    with av.open(io.BytesIO(video), "r") as container:
        return [
            (frame.pts * frame.time_base, frame.to_ndarray(format="bgr24").astype(np.uint8))
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base is not None
        ]


def number_of(image: NDArray[np.uint8]) -> int:
    """The number that a picture tells, below 24."""
    return round((float(image[:, SIDE // 2 :].mean()) - 32) / 8)


LEFT_QUARTER: Mask = [(0.0, 0.0), (0.25, 0.0), (0.25, 1.0), (0.0, 1.0)]
