"""People who do not badge, entered by an officer outside of operations as well: plus or minus n (C5).

Belongs here: which counts are taken, each act once. Does not belong here: who may (domain/rights), sealing
(records/marks.py), what follows for the headcount (domain/presence).
"""

import enum
import re
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.events import UnnamedPassed
from contract.ids import OUTSIDE, AccessPointId, AccountId, ActId, AreaId
from contract.site import Site
from controller.service.records.marks import Marks

MOST: Final = 10_000
"""No motorcade and no tour is larger: that would be a slip of the finger."""
_ACT_ID: Final = re.compile(r"[0-9a-f]{24}")
_REPEATED_WITHIN_NS: Final = 3600 * NS_PER_S


class Miscount(enum.StrEnum):
    """Why a count is not taken."""

    BAD_ACT_ID = "bad-act-id"
    NO_AREA = "no-such-area"
    SAME_AREA = "same-area"
    BAD_AMOUNT = "bad-amount"
    NO_KEY = "no-key"


_WORDS: Final = {
    Miscount.BAD_ACT_ID: "an act needs an id of 24 hex digits, drawn where the officer acts",
    Miscount.NO_AREA: "the site has no such area: take one of the site file, and for the other side one or outside",
    Miscount.SAME_AREA: "people pass between two areas: take another one for the other side",
    Miscount.BAD_AMOUNT: f"say how many persons went in (above 0) or out (below 0), at most {MOST}",
    Miscount.NO_KEY: "the present period has no key: nothing was counted, note it on paper and call a technician",
}


class MiscountError(ValueError):
    """A count that is not taken; the message says what would do."""

    def __init__(self, miscount: Miscount) -> None:
        super().__init__(_WORDS[miscount])
        self.miscount: Final = miscount


class UnnamedCounting:
    """Belongs to the event loop."""

    def __init__(self, clock: Clock, site: Site, marks: Marks) -> None:
        self._clock: Final = clock
        self._areas: Final = {area.id for area in site.area} - {OUTSIDE}
        self._marks: Final = marks
        self._taken_ns: dict[ActId, int] = {}

    async def passed(self, act_id: str, amount: int, area: str, other: str, by: AccountId) -> bool:
        """Count people into `area` (`amount` above 0) from `other`, or out of it to `other`; False for a repeated act.

        Raises MiscountError. Returns when it is stored and folded.
        """
        now_ns = self._clock.now_ns()
        self._taken_ns = {act: at for act, at in self._taken_ns.items() if now_ns - at < _REPEATED_WITHIN_NS}
        if not _ACT_ID.fullmatch(act_id):
            raise MiscountError(Miscount.BAD_ACT_ID)
        if ActId(act_id) in self._taken_ns:
            return False
        if AreaId(area) not in self._areas or AreaId(other) not in {*self._areas, OUTSIDE}:
            raise MiscountError(Miscount.NO_AREA)
        if area == other:
            raise MiscountError(Miscount.SAME_AREA)
        if not 0 < abs(amount) <= MOST:
            raise MiscountError(Miscount.BAD_AMOUNT)
        mark = UnnamedPassed(now_ns, ActId(act_id), amount, AreaId(area), AreaId(other), AccessPointId(""), by)
        self._taken_ns[mark.act_id] = now_ns
        if (await self._marks.seal([mark])) == [None]:
            del self._taken_ns[mark.act_id]
            raise MiscountError(Miscount.NO_KEY)
        return True
