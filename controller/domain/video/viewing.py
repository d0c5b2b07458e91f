"""A viewing: an officer looks at the recording of one or two cameras, of a span, in an open operation, for a reason.

It is on record before anything is shown, and it is the only way to a frame of the past (L1, L6, C7). Belongs here: what
is allowed. Does not belong here: who may (rights), or frames (service/video).
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contract.clock import NS_PER_S
from contract.ids import AccountId, CameraId, EdgeId, OperationId
from contract.periods import Kind, Retention
from controller.domain.obstacle import ObstacleError
from controller.domain.operation import Operation, OperationKind

MOST_CAMERAS: Final = 2
LONGEST_S: Final = 3 * 3600
"""More at once is no look at what happened, but watching."""
LONGEST_CLIP_S: Final = 600


class ViewingReason(enum.StrEnum):
    """Why somebody looks: a closed list, for free text could hold a name."""

    MISSING = "missing"
    """Somebody is looked for."""
    UNSEEN = "unseen"
    """Whether somebody came or left without being read: the count depends on it."""
    ALARM = "alarm"
    EXERCISE = "exercise"


REASONS: Final[dict[OperationKind, tuple[ViewingReason, ...]]] = {
    OperationKind.EMERGENCY: (ViewingReason.MISSING, ViewingReason.UNSEEN, ViewingReason.ALARM),
    OperationKind.DRILL: (ViewingReason.EXERCISE,),
    OperationKind.SEARCH: (ViewingReason.MISSING, ViewingReason.UNSEEN, ViewingReason.ALARM),
}


class VideoError(ObstacleError):
    """Something that can not be looked at; the message says why and what would do."""


@dataclass(frozen=True, order=True)
class CameraOf:
    """A camera, by its gate and its own name there."""

    gate: EdgeId
    camera: CameraId


@dataclass(frozen=True)
class Viewing:
    """One viewing. Times in ns since 1970 UTC."""

    id: str
    by: AccountId
    operation: OperationId
    cameras: tuple[CameraOf, ...]
    from_ns: int
    until_ns: int
    reason: ViewingReason


def check_viewing(
    operation: Operation | None,
    cameras: Sequence[CameraOf],
    span_ns: tuple[int, int],
    reason: ViewingReason,
    retention: Retention,
    now_ns: int,
) -> tuple[int, int]:
    """Return the part of a span that may be looked at in `operation` now; see kept_span. Raises VideoError."""
    check_operation(operation, now_ns)
    assert operation is not None  # noqa: S101  checked
    if reason not in REASONS[operation.kind]:
        allowed = ", ".join(REASONS[operation.kind])
        raise VideoError("reason-not-allowed", f"{reason} is no reason in a {operation.kind}: use {allowed}")
    if not 0 < len(cameras) <= MOST_CAMERAS or len(set(cameras)) < len(cameras):
        raise VideoError("cameras", f"look at one camera, or at {MOST_CAMERAS} side by side")
    return kept_span(span_ns, LONGEST_S, retention, now_ns)


def check_operation(operation: Operation | None, now_ns: int) -> None:
    """Raise VideoError unless recordings may be looked at in this operation now."""
    if operation is None or not operation.is_open(now_ns):
        raise VideoError("no-operation", "recordings are shown in an open operation only: open one")
    if not operation.names_open(now_ns):
        raise VideoError("names-closed", "names are not open in this operation yet: a commander can confirm it")


def kept_span(span_ns: tuple[int, int], longest_s: int, retention: Retention, now_ns: int) -> tuple[int, int]:
    """Return the part of a span (from, until) of which there can be a recording: older than its limit there is none.

    Raises VideoError where there is no such part, or the span is no time of at most so many seconds that has begun.
    """
    from_ns, until_ns = span_ns
    if not from_ns < until_ns or from_ns >= now_ns:
        raise VideoError("no-span", "choose a time that has passed, the end after the beginning")
    if until_ns - from_ns > longest_s * NS_PER_S:
        raise VideoError("span-too-long", f"choose {longest_s // 60} minutes at most")
    oldest_ns = now_ns - retention.keep_s(Kind.VIDEO) * NS_PER_S
    if until_ns <= oldest_ns:
        raise VideoError("recording-gone", "recordings of that time were deleted: their limit is over")
    return max(from_ns, oldest_ns), until_ns
