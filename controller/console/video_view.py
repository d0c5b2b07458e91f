"""What the pages of video take from the API: shapes, and the little worked out of them.

Belongs here: that, pure. Does not belong here: words (video_words.py), requests (video_pages.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

from controller.domain.disclosure import REASONS as COPY_REASONS
from controller.domain.disclosure import DisclosureReason, Recipient
from controller.domain.operation import OperationKind
from controller.domain.video.viewing import LONGEST_CLIP_S, LONGEST_S, REASONS

MINUTES = (1, 5, 10, 30, 60, LONGEST_S // 60)
"""How long a viewing may be."""
CLIP_MINUTES = (1, 2, 5, LONGEST_CLIP_S // 60)
_USUAL_MINUTES = 10


class Camera(msgspec.Struct, frozen=True):
    """One camera; see CameraBody of the API."""

    gate: str
    gate_name: str
    camera: str
    name: str
    served: bool
    keep_s: int

    @property
    def value(self) -> str:
        """What a form says of it: no gate's name has a slash in it."""
        return f"{self.gate}/{self.camera}"


class Span(msgspec.Struct, frozen=True):
    """A time; see SpanBody of the API."""

    from_ms: int
    until_ms: int
    why: str


class Track(msgspec.Struct, frozen=True):
    """What one camera recorded; see TrackBody of the API."""

    gate: str
    camera: str
    name: str
    recorded: list[Span]
    gaps: list[Span]
    away: str


class Viewing(msgspec.Struct, frozen=True):
    """A viewing; see OpenViewingBody of the API."""

    id: str
    from_ms: int
    until_ms: int
    zero_ms: int
    tracks: list[Track]

    @property
    def begins_ms(self) -> int:
        """When the first of its cameras recorded anything; where none did, its own beginning."""
        return min((span.from_ms for track in self.tracks for span in track.recorded), default=self.from_ms)


def by_gate(cameras: list[Camera]) -> list[tuple[str, list[Camera]]]:
    """Return the cameras of each gate, with the gate's name."""
    return [(name, list(group)) for name, group in groupby(cameras, key=lambda each: each.gate_name)]


def reasons_of(kind: str) -> list[str]:
    """Return the reasons for a viewing in an operation of that kind."""
    return [reason.value for reason in REASONS[OperationKind(kind)]]


def clip_reasons_of(kind: str) -> list[str]:
    """Return the reasons for a clip in an operation of that kind."""
    return sorted(reason.value for reason in COPY_REASONS[OperationKind(kind)] - {DisclosureReason.BEFORE_LIMIT})


def clip_recipients() -> list[str]:
    """Return who may be given a clip."""
    return [recipient.value for recipient in Recipient]


def which(value: str) -> dict[str, str]:
    """Return the camera that a form's value means."""
    gate, _, camera = value.partition("/")
    return {"gate": gate, "camera": camera}


@dataclass(frozen=True)
class Offered:
    """What stands in a form of video before somebody changes it: cameras as Camera.value says them, codes, minutes."""

    begin: str
    minutes: int
    camera: str
    second: str
    reason: str
    recipient: str


def offers(
    asked: Mapping[str, str],
    viewing: Viewing | None,
    choices: Sequence[int],
    cameras: Sequence[Camera],
    now: datetime,
    zone: ZoneInfo,
) -> Offered:
    """Return what a form offers: what was `asked` and refused, else what one looks at, else the last minutes.

    Times are the site's; of `choices` (minutes) it is the longest of ten minutes at most that is kept.
    """
    kept_s = min((each.keep_s for each in cameras), default=0)
    minutes = max((each for each in choices if each <= _USUAL_MINUTES and each * 60 <= kept_s), default=choices[0])
    at = now - timedelta(minutes=minutes) if viewing is None else datetime.fromtimestamp(viewing.from_ms / 1000, zone)
    shown = [] if viewing is None else [f"{track.gate}/{track.camera}" for track in viewing.tracks]
    wanted = asked.get("minutes", "")
    return Offered(
        asked.get("begin", "") or at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S"),
        next((each for each in choices if str(each) == wanted), minutes),
        asked.get("camera", "") or "".join(shown[:1]),
        asked.get("second", "") if asked else "".join(shown[1:]),
        asked.get("reason", ""),
        asked.get("recipient", ""),
    )


def span_of(begin: str, minutes: str, zone: ZoneInfo) -> tuple[str, str] | None:
    """Return beginning and end (ISO 8601, UTC offset told) of a form's local time; None if it is none."""
    try:
        at = datetime.fromisoformat(begin)
        length = timedelta(minutes=int(minutes))
    except (ValueError, OverflowError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=zone)
    # By way of UTC: an hour of the clock is not always one of time.
    at = at.astimezone(ZoneInfo("UTC"))
    return at.isoformat(), (at + length).isoformat()
