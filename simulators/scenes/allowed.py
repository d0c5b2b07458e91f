"""How far apart the bounds of a scene may lie: reckoned from what the scene assumes, before anything is played.

With x exits a day of which a share m goes unread, and e entries of which a share f does:

- the rate of unread exits is itself known only from counting: one day's count of them is at most q(m x), where q is
  the upper 99.9 % quantile of a Poisson count; one and a half times that may have left since (rule 13): q(1.5 q(m x));
- each of those who left unread in the last W hours is unnamed a day later, and may still be inside (rule 14):
  q(m x W/24);
- behind every entry of the last W + 24 hours somebody may have followed unread (rule 14): q(f e (W + 24)/24);
- what the scene names beside that is added as it is.

Belongs here: that sum. Does not belong here: any figure of the system. It shares no code with the system's own bounds.
"""

import math
from typing import Final

from simulators.scenes.file import Assumes

_SURE: Final = 0.999
_DAY_H: Final = 24


def allowed_width(assumes: Assumes) -> int:
    """Return by how many persons the highest figure of the site may lie above the lowest."""
    unread = assumes.missed_exit_rate * assumes.exits_per_day
    followed = assumes.missed_entry_rate * assumes.entries_per_day
    stay_days = assumes.longest_stay_h / _DAY_H
    return (
        poisson_quantile(1.5 * poisson_quantile(unread))
        + poisson_quantile(unread * stay_days)
        + poisson_quantile(followed * (stay_days + 1))
        + assumes.named
    )


def poisson_quantile(mean: float) -> int:
    """Return the least n that a Poisson count of that mean exceeds with a chance of at most 0.1 %: by summing terms."""
    if mean <= 0:
        return 0
    count, below = 0, 0.0
    while True:
        below += math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
        if below >= _SURE:
            return count
        count += 1
