"""Does a gate's camera give a picture that can be decoded.

Belongs here: one look through the real driver. Does not belong here: recording (edge/recorder).
"""

import asyncio
import importlib.util
import time

from contract.site import CameraConfig, GateDevices
from edge.commissioning.finding import Finding, Subject, failed, not_checked, passed

_LIBRARY = "av"


async def check_camera(config: CameraConfig, devices: GateDevices) -> Finding:
    """Wait for the first key frame of one of the gate's cameras."""
    address = devices.cameras.get(config.id)
    if address is None:
        words = "the device file has no address for it"
        return failed(Subject.CAMERA, config.id, words, "add its RTSP address under `cameras`")
    if importlib.util.find_spec(_LIBRARY) is None:
        remedy = "run `make install` in the clone of this program: it brings that too"
        return not_checked(Subject.CAMERA, config.id, "what reads cameras is not installed on this machine", remedy)
    return await asyncio.to_thread(_first_picture, config, address)


def _first_picture(config: CameraConfig, address: str) -> Finding:
    from drivers.camera.rtsp import BadAddressError, CameraLostError, RtspCamera  # noqa: PLC0415  needs the part

    began_s = time.monotonic()
    try:
        packets = RtspCamera(address).packets()
        packet = next(packet for packet in packets if packet.is_keyframe)
        packets.close()
    except (BadAddressError, CameraLostError) as error:
        return failed(Subject.CAMERA, config.id, str(error), "look at the camera, its address, name and password")
    first_ms = (time.monotonic() - began_s) * 1000
    video = packet.stream.codec_context
    words = f"{video.name} {video.width}x{video.height}, first picture after {first_ms:.0f} ms"
    return passed(Subject.CAMERA, config.id, words, first_picture_ms=round(first_ms))
