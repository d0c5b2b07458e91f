"""Groups and passengers over days: whoever is read later counts once; a group that left takes no later one along."""

from typing import Final

import pytest

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, ActId, AreaId, EdgeId, Epoch, HolderId
from contract.periods import DAY_S, HOUR_S
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.stamp import Stamp

YARD, HOUSE = AreaId("yard"), AreaId("house")
WAYS: Final = {
    AccessPointId(way): between
    for way, between in {
        "in": (OUTSIDE, YARD),
        "out": (YARD, OUTSIDE),
        "up": (YARD, HOUSE),
        "down": (HOUSE, YARD),
    }.items()
}
DECLARED: Final = (Declared(), Declared(longest_stay_s=72 * HOUR_S))
START_S: Final = 1000 * DAY_S


class Site:
    """A yard with a house in it."""

    def __init__(self, declared: Declared) -> None:
        self.presence = Presence(Layout({YARD: None, HOUSE: None}, WAYS, declared, within={HOUSE: YARD}))
        self.number = 0

    def _stamp(self, at_s: int) -> Stamp:
        self.number += 1
        return Stamp(at_s * NS_PER_S, EdgeId("gate"), Epoch(bytes(16)), self.number)

    def read(self, at_s: int, holder: str, way: str) -> int:
        stamp = self._stamp(at_s)
        self.presence.granted(stamp, HolderId(holder), AccessPointId(way), _period(at_s))
        return stamp.number

    def beside(self, at_s: int, grant: int, amount: int, way: str) -> None:
        act = ActId(f"act-{self.number}")
        self.presence.occupants(self._stamp(at_s), act, AccessPointId(way), grant, amount, _period(at_s))

    def passed(self, at_s: int, amount: int) -> None:
        act = ActId(f"act-{self.number}")
        self.presence.unnamed_passed(self._stamp(at_s), act, YARD, OUTSIDE, amount, _period(at_s))

    def close(self, now_s: int) -> None:
        self.presence.close_period(_period(now_s + 60) - DAY_S)

    def best(self) -> int:
        return self.presence.headcount(WHOLE_SITE).best


def _period(at_s: int) -> int:
    return at_s // HOUR_S * HOUR_S


@pytest.mark.parametrize("declared", DECLARED)
def test_a_passenger_who_is_read_afterwards_counts_once(declared: Declared) -> None:
    site = Site(declared)
    driver = site.read(START_S, "driver", "in")
    site.beside(START_S + 1, driver, 3, "in")
    assert site.best() == 4
    site.read(START_S + 60, "ann", "up")
    site.read(START_S + 61, "bob", "up")
    assert site.best() == 4, "two of the three have a name now"
    site.read(START_S + 90, "cem", "out")
    assert site.best() == 3, "the third has left with a pass of his own"


@pytest.mark.parametrize("declared", DECLARED)
def test_a_tour_of_every_day_is_counted_on_each_of_them(declared: Declared) -> None:
    site = Site(declared)
    for day in range(5):
        ten_s = START_S + day * DAY_S + 10 * HOUR_S
        for now_s in range(START_S + day * DAY_S, ten_s + 1, HOUR_S):
            site.close(now_s)
        site.passed(ten_s, 15)
        assert site.best() == 15, f"day {day}"
        site.close(ten_s + HOUR_S)
        site.passed(ten_s + HOUR_S + 1800, -15)
        assert site.best() == 0, f"day {day}"
        for now_s in range(ten_s + 2 * HOUR_S, START_S + (day + 1) * DAY_S, HOUR_S):
            site.close(now_s)
            assert site.best() == 0, f"day {day}"


def test_a_minus_takes_out_one_who_had_become_unnamed() -> None:
    site = Site(Declared())
    site.read(START_S, "ann", "in")
    site.close(START_S + DAY_S)
    assert site.best() == 1
    site.passed(START_S + DAY_S + HOUR_S, -1)
    assert site.best() == 0
