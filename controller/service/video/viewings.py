"""Viewings that are open: each entered in the ledger before it shows anything, and over with its operation.

Belongs here: the act, and who has which viewing. Does not belong here: what is allowed (domain/video/viewing.py), or
frames (playback.py).
"""

import secrets
from collections.abc import Callable, Mapping
from typing import Final

from contract.clock import Clock, to_datetime
from contract.ids import AccountId, OperationId
from contract.periods import Retention
from controller.domain.operation import Operation
from controller.domain.video.viewing import (
    CameraOf,
    VideoError,
    Viewing,
    ViewingReason,
    check_operation,
    check_viewing,
)
from controller.ledger import Ledger

VIEWED: Final = "video-viewed"
_MOST: Final = 200


class Viewings:
    """Belongs to the event loop. `operations`: those that are open then; `cameras`: those of the site."""

    def __init__(
        self,
        clock: Clock,
        ledger: Ledger,
        retention: Retention,
        operations: Callable[[int], tuple[Operation, ...]],
        cameras: Mapping[CameraOf, object],
    ) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._retention: Final = retention
        self._operations: Final = operations
        self._cameras: Final = cameras
        self._open: Final[dict[str, Viewing]] = {}

    def begin(
        self,
        by: AccountId,
        operation: OperationId,
        cameras: tuple[CameraOf, ...],
        span_ns: tuple[int, int],
        reason: ViewingReason,
    ) -> Viewing:
        """Put a viewing on record, for each of its cameras, and open it: of the part of the span that is still kept.

        Raises VideoError; OSError where the disk refuses: then nothing may be shown.
        """
        now_ns = self._clock.now_ns()
        for camera in cameras:
            self.known(camera)
        span_ns = check_viewing(self._operation(operation), cameras, span_ns, reason, self._retention, now_ns)
        for camera in cameras:
            self._ledger.append(
                VIEWED,
                now_ns,
                operation=operation,
                gate=camera.gate,
                camera=camera.camera,
                **{"from": to_datetime(span_ns[0]).isoformat(), "until": to_datetime(span_ns[1]).isoformat()},
                reason=reason.value,
                by=by,
            )
        viewing = Viewing(secrets.token_hex(12), by, operation, cameras, *span_ns, reason)
        self._forget()
        self._open[viewing.id] = viewing
        return viewing

    def of(self, by: AccountId, operation: OperationId, id_: str) -> Viewing:
        """Return a viewing of `by` that still holds. Raises VideoError."""
        viewing = self._open.get(id_)
        if viewing is None or viewing.by != by or viewing.operation != operation:
            raise VideoError("no-viewing", "there is no such viewing: begin one")
        check_operation(self._operation(operation), self._clock.now_ns())
        return viewing

    def open_of(self, by: AccountId) -> list[Viewing]:
        """Return the viewings of `by` whose operation is open, oldest first."""
        self._forget()
        return [viewing for viewing in self._open.values() if viewing.by == by]

    def known(self, camera: CameraOf) -> CameraOf:
        """Return a camera of the site. Raises VideoError."""
        if camera not in self._cameras:
            raise VideoError("no-camera", "there is no such camera in the site file")
        return camera

    def _operation(self, id_: OperationId) -> Operation | None:
        return next((each for each in self._operations(self._clock.now_ns()) if each.id == id_), None)

    def _forget(self) -> None:
        """Drop viewings whose operation is over, and the oldest where there are too many."""
        there = {operation.id for operation in self._operations(self._clock.now_ns())}
        gone = [id_ for id_, viewing in self._open.items() if viewing.operation not in there]
        for id_ in [*gone, *list(self._open)[: max(0, len(self._open) - len(gone) - _MOST + 1)]]:
            self._open.pop(id_, None)
