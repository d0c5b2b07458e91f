"""Looking, put together: gates that are asked for video, keys that open it, viewings, live pictures, clips.

Belongs here: which of these parts goes where. Does not belong here: the rest of the controller (assembly.py), or HTTP
(api/).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.site.camera import CameraConfig
from controller.composition.membership import Membership
from controller.domain.video.viewing import CameraOf
from controller.ledger import Ledger
from controller.service.records.truth import Truth
from controller.service.video.asking import VideoGates
from controller.service.video.clips import Clips
from controller.service.video.live import LivePictures
from controller.service.video.opening import SegmentKeys
from controller.service.video.painting import Painters
from controller.service.video.playback import Playback
from controller.service.video.viewings import Viewings


@dataclass(frozen=True)
class Looking:
    """Everything about video. `cameras`: all of the site file, in its order."""

    cameras: Mapping[CameraOf, CameraConfig]
    gates: VideoGates
    viewings: Viewings
    playback: Playback
    live: LivePictures
    clips: Clips
    painters: Painters

    async def aclose(self) -> None:
        """End the processes that paint, and connections to gates."""
        await self.painters.close()
        self.gates.close()


def open_looking(truth: Truth, ledger: Ledger, membership: Membership) -> Looking:
    """Open what looks at gates."""
    site, clock, wire = truth.site, truth.clock, membership.wire
    cameras = {CameraOf(gate.id, camera.id): camera for gate in site.gate for camera in gate.camera}
    gates = VideoGates(truth.gates.video_of, wire.gates, wire.files)
    keys = SegmentKeys(truth.vault, truth.controller, membership.gate_keys, membership.replaced_keys)
    painters = Painters()
    operations = truth.operations.open_now
    viewings = Viewings(clock, ledger, site.retention, operations, cameras)
    playback = Playback(clock, gates, keys, painters, cameras)
    return Looking(
        cameras,
        gates,
        viewings,
        playback,
        LivePictures(clock, ledger, gates, cameras),
        Clips(clock, ledger, site.retention, operations, viewings, playback),
        painters,
    )
