"""Whoever is counted in by plus and minus or read, in any mixture and over days, is within the bounds."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from contract.ids import AreaId
from contract.periods import HOUR_S
from controller.domain.presence.declared import Declared
from controller.domain.presence.layout import WHOLE_SITE
from tests.unit.controller.presence.test_groups import HOUSE, START_S, YARD, Site


@pytest.mark.parametrize("declared", [Declared(), Declared(longest_stay_s=2000 * HOUR_S)])
@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_nobody_who_was_told_of_is_outside_the_bounds(declared: Declared, seed: int) -> None:
    """Five people with passes, who may come in uncounted by a reader and leave with one, and the other way round."""
    chance, site, now_s = Random(seed), Site(declared), START_S
    where: dict[str, AreaId] = {}
    for _ in range(40):
        now_s += chance.choice([60, 600, HOUR_S, 3 * HOUR_S, 8 * HOUR_S])
        site.close(now_s)
        if chance.random() < 0.5:
            site.presence.advance_cut((now_s - 900) * NS_PER_S)
        who = chance.choice(["ann", "bob", "cem", "dan", "eva"])
        way = _goes(chance, where, who)
        if way in {"plus", "minus"}:
            site.passed(now_s, 1 if way == "plus" else -1)
        else:
            site.read(now_s, who, way)
        inside = list(where.values())
        for area, truth in ((WHOLE_SITE, len(inside)), (YARD, len(inside)), (HOUSE, inside.count(HOUSE))):
            count = site.presence.headcount(area)
            assert count.lowest <= truth <= count.highest, (area, truth, count)


def _goes(chance: Random, where: dict[str, AreaId], who: str) -> str:
    """Let somebody go on; return what is told of it."""
    if who not in where:
        where[who] = YARD
        return chance.choice(["in", "plus"])
    if where[who] == HOUSE:
        where[who] = YARD
        return "down"
    way = chance.choice(["up", "out", "minus"])
    if way == "up":
        where[who] = HOUSE
    else:
        del where[who]
    return way
