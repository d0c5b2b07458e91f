"""What a site declares about its people, because no reader can see it.

Belongs here: declarations that the figures rest on. Does not belong here: geometry (layout.py).
"""

from dataclasses import dataclass

from contract.periods import MOVEMENT_LIMIT_S


@dataclass(frozen=True)
class Declared:
    """What a site declares; whatever is not declared widens the bounds.

    `keep_s`: how long a record stays readable. `longest_stay_s`: the longest stay without a read (W of rule 14), None
    for no limit. `missed_exits`, `missed_entries`: unread passages for each one that is read (0.02 is 2 %).
    """

    keep_s: int = MOVEMENT_LIMIT_S
    longest_stay_s: int | None = None
    missed_exits: float = 0.0
    missed_entries: float = 0.0
