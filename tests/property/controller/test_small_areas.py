"""No hidden figure can be worked out: for every picture there are two sites that look like it and differ there."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.domain.small_areas import hidden_areas, hidden_regions

Counts = tuple[int, ...]


def picture(counts: Counts, smallest: int) -> tuple[tuple[int | None, ...], int]:
    """What somebody sees: each area's figure or nothing, and the total."""
    hidden = hidden_areas(dict(enumerate(counts)), smallest)
    return tuple(None if area in hidden else count for area, count in enumerate(counts)), sum(counts)


@pytest.mark.parametrize(("areas", "smallest", "most"), [(2, 3, 12), (3, 3, 8), (4, 3, 6), (2, 5, 20), (3, 5, 11)])
def test_whoever_knows_total_and_rule_can_not_work_out_what_is_hidden(areas: int, smallest: int, most: int) -> None:
    """All sites of that many areas, sorted by how they look. The edge of what was tried proves nothing: left out.

    A site with nobody on it hides nothing that could be told of anybody.
    """
    alike = defaultdict(list)
    for counts in product(range(most + 1), repeat=areas):
        alike[picture(counts, smallest)].append(counts)
    for (shown, total), sites in alike.items():
        if total == 0 or total > most:
            continue
        for area, figure in enumerate(shown):
            if figure is None:
                assert len({site[area] for site in sites}) > 1, (shown, total)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=8), st.integers(3, 10))
def test_every_small_area_is_hidden_and_never_alone(counts: list[int], smallest: int) -> None:
    shown, _ = picture(tuple(counts), smallest)
    assert all(figure is None or figure >= smallest for figure in shown)
    hidden = [count for count, figure in zip(counts, shown, strict=True) if figure is None]
    assert len(hidden) != 1
    assert not hidden or sum(hidden) >= smallest or len(hidden) == len(counts)


def test_what_is_large_enough_stands_beside_what_is_hidden() -> None:
    shown, _ = picture((40, 2, 7, 9), 5)
    assert shown == (None, None, 7, 9)
    assert picture((40, 5, 7, 9), 5)[0] == (40, 5, 7, 9)
    assert picture((0, 2, 0, 1), 5)[0] == (None, None, None, None)


def test_a_site_of_one_area_shows_it() -> None:
    assert hidden_areas({"site": 1}, 5) == frozenset()
    assert hidden_areas({}, 5) == frozenset()


def test_where_areas_lie_in_areas_nothing_small_can_be_worked_out_either() -> None:
    """A hall; a yard with a house and a shed in it; a cellar in the house. The parts are what nothing else lies in."""
    within = {"house": "yard", "shed": "yard", "cellar": "house"}
    smallest, most = 3, 9
    alike = defaultdict(list)
    for hall, yard, house, shed, cellar in product(range(most + 1), repeat=5):
        if (total := hall + yard + house + shed + cellar) <= most:
            persons = {"hall": hall, "yard": total - hall, "house": house + cellar, "shed": shed, "cellar": cellar}
            hidden = hidden_regions(persons, within, smallest)
            seen = tuple(None if area in hidden else count for area, count in persons.items()), total
            alike[seen].append((hall, yard, house, shed, cellar))
    for (shown, total), sites in alike.items():
        for part in zip(*sites, strict=True) if total else ():
            assert len(set(part)) > 1 or part[0] >= smallest, (shown, total)
