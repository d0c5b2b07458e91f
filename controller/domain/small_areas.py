"""Which areas are not detailed outside an operation: those with so few persons that a figure would tell of a person.

The total is shown, so hiding one area alone hides nothing: it is the total less the others; and choosing the smallest
others to hide with it tells whoever knows that rule how small they are. So the choice follows the order of the site
file: all areas are halved, and each half again, as long as both halves have enough persons; a half that can not be
halved is shown if it is one area, and hidden as a whole otherwise. Of a hidden group the total can be worked out, which
is enough persons; each of its areas can have none of them or all, whatever is shown.

Where areas lie within an area, whoever is in that and in none of them can be worked out as well: they are one more part
of it. Belongs here: the choice. Does not belong here: the picture (service/operating/reduced.py).
"""

from collections.abc import Mapping
from typing import TypeVar

A = TypeVar("A")


def hidden_areas(persons: Mapping[A, int], smallest_shown: int) -> frozenset[A]:
    """Return the areas whose figures are not shown, of those whose persons are counted in `persons`, in file order.

    A site of one area shows it: it is the total.
    """
    return frozenset(_hidden(list(persons.items()), smallest_shown))


def hidden_regions(persons: Mapping[A, int], within: Mapping[A, A], smallest_shown: int) -> frozenset[A]:
    """Return the same where `within` says which area an area lies in, and whoever is in the inner one counts in both.

    Within a hidden area everything is hidden.
    """
    outermost = [area for area in persons if within.get(area) not in persons]
    hidden = set(hidden_areas({area: persons[area] for area in outermost}, smallest_shown))
    unseen = [(area, area in hidden) for area in outermost]
    while unseen:
        around, is_hidden = unseen.pop()
        inner = {area: persons[area] for area in persons if within.get(area) == around}
        rest = max(0, persons[around] - sum(inner.values()))
        small = inner if is_hidden else hidden_areas({around: rest, **inner}, smallest_shown)
        hidden |= {area for area in inner if area in small}
        unseen += [(area, area in small) for area in inner]
    return frozenset(hidden)


def _hidden(areas: list[tuple[A, int]], smallest_shown: int) -> list[A]:
    if len(areas) < 2:
        return []
    middle = len(areas) // 2
    halves = areas[:middle], areas[middle:]
    if all(sum(count for _, count in half) >= smallest_shown for half in halves):
        return [area for half in halves for area in _hidden(half, smallest_shown)]
    return [area for area, _ in areas]
