"""A clip leaves as a hand-over inside an operation, encrypted to its recipient; only the receipt stays.

It is made in memory, painted like everything else, and entered before it is given. This system can not open it, and
keeps no copy. Belongs here: the act. Does not belong here: what may leave in which operation (domain/disclosure.py),
pieces (playback.py), or the envelope (service/disclosing/envelope.py).
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.ids import AccountId, OperationId
from contract.periods import Retention
from controller.domain.disclosure import DisclosureReason, Form, Recipient, check, short_code
from controller.domain.operation import Operation
from controller.domain.video.fragments import BadVideoError, moved
from controller.domain.video.viewing import LONGEST_CLIP_S, CameraOf, VideoError, kept_span
from controller.ledger import Ledger
from controller.service.disclosing.envelope import enclose, load_certificate
from controller.service.video.opening import Cut
from controller.service.video.playback import Pause, Playback
from controller.service.video.viewings import Viewings

HANDED_OVER: Final = "clip-handed-over"
LONGEST_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True)
class Clip:
    """An encrypted clip as it leaves: name and bytes of the file (CMS, as lists that are handed over)."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class _Film:
    """One MP4 file. `from_ns`, `until_ns`: when its first frame was taken, and its last is over (ns since 1970 UTC).

    `lacks`: the moments of which there is a recording that can not be shown, and why.
    """

    video: bytes = field(repr=False)
    from_ns: int
    until_ns: int
    lacks: list[str]


@dataclass(frozen=True)
class AskedClip:
    """What is asked for. Times in ns since 1970 UTC; `certificate`: of the recipient, X.509 in PEM."""

    camera: CameraOf
    from_ns: int
    until_ns: int
    recipient: Recipient
    reason: DisclosureReason
    certificate: str = field(repr=False)


class Clips:
    """Makes clips, one at a time. Belongs to the event loop. `operations`: those that are open then."""

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        retention: Retention,
        operations: Callable[[int], tuple[Operation, ...]],
        viewings: Viewings,
        playback: Playback,
    ) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._retention: Final = retention
        self._operations: Final = operations
        self._viewings: Final = viewings
        self._playback: Final = playback
        self._one_at_a_time: Final = asyncio.Lock()

    async def hand_over(self, by: AccountId, operation: OperationId, asked: AskedClip) -> Clip:
        """Return a clip encrypted to its recipient, with its receipt in the ledger.

        Raises VideoError, DisclosureError, CertificateError; OSError where the disk refuses: then nothing has left.
        """
        self._check(operation, asked)
        certificate = load_certificate(asked.certificate, self._clock.now_ns())
        async with self._one_at_a_time:
            film = await self._film(asked)
            sealed = await asyncio.to_thread(enclose, film.video, certificate)
        self._check(operation, asked)  # making it took its time
        of = asked.camera
        self._ledger.append(
            HANDED_OVER,
            self._clock.now_ns(),
            operation=operation,
            gate=of.gate,
            camera=of.camera,
            **{"from": to_datetime(film.from_ns).isoformat(), "until": to_datetime(film.until_ns).isoformat()},
            **({"lacks": ", ".join(film.lacks)} if film.lacks else {}),
            recipient=asked.recipient.value,
            reason=asked.reason.value,
            sha256=hashlib.sha256(sealed).hexdigest(),
            by=by,
        )
        return Clip(f"clip-{short_code(operation).lower()}-{to_datetime(asked.from_ns):%Y%m%dT%H%M%SZ}.mp4.p7m", sealed)

    def _check(self, operation: OperationId, asked: AskedClip) -> None:
        now_ns = self._clock.now_ns()
        self._viewings.known(asked.camera)
        kept_span((asked.from_ns, asked.until_ns), LONGEST_CLIP_S, self._retention, now_ns)
        found = next((each for each in self._operations(now_ns) if each.id == operation), None)
        check(found, Form.FILE, asked.recipient, asked.reason, now_ns)

    async def _film(self, asked: AskedClip) -> _Film:
        """Return the film of the span. Its time begins with its first picture; gaps stay as long as they were."""
        parts: list[bytes] = []
        lacks: list[str] = []
        zero_ns, until_ns, head, size_bytes = 0, 0, b"", 0
        async with aclosing(self._cuts(asked, lacks)) as cuts:
            async for each in cuts:
                if not parts:
                    zero_ns, head = each.from_ns, each.head.data
                    parts.append(head)
                if each.head.data != head:
                    at = to_datetime(each.from_ns).strftime("%H:%M:%S")
                    raise VideoError("picture-changed", f"the camera's picture changed at {at} UTC: make two clips")
                try:
                    parts += [moved(fragment, each.head, each.zero_ns - zero_ns) for fragment in each.fragments]
                except BadVideoError as error:
                    raise VideoError("altered", f"a recording of gate {asked.camera.gate} is refused") from error
                until_ns = each.until_ns
                size_bytes += sum(len(fragment.data) for fragment in each.fragments)
                if size_bytes > LONGEST_BYTES:
                    raise VideoError("clip-too-large", "this clip is too large: choose a shorter time")
        if not parts:
            raise VideoError("recording-gone", "nothing was recorded in that time, or nothing of it can be shown")
        return _Film(b"".join(parts), zero_ns, until_ns, lacks)

    async def _cuts(self, asked: AskedClip, lacks: list[str]) -> AsyncGenerator[Cut, None]:
        """Yield the pieces of the span, in order, none of them twice; what can not be shown is added to `lacks`."""
        at_ns: int | None = asked.from_ns
        last: Cut | None = None
        while at_ns is not None and at_ns < asked.until_ns:
            found = await self._playback.cut(asked.camera, at_ns, asked.until_ns, last)
            if isinstance(found, Pause):
                if found.lacks is not None:
                    lacks.append(f"{to_datetime(at_ns).isoformat()} {found.lacks.code}")
                at_ns = found.until_ns
                continue
            yield found
            last = found
            at_ns = max(found.until_ns, at_ns + NS_PER_S // 1000)
