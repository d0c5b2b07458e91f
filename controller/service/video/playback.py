"""Pieces of a recording for whoever plays it: found at the gate, opened, painted where they must be, put in one time.

Belongs here: putting those steps in a row, one piece at a time. Does not belong here: the steps, or who may (api).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.recordings import RecordedSegment, Recordings
from contract.site.camera import CameraConfig
from controller.domain.video.fragments import BadVideoError, moved
from controller.domain.video.viewing import CameraOf, VideoError, Viewing
from controller.service.video.asking import ALTERED, GONE, VideoGates
from controller.service.video.opening import NOT_FOR_US, Cut, OpenSegment, SegmentKeys, cut
from controller.service.video.painting import Painters

PIECE_NS: Final = 6 * NS_PER_S
PAINTED_PIECE_NS: Final = NS_PER_S // 2
"""What must be painted is encoded anew, at a quarter of a second of one core for a second of 1080p: a shorter piece is
there sooner. It ends where a whole picture follows, so that most hold one group of pictures."""
MARGIN_NS: Final = 60 * NS_PER_S
"""So long before its beginning lies the zero of a viewing's time: a piece begins with a whole picture, which may lie
before the moment that was asked for."""
_MOST_AT_ONCE: Final = 4
_NO_GAP_NS: Final = NS_PER_S // 2
_OF_A_SEGMENT: Final = frozenset({ALTERED, GONE, NOT_FOR_US})
"""What is wrong with one segment, and says nothing of the next."""
_CUT_OFF: Final = "cut-off"


@dataclass(frozen=True)
class Piece:
    """A piece of MP4 as a browser takes it. `from_ns`, `until_ns`: when its first frame was, and its last is over."""

    video: bytes = field(repr=False)
    codec: str
    from_ns: int
    until_ns: int


@dataclass(frozen=True)
class Pause:
    """There is nothing of that moment; `until_ns`: when it goes on, None if it does not within the viewing.

    `lacks`: why a segment of that moment can not be shown; None where there is none.
    """

    until_ns: int | None
    lacks: VideoError | None = None


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

    async def get_ready(self, viewing: Viewing) -> None:
        """Prepare for what a viewing may ask first."""
        if any(self._cameras[of].masks for of in viewing.cameras):
            await self._painters.get_ready()

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
            if found.lacks is not None and found.lacks.code != _CUT_OFF:
                raise found.lacks
            return found
        by_ns = found.zero_ns - viewing.from_ns + MARGIN_NS
        try:
            video = b"".join(moved(fragment, found.head, by_ns) for fragment in found.fragments)
        except BadVideoError as error:
            raise VideoError("altered", f"a recording of gate {of.gate} is refused: {error}") from error
        return Piece(found.head.data + video, found.head.codec, found.from_ns, found.until_ns)

    async def cut(self, of: CameraOf, at_ns: int, until_ns: int, last: Cut | None = None) -> Cut | Pause:
        """Return the piece of a camera's recording at `at_ns`, painted; or when it goes on, if before `until_ns`.

        `last`: the piece before it, of which nothing comes again.
        """
        listed = await self.recordings(of, at_ns, until_ns)
        lacks: VideoError | None = None
        for segment in listed.segments:
            if segment.first_ns > at_ns + _NO_GAP_NS:
                return Pause(segment.first_ns, lacks)
            try:
                found = await self._found(of, segment, (max(at_ns, segment.first_ns), until_ns), last)
            except VideoError as error:
                if error.code not in _OF_A_SEGMENT:
                    raise
                lacks = error if segment.is_complete else VideoError(_CUT_OFF, "this was cut off at its beginning")
                continue
            if found is not None:
                return found
        return Pause(None, lacks)

    async def _found(
        self, of: CameraOf, segment: RecordedSegment, span_ns: tuple[int, int], last: Cut | None
    ) -> Cut | None:
        """Return what a segment shows from the beginning of `span_ns` on, painted, or None."""
        opened = await self._open(of, segment, self._clock.now_ns())
        masks = self._cameras[of].masks
        length_ns = PAINTED_PIECE_NS if masks else PIECE_NS
        found = await asyncio.to_thread(cut, self._gates, opened, span_ns[0], length_ns, span_ns[1])
        if found is None:
            return None
        shown_ns = last.until_ns - found.zero_ns if last is not None and last.number == found.number else 0
        if masks or not found.head.is_playable:
            return await self._painters.paint(found, masks, shown_ns)
        head = found.head
        left = [each for each in found.fragments if head.ns(each.start) >= shown_ns]
        return replace(found, fragments=left) if left else None

    async def _open(self, of: CameraOf, segment: RecordedSegment, now_ns: int) -> OpenSegment:
        sealed = await asyncio.to_thread(self._gates.segment, of, segment.number)
        if not sealed.lengths:
            raise VideoError(GONE, "nothing was recorded in this segment yet")
        last_ns = segment.last_ns or now_ns
        known = RecordedSegment(segment.number, segment.first_ns, last_ns, segment.size_bytes, segment.is_complete)
        return self._keys.open(of, known, sealed)
