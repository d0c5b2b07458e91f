"""Pieces of a recording for whoever plays it: found at the gate, opened, painted where they must be, put in one time.

Belongs here: putting those steps in a row, one piece at a time. Does not belong here: the steps, or who may (api).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.recordings import RecordedSegment, Recordings
from contract.site.camera import CameraConfig
from controller.domain.video.fragments import BadVideoError, moved
from controller.domain.video.viewing import CameraOf, VideoError, Viewing
from controller.service.video.asking import GONE, VideoGates
from controller.service.video.opening import Cut, OpenSegment, SegmentKeys, cut
from controller.service.video.painting import Painters

PIECE_NS: Final = 6 * NS_PER_S
PAINTED_PIECE_NS: Final = 2 * NS_PER_S
"""What must be painted is encoded anew: a shorter piece is there sooner."""
MARGIN_NS: Final = 60 * NS_PER_S
"""So long before its beginning lies the zero of a viewing's time: a piece begins with a whole picture, which may lie
before the moment that was asked for."""
_MOST_AT_ONCE: Final = 4
_NO_GAP_NS: Final = NS_PER_S // 2


@dataclass(frozen=True)
class Piece:
    """A piece of MP4 as a browser takes it. `from_ns`, `until_ns`: when its first frame was, and its last is over."""

    video: bytes = field(repr=False)
    codec: str
    from_ns: int
    until_ns: int


@dataclass(frozen=True)
class Pause:
    """Nothing was recorded at that moment; `until_ns`: when it goes on, None if it does not within the viewing."""

    until_ns: int | None


class Playback:
    """Belongs to the event loop; what waits for gates does so on threads. Raises VideoError."""

    def __init__(
        self,
        clock: Clock,
        gates: VideoGates,
        keys: SegmentKeys,
        painters: Painters,
        cameras: Mapping[CameraOf, CameraConfig],
    ) -> None:
        self._clock: Final = clock
        self._gates: Final = gates
        self._keys: Final = keys
        self._painters: Final = painters
        self._cameras: Final = cameras
        self._turns: Final = asyncio.Semaphore(_MOST_AT_ONCE)

    async def recordings(self, of: CameraOf, from_ns: int, until_ns: int) -> Recordings:
        """Return what a camera recorded in a span, and what not."""
        return await asyncio.to_thread(self._gates.recordings, of, from_ns, until_ns)

    async def piece(self, viewing: Viewing, of: CameraOf, at_ns: int) -> Piece | Pause:
        """Return the piece of a viewing that shows the moment `at_ns`, its times counted from the viewing's zero."""
        if of not in viewing.cameras or not viewing.from_ns <= at_ns < viewing.until_ns:
            raise VideoError("not-in-viewing", "this is no part of what you look at: begin another viewing")
        async with self._turns:
            found = await self.cut(of, at_ns, viewing.until_ns)
        if isinstance(found, Pause):
            return found
        by_ns = found.zero_ns - viewing.from_ns + MARGIN_NS
        try:
            video = b"".join(moved(fragment, found.head, by_ns) for fragment in found.fragments)
        except BadVideoError as error:
            raise VideoError("altered", f"a recording of gate {of.gate} is refused: {error}") from error
        return Piece(found.head.data + video, found.head.codec, found.from_ns, found.until_ns)

    async def cut(self, of: CameraOf, at_ns: int, until_ns: int) -> Cut | Pause:
        """Return the piece of a camera's recording at `at_ns`, painted; or when it goes on, if before `until_ns`."""
        listed = await self.recordings(of, at_ns, until_ns)
        now_ns = self._clock.now_ns()
        masks = self._cameras[of].masks
        for segment in listed.segments:
            if segment.first_ns > at_ns + _NO_GAP_NS:
                return Pause(segment.first_ns)
            opened = await self._open(of, segment, now_ns)
            begin_ns = max(at_ns, segment.first_ns)
            found = await asyncio.to_thread(cut, self._gates, opened, begin_ns, PAINTED_PIECE_NS if masks else PIECE_NS)
            if found is None:
                continue
            return await self._painters.paint(found, masks) if masks or not found.head.is_playable else found
        return Pause(None)

    async def _open(self, of: CameraOf, segment: RecordedSegment, now_ns: int) -> OpenSegment:
        sealed = await asyncio.to_thread(self._gates.segment, of, segment.number)
        if not sealed.lengths:
            raise VideoError(GONE, "nothing was recorded in this segment yet")
        last_ns = segment.last_ns or now_ns
        known = RecordedSegment(segment.number, segment.first_ns, last_ns, segment.size_bytes, segment.is_complete)
        return self._keys.open(of, known, sealed)
