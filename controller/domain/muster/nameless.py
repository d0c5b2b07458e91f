"""Whoever was missing when his name died: missing all the same, without a name, until somebody accounts for him.

Belongs here: whom sweeps and persons seen without a name account for. Does not belong here: named persons (person.py).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contract.events import AreaSwept, UnnamedSeen
from contract.ids import AreaId


class Lost(NamedTuple):
    """One or more persons of one area whose names died at one moment, ns since 1970-01-01 UTC. "": area not known."""

    area: AreaId
    at_ns: int


class Nameless(NamedTuple):
    """`left`: how many are missing still, by the area that the roll had them in; `moments_ns`: of the others."""

    left: Mapping[AreaId, int]
    moments_ns: Sequence[int]


def nameless(lost: Mapping[Lost, int], others: int, standing: Sequence[UnnamedSeen | AreaSwept]) -> Nameless:
    """Return how it stands with those whose names died while they were missing; `standing`: marks in order.

    What was before his name died accounts for nobody. A sweep of the area accounts for all of it. Persons seen without
    a name account for so many, as soon as more were seen than the `others`: unnamed persons who never had a name here.
    """
    left = Counter(lost)
    moments: list[int] = []
    seen = of_seen = 0
    for mark in standing:
        since = [each for each in sorted(left) if left[each] and each.at_ns <= mark.occurred_ns]
        if isinstance(mark, AreaSwept):
            of_it, most = [each for each in since if each.area == mark.area], sum(lost.values())
        else:
            seen += mark.amount
            of_it = sorted(since, key=lambda each: each.area != mark.area)
            most = min(mark.amount, max(0, seen - others - of_seen))
        for each in of_it:
            found = min(left[each], most)
            left[each] -= found
            most -= found
            of_seen += 0 if isinstance(mark, AreaSwept) else found
            moments += [mark.occurred_ns] * found
    by_area: Counter[AreaId] = Counter()
    for each, persons in left.items():
        by_area[each.area] += persons
    return Nameless(by_area, moments)
