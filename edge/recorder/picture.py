"""A snapshot: the newest picture of a group of pictures as a JPEG.

Belongs here: decoding and shrinking. Does not belong here: what becomes of the picture; it lives and dies with the
in/out record of the passage that asked for it.
"""

from typing import Final, cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Interpolation

from contract.site.camera import Mask, corners_of
from drivers.camera.rtsp import VideoPacket
from edge.recorder.recording import Group

_JPEG_QUALITY: Final = 80
_LUMA_PIXELS: Final = (96, 54)


def newest_picture(group: Group, width_pixels: int, masks: list[Mask]) -> bytes | None:
    """Return the last picture of `group` as JPEG, at most `width_pixels` wide (0: as it is); None if none decodes.

    What `masks` cover is black: no picture ever leaves without them.
    """
    # Only whoever is asked for a picture pays for OpenCV: 0.2 s and some 30 MB.
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    newest = _last_frame(group, group.packets)
    if newest is None:
        return None
    width = min(width_pixels or newest.width, newest.width)
    whole = newest.to_ndarray(format="bgr24")
    for mask in masks:
        cv2.fillPoly(whole, [np.array(corners_of(mask, newest.width, newest.height), np.int32)], (0, 0, 0))
    image = cv2.resize(
        whole,
        (width, max(2, newest.height * width // newest.width)),
        interpolation=cv2.INTER_AREA,
    )
    made, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return jpeg.tobytes() if made else None


def key_luma(group: Group) -> bytes | None:
    """Return the brightness (limited range) of 96 x 54 single pixels of the group's key frame; None if undecodable.

    Pixels are picked and not averaged, so that noise stays.
    """
    frame = _last_frame(group, group.packets[:1], {"skip_loop_filter": "all"})
    if frame is None:
        return None
    small = frame.reformat(*_LUMA_PIXELS, format="yuv420p", interpolation=Interpolation.POINT)
    plane = small.planes[0]
    rows = memoryview(plane)
    width, height = _LUMA_PIXELS
    return b"".join(bytes(rows[row * plane.line_size : row * plane.line_size + width]) for row in range(height))


def _last_frame(
    group: Group, packets: list[VideoPacket], options: dict[str, str] | None = None
) -> av.VideoFrame | None:
    decoder = cast("VideoCodecContext", av.CodecContext.create(group.codec, "r"))
    decoder.extradata = group.extradata
    decoder.thread_count = 1
    decoder.options = options or {}
    newest = None
    try:
        for packet in (*packets, None):
            for frame in decoder.decode(packet):
                newest = frame
    except av.FFmpegError:
        # What was decoded before a damaged packet is the newest picture that there is.
        pass
    return newest
