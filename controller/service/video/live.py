"""What a camera sees now: one picture at a time, masked by its gate, kept nowhere; and who looks is on record.

Belongs here: that. Does not belong here: recordings (playback.py), or who may (api).
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.ids import AccountId
from contract.site.camera import CameraConfig
from controller.domain.video.viewing import CameraOf, VideoError
from controller.ledger import Ledger
from controller.service.video.asking import VideoGates

LOOKED: Final = "live-viewed"
ONE_LOOK_NS: Final = 600 * NS_PER_S
"""Whoever goes on looking is put on record again after this long, and not for each picture."""


class LivePictures:
    """Belongs to the event loop. `cameras`: those of the site."""

    def __init__(
        self, clock: Clock, ledger: Ledger, gates: VideoGates, cameras: Mapping[CameraOf, CameraConfig]
    ) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._gates: Final = gates
        self._cameras: Final = cameras
        self._looks_ns: dict[tuple[str, CameraOf], int] = {}

    async def picture(self, by: AccountId, session: str, of: CameraOf) -> bytes:
        """Return the JPEG of this moment. Raises VideoError; OSError where the disk refuses to put it on record."""
        if of not in self._cameras:
            raise VideoError("no-camera", "there is no such camera in the site file")
        jpeg = await asyncio.to_thread(self._gates.picture, of)
        self._enter(by, session, of)
        return jpeg

    def _enter(self, by: AccountId, session: str, of: CameraOf) -> None:
        now_ns = self._clock.now_ns()
        self._looks_ns = {look: at_ns for look, at_ns in self._looks_ns.items() if at_ns > now_ns - ONE_LOOK_NS}
        if (session, of) not in self._looks_ns:
            self._ledger.append(LOOKED, now_ns, gate=of.gate, camera=of.camera, by=by)
            self._looks_ns[session, of] = now_ns
