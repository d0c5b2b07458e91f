import pytest

from contract.clock import NS_PER_S
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from contract.periods import HOUR_S
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.passback import AntiPassback, Contradiction
from controller.domain.presence.stamp import Stamp

YARD, HOUSE = AreaId("yard"), AreaId("house")
WAYS = {
    AccessPointId("in"): (OUTSIDE, YARD),
    AccessPointId("out"): (YARD, OUTSIDE),
    AccessPointId("up"): (YARD, HOUSE),
    AccessPointId("down"): (HOUSE, YARD),
    AccessPointId("here"): (ANYWHERE, YARD),
}
HOUR = 1000 * HOUR_S
OUT_WITHOUT_IN, IN_TWICE = Contradiction.OUT_WITHOUT_IN, Contradiction.IN_TWICE


class Watch:
    """A fold and its judge, fed in order."""

    def __init__(self) -> None:
        self.presence = Presence(Layout({YARD: None, HOUSE: None}, WAYS))
        self.judge = AntiPassback(self.presence)
        self.number = 0

    def read(self, holder: str, point: str, hour: int = 0) -> Contradiction | None:
        self.number += 1
        period_s = HOUR + hour * HOUR_S
        stamp = Stamp((period_s + self.number) * NS_PER_S, EdgeId("north"), Epoch(bytes(16)), self.number)
        self.presence.granted(stamp, HolderId(holder), AccessPointId(point), period_s)
        return self.judge.judge(stamp, AccessPointId(point))

    def close(self, hour: int) -> None:
        self.judge.forgot(self.presence.close_period(HOUR + hour * HOUR_S))


@pytest.mark.parametrize(
    ("points", "last"),
    [
        (["in", "out", "in", "out"], None),
        (["in", "up", "down", "here", "out"], None),
        (["here", "out"], None),
        (["out"], OUT_WITHOUT_IN),
        (["in", "out", "out"], OUT_WITHOUT_IN),
        (["in", "down"], IN_TWICE),
        (["down"], OUT_WITHOUT_IN),
        (["in", "up", "out"], OUT_WITHOUT_IN),
        (["in", "in"], IN_TWICE),
        (["in", "up", "in"], IN_TWICE),
    ],
)
def test_the_last_read_of_a_walk_is_judged_by_the_chain_before_it(
    points: list[str], last: Contradiction | None
) -> None:
    watch = Watch()
    verdicts = [watch.read("ann", point) for point in points]
    assert verdicts == [*[None] * (len(points) - 1), last]


def test_one_who_stayed_past_the_key_may_leave_and_one_exit_explains_one_stay() -> None:
    watch = Watch()
    watch.read("ann", "in")
    watch.close(0)
    assert watch.read("ann", "out", 25) is None
    assert watch.read("bob", "out", 25) is OUT_WITHOUT_IN


def test_one_who_is_read_again_accounts_for_himself() -> None:
    watch = Watch()
    watch.read("ann", "in")
    watch.close(0)
    assert watch.read("ann", "here", 25) is None
    assert watch.read("bob", "out", 25) is OUT_WITHOUT_IN
    assert watch.read("ann", "out", 25) is None


def test_a_contradiction_does_not_eat_up_what_explains_a_later_stay() -> None:
    watch = Watch()
    assert watch.read("bob", "out") is OUT_WITHOUT_IN
    watch.read("ann", "in")
    watch.close(0)
    assert watch.read("ann", "out", 25) is None


def test_an_unnamed_person_explains_an_exit_of_his_area_only() -> None:
    watch = Watch()
    watch.read("ann", "in")
    watch.close(0)
    assert watch.read("bob", "down", 25) is OUT_WITHOUT_IN


def test_a_judge_that_starts_later_knows_the_unnamed_from_the_tallies() -> None:
    watch = Watch()
    watch.read("ann", "in")
    watch.close(0)
    watch.judge = AntiPassback(watch.presence)
    assert watch.read("ann", "out", 25) is None


def test_a_passage_that_is_not_in_memory_can_not_be_judged() -> None:
    watch = Watch()
    with pytest.raises(KeyError):
        watch.judge.judge(Stamp(1, EdgeId("north"), Epoch(bytes(16)), 1), AccessPointId("in"))


def test_entry_to_an_inner_area_without_entry_to_the_one_around_it() -> None:
    watch = Watch()
    watch.presence = Presence(Layout({YARD: None, HOUSE: None}, WAYS, within={HOUSE: YARD}))
    watch.judge = AntiPassback(watch.presence)
    assert watch.read("ann", "up") is Contradiction.INNER_WITHOUT_OUTER
    assert watch.read("bob", "in") is None
    assert watch.read("bob", "up") is None
    assert watch.read("cem", "down") is OUT_WITHOUT_IN
