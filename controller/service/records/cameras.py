"""What gates say of their cameras becomes alarms: nothing recorded, nothing to see, not enough room.

Belongs here: when a camera's state calls for an alarm, and when that is over. Does not belong here: how a gate finds it
out (edge/recorder), or in which words it is shown (controller/console).
"""

import enum
from typing import Final

from contract.camera_trouble import PictureTrouble
from contract.clock import NS_PER_S
from contract.ids import EdgeId
from contract.messages import CameraState
from controller.service.alarms import Alarms

LOST_AFTER_S: Final = 20
"""A recorder that starts, or a camera that hangs up and answers again, is no alarm."""

LEAST_RECORDED_PERCENT: Final = 80
"""A camera of which less was recorded within the last hour is an alarm; outages that are told by themselves are left
out."""
_RECOVERED_PERCENT: Final = 90
"""From here on it is none any more: at the threshold it would come and go."""


class CameraAlarm(enum.StrEnum):
    """What can stand against a camera."""

    LOST = "camera-lost"
    FROZEN = "camera-frozen"
    BLACK = "camera-black"
    COVERED = "camera-covered"
    CUT_SHORT = "video-cut-short"
    PATCHY = "camera-patchy"


_OF_PICTURE: Final = {
    PictureTrouble.FROZEN: CameraAlarm.FROZEN,
    PictureTrouble.BLACK: CameraAlarm.BLACK,
    PictureTrouble.COVERED: CameraAlarm.COVERED,
}


class CameraWatch:
    """Raises the alarms of all gates' cameras, and says when they are over."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms: Final = alarms
        self._since_ns: Final[dict[tuple[EdgeId, str], int]] = {}
        """Since when each camera that is not recorded has not been, by this controller's clock."""
        self._lost: Final[set[tuple[EdgeId, str]]] = set()
        self._patchy: Final[set[tuple[EdgeId, str]]] = set()

    def hear(self, gate: EdgeId, camera: CameraState, now_ns: int) -> None:
        """Take what a gate says of one of its cameras."""
        found = {_OF_PICTURE[camera.picture]} if camera.picture else set()
        if camera.cut_short:
            found.add(CameraAlarm.CUT_SHORT)
        which = gate, camera.camera
        if camera.recorded_percent < (_RECOVERED_PERCENT if which in self._patchy else LEAST_RECORDED_PERCENT):
            self._patchy.add(which)
            found.add(CameraAlarm.PATCHY)
        else:
            self._patchy.discard(which)
        is_back = camera.recording and which in self._lost
        if camera.recording:
            self._since_ns.pop(which, None)
            self._lost.discard(which)
        elif now_ns - self._since_ns.setdefault(which, now_ns) >= LOST_AFTER_S * NS_PER_S:
            self._lost.add(which)
            found.add(CameraAlarm.LOST)
        self._alarms.of_states(CameraAlarm, found, now_ns, gate, camera.camera)
        if is_back:
            self._alarms.of_system(now_ns, "camera-back", gate, camera.camera)
