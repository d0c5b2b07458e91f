"""A snapshot: the newest picture of a group of pictures as a JPEG.

Belongs here: decoding and shrinking. Does not belong here: what becomes of the picture; it lives and dies with the
in/out record of the passage that asked for it.
"""

from typing import Final, cast

import av
from av.video.codeccontext import VideoCodecContext

from contract.site.camera import Mask, corners_of
from edge.recorder.recording import Group

_JPEG_QUALITY: Final = 80


def newest_picture(group: Group, width_pixels: int, masks: list[Mask]) -> bytes | None:
    """Return the last picture of `group` as JPEG, at most `width_pixels` wide (0: as it is); None if none decodes.

    What `masks` cover is black: no picture ever leaves without them.
    """
    # Only whoever is asked for a picture pays for OpenCV: 0.2 s and some 30 MB.
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    decoder = cast("VideoCodecContext", av.CodecContext.create(group.codec, "r"))
    decoder.extradata = group.extradata
    decoder.thread_count = 1
    newest = None
    try:
        for packet in (*group.packets, None):
            for frame in decoder.decode(packet):
                newest = frame
    except av.FFmpegError:
        # What was decoded before a damaged packet is the newest picture that there is.
        pass
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
