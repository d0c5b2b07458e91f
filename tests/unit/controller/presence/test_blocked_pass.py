"""A blocked pass that is used: its holder has another one, so the bounds reckon with two of him."""

from typing import Final

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from controller.domain.presence.declared import Declared
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.reason import Reason
from controller.domain.presence.stamp import Stamp

WAYS: Final = {AccessPointId("in"): (OUTSIDE, AreaId("yard")), AccessPointId("out"): (AreaId("yard"), OUTSIDE)}


def test_both_who_may_have_used_the_passes_of_one_holder_are_in_the_bounds() -> None:
    presence = Presence(Layout({AreaId("yard"): None}, WAYS, Declared(missed_exits=0.02)))

    def read(second: int, way: str, holder: str = "ann") -> Stamp:
        stamp = Stamp(second * NS_PER_S, EdgeId("gate"), Epoch(bytes(16)), second)
        presence.granted(stamp, HolderId(holder), AccessPointId(way), 0)
        return stamp

    for number in range(50):  # exits enough for a missed one to explain an entry that is read twice
        read(2 * number + 1, "in", f"other-{number}")
        read(2 * number + 2, "out", f"other-{number}")
    read(1001, "in")
    presence.contradict(read(1002, "in"))
    count = presence.headcount(WHOLE_SITE)
    assert (count.best, count.highest) == (1, 2)
    assert [(cause.reason, cause.more) for cause in count.causes if cause.more] == [(Reason.CONTRADICTED, 1)]
    presence.contradict(read(1003, "out"))
    count = presence.headcount(WHOLE_SITE)
    assert (count.best, count.highest) == (0, 1), "one of them has left, and the other has not"


def test_a_blocked_pass_that_led_nowhere_tells_nothing() -> None:
    presence = Presence(Layout({AreaId("yard"): None}, WAYS, Declared()))
    stamp = Stamp(NS_PER_S, EdgeId("gate"), Epoch(bytes(16)), 1)
    presence.granted(stamp, HolderId("ann"), AccessPointId("in"), 0)
    presence.contradict(stamp)
    presence.not_taken(stamp._replace(occurred_ns=2 * NS_PER_S, number=2), 1, 0)
    assert presence.headcount(WHOLE_SITE).highest == 0
