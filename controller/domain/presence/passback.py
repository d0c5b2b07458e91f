"""Contradictions for anti-passback reports: reported when they happen, never refused, across all gates.

Belongs here: judging one event against the chain before it. Does not belong here: the gate's own anti-passback (edge/).
Unlike the figures this looks at events in the order in which they come: it is an alarm, and an alarm is not taken back.
"""

import enum
from collections import Counter

from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId
from controller.domain.presence.fold import Presence
from controller.domain.presence.forgotten import Forgotten
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import TallyKind


class Contradiction(enum.StrEnum):
    """How an event contradicts the chain before it (rule 2)."""

    OUT_WITHOUT_IN = "out-without-in"
    """It comes out of an area where the chain did not place the holder, and where no unnamed person remained."""
    IN_TWICE = "in-twice"
    """It enters where the chain places the holder already, or the premises while he is on them."""
    INNER_WITHOUT_OUTER = "inner-without-outer"
    """It enters an area from the one around it, and the holder never entered that, nor did anybody unnamed remain."""

    REPLACED_IN_USE = "replaced-in-use"
    """It was made with a pass that had been blocked before; told by whoever knows of passes (records/movements.py)."""


class AntiPassback:
    """Judges events of one fold. Starts with as many unnamed persons in each area as the fold's tallies leave open."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._unnamed: Counter[AreaId] = Counter(
            {area: presence.unnamed_left(area) for area in presence.layout.areas if area != WHOLE_SITE}
        )

    def forgot(self, forgotten: Forgotten) -> None:
        """Take note of those who became unnamed: one of them may yet leave, or be read again."""
        for tally in forgotten.tallies:
            if tally.kind is TallyKind.UNNAMED and tally.area != WHOLE_SITE and not tally.part:
                self._unnamed[tally.area] += tally.amount

    def look_again(self) -> None:
        """Count anew who is unnamed where: a sweep, or an officer who counted people, has said so."""
        for area in self._unnamed:
            self._unnamed[area] = self._presence.unnamed_left(area)

    def judge(self, stamp: Stamp, access_point: AccessPointId) -> Contradiction | None:
        """Return how a passage that was just folded contradicts what came before it, if it does. Ask once for each.

        Raises KeyError for a passage that is not in the fold's memory.
        """
        before = self._presence.placed_before(stamp)
        way = self._presence.layout.ways[access_point]
        source = way.source
        if source == ANYWHERE:
            source = before or way.target
        if source == (before or OUTSIDE):
            return None
        if before is not None and (source == OUTSIDE or way.target == before):
            return Contradiction.IN_TWICE
        if self._unnamed[source]:  # he is the unnamed person, or one of them: explained
            self._unnamed[source] -= 1
            return None
        if way.source == ANYWHERE:
            return None
        is_inner = self._presence.layout.lies_within(way.target, source)
        return Contradiction.INNER_WITHOUT_OUTER if is_inner else Contradiction.OUT_WITHOUT_IN
