"""Where and how one person was seen since an operation opened: reads and marks, put in one order.

Belongs here: from passages and marks to sightings. Does not belong here: what they amount to (person.py).
"""

import enum
from collections.abc import Sequence
from typing import Final, NamedTuple

from contract.events import AccountedFor, StaysByOrder
from contract.ids import OUTSIDE, AccountId, ActId, AreaId, EdgeId, MusterPointId
from controller.domain.presence.chain import Evidence
from controller.domain.presence.track import Seen

NOWHERE: Final = AreaId("")
"""Where somebody is who answered and was not seen, by phone for one."""


class How(enum.StrEnum):
    """How somebody was accounted for."""

    READER = "reader"
    """A reader at a muster point."""
    EXIT = "exit"
    """A read on the way out."""
    WARDEN = "warden"
    HANDHELD = "handheld"
    OFFICER = "officer"
    PHONE = "phone"
    ORDER = "order"
    """He stays inside by order."""
    INSIDE = "inside"
    """A read inside, which accounts for nobody."""


class Sighting(NamedTuple):
    """One moment at which a person was seen, or answered (NOWHERE). Times in ns since 1970-01-01 UTC.

    `key`: its order among those of one moment. `act_id`, `by`: of a mark; `gate`: of a read.
    """

    at_ns: int
    key: str
    how: How
    area: AreaId
    muster_point: MusterPointId
    act_id: ActId = ActId("")
    by: AccountId = AccountId("")
    gate: EdgeId = EdgeId("")

    @property
    def accounts(self) -> bool:
        """Whether it accounts for him."""
        return self.how is not How.INSIDE

    @property
    def is_inside(self) -> bool:
        """Whether he was on the premises then."""
        return self.area not in {OUTSIDE, NOWHERE}


def of_read(seen: Seen) -> Sighting:
    """Return what a passage, or an officer's reconfirmation, tells."""
    if seen.muster_point:
        how = How.READER
    elif seen.area == OUTSIDE:
        how = How.EXIT
    elif seen.evidence is Evidence.RECONFIRMED:
        how = How.OFFICER
    else:
        how = How.INSIDE
    stamp = seen.stamp
    key = f"{stamp.edge}/{stamp.epoch.hex()}/{stamp.number}"
    return Sighting(stamp.occurred_ns, key, how, seen.area, seen.muster_point, gate=stamp.edge)


def of_mark(mark: AccountedFor | StaysByOrder) -> Sighting:
    """Return what an officer's mark tells."""
    if isinstance(mark, StaysByOrder):
        return Sighting(mark.occurred_ns, mark.act_id, How.ORDER, mark.area, MusterPointId(""), mark.act_id, mark.by)
    how = How(mark.means.value)
    return Sighting(mark.occurred_ns, mark.act_id, how, mark.area, mark.muster_point, mark.act_id, mark.by)


def in_order(sightings: Sequence[Sighting]) -> list[Sighting]:
    """Return them in the one order that they have everywhere."""
    return sorted(sightings, key=lambda each: (each.at_ns, each.key))
