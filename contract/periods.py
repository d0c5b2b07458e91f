"""Periods and limits: which key a record belongs to, and when that key dies.

Belongs here: the arithmetic of L4 and L5. Does not belong here: keys (controller/vault), or deleting.
"""

import enum
from typing import Annotated, Final

import msgspec

from contract.clock import NS_PER_S

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S
MOVEMENT_LIMIT_S: Final = 24 * HOUR_S
VIDEO_LIMIT_S: Final = 30 * DAY_S
SETTLE_LIMIT_S: Final = HOUR_S
_MARGIN_S: Final = 60
_SHORTEST_PERIOD_S: Final = 10


class Kind(enum.StrEnum):
    """What a period's key opens."""

    MOVEMENT = "movement"
    VIDEO = "video"


class LimitError(ValueError):
    """A configuration that would keep data longer than the law allows, or that can not work."""


class Period(msgspec.Struct, frozen=True, order=True, array_like=True):
    """One period of one kind: aligned in UTC, named by its start.

    `start_s` in seconds since 1970-01-01 UTC, `length_s` in seconds.
    """

    kind: Kind
    start_s: Annotated[int, msgspec.Meta(ge=0)]
    length_s: Annotated[int, msgspec.Meta(ge=1, le=DAY_S)]

    @property
    def end_s(self) -> int:
        """First second that no longer belongs to the period."""
        return self.start_s + self.length_s

    def next(self) -> "Period":
        """Return the period that follows."""
        return Period(self.kind, self.end_s, self.length_s)


class Retention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long a site keeps what; shorter than the law is allowed, longer is refused (L4, L5, L8).

    All fields in seconds. `settle_s` is how long after a watermark a completed cycle still waits for late news.
    """

    movement_period_s: int = HOUR_S
    movement_keep_s: int = MOVEMENT_LIMIT_S
    video_period_s: int = DAY_S
    video_keep_s: int = VIDEO_LIMIT_S
    settle_s: int = 900

    def __post_init__(self) -> None:
        """Refuse what the law does not allow: raises LimitError with the clause."""
        _check("movement", self.movement_period_s, HOUR_S, self.movement_keep_s, MOVEMENT_LIMIT_S, "27(c), L4")
        _check("video", self.video_period_s, DAY_S, self.video_keep_s, VIDEO_LIMIT_S, "27(c), L5")
        if not 0 < self.settle_s <= SETTLE_LIMIT_S:
            message = f"settle_s is {self.settle_s}: use 1 to {SETTLE_LIMIT_S} seconds"
            raise LimitError(message)

    def period_s(self, kind: Kind) -> int:
        """Length of a period of `kind` in seconds."""
        return self.movement_period_s if kind is Kind.MOVEMENT else self.video_period_s

    def keep_s(self, kind: Kind) -> int:
        """How long a record of `kind` may be readable, in seconds."""
        return self.movement_keep_s if kind is Kind.MOVEMENT else self.video_keep_s

    def margin_s(self, kind: Kind) -> int:
        """How long before the limit the key dies: 60 s, less where the limit is under half an hour, never 0."""
        return min(_MARGIN_S, max(1, self.keep_s(kind) // 30))

    def period_at(self, kind: Kind, at_ns: int) -> Period:
        """Return the period of `kind` that contains `at_ns` (nanoseconds since 1970-01-01 UTC)."""
        length_s = self.period_s(kind)
        return Period(kind, at_ns // NS_PER_S // length_s * length_s, length_s)

    def dies_at_s(self, period: Period) -> int:
        """Second (since 1970-01-01 UTC) at which the key is destroyed: before the limit of its oldest record."""
        return period.start_s + self.keep_s(period.kind) - self.margin_s(period.kind)


def _check(name: str, period_s: int, longest_period_s: int, keep_s: int, limit_s: int, clause: str) -> None:
    if keep_s > limit_s:
        message = (
            f"{name}_keep_s is {keep_s}, but A/RES/61/263 para {clause} ends it at {limit_s} seconds: "
            "a limit can be made shorter, never longer"
        )
        raise LimitError(message)
    if period_s > longest_period_s:
        message = f"{name}_period_s is {period_s}: a period lasts at most {longest_period_s} seconds"
        raise LimitError(message)
    if period_s < _SHORTEST_PERIOD_S or DAY_S % period_s:
        message = f"{name}_period_s is {period_s}: use {_SHORTEST_PERIOD_S} or more seconds that divide a day"
        raise LimitError(message)
    if keep_s < 2 * period_s:
        message = f"{name}_keep_s is {keep_s}: keep at least two periods of {period_s} seconds"
        raise LimitError(message)
