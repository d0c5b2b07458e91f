"""What can be read of one holder around a moment: where he was then, and where he was seen since.

Belongs here: that view of a chain, for the roll call of an operation (controller/domain/muster). Does not belong here:
what it means that somebody was seen somewhere.
"""

from typing import NamedTuple

from contract.ids import OUTSIDE, AreaId, HolderId, MusterPointId
from controller.domain.presence.chain import Evidence, Passage
from controller.domain.presence.fold import NEVER, Placed, Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp


class Seen(NamedTuple):
    """One passage, or sight: it came out of `source` (ANYWHERE: "now here") and led to `area`; both may be OUTSIDE.

    `muster_point`: where its reader stands, "" for none.
    """

    stamp: Stamp
    source: AreaId
    area: AreaId
    muster_point: MusterPointId
    evidence: Evidence


class Track(NamedTuple):
    """What a chain says around a moment.

    `before`: where it placed the holder at that moment, `now`: where it places him at last; None for outside. `since`:
    what came after the moment, in order, without the marks of an operation: its board knows them by themselves.
    `reads_before`: whether a passage up to the moment can be read. `first_s`: start of the period of the first since,
    `last_s`: of the last one of all, None without any; `dying_s`: of the last one of which something was forgotten.
    """

    before: Placed | None
    now: Placed | None
    since: tuple[Seen, ...]
    reads_before: bool = False
    first_s: int | None = None
    last_s: int | None = None
    dying_s: int = NEVER


UNREAD = Track(None, None, ())
"""Of whom nothing can be read."""


def track(presence: Presence, holder: HolderId, since_ns: int) -> Track:
    """Return what can be read of a holder around that moment, in ns since 1970-01-01 UTC."""
    chain = presence.chain(holder)
    if chain is None:
        return UNREAD
    count = chain.count_until(since_ns)
    passages = chain.passages[count:]
    since = [passage for passage in passages if not passage.operation]
    seen = tuple(_seen(passage, presence.layout) for passage in since)
    first_s = since[0].period_s if since else None
    last_s = chain.passages[-1].period_s if chain.passages else None
    before, now = presence.where_at(holder, since_ns), presence.where(holder)
    return Track(before, now, seen, count > 0, first_s, last_s, presence.dying_s)


def _seen(passage: Passage, layout: Layout) -> Seen:
    way = passage.way
    area = layout.areas[way.to] if way.to else OUTSIDE
    return Seen(passage.stamp, way.source, area, way.muster_point, passage.evidence)
