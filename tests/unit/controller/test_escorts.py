"""A visitor whose escort has left is an alarm after a minute, which names nobody; it ends with either's read."""

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp
from controller.service.alarms import Alarms
from controller.service.escorting import ALONE_AFTER_S, EscortWatch

HALL = AreaId("hall")
LAYOUT = Layout({HALL: None}, {AccessPointId("in"): (OUTSIDE, HALL), AccessPointId("out"): (HALL, OUTSIDE)})
ESCORTS = {HolderId("visitor"): HolderId("host"), HolderId("elsewhere"): HolderId("nobody")}


def test_left_alone_for_more_than_a_minute() -> None:
    presence, alarms = Presence(LAYOUT), Alarms()
    watch = EscortWatch(presence, alarms)
    number = 0

    def read(at_s: int, holder: str, way: str) -> None:
        nonlocal number
        number += 1
        stamp = Stamp(at_s * NS_PER_S, EdgeId("north"), Epoch(bytes(16)), number)
        presence.granted(stamp, HolderId(holder), AccessPointId(way), 0)

    def raised(at_s: int) -> list[tuple[str, str, str]]:
        watch.tick(ESCORTS, at_s * NS_PER_S)
        return [(line.kind, line.gate, line.place) for line in alarms.lines()]

    read(1, "visitor", "in")
    assert raised(2) == []
    read(3, "host", "in")
    assert raised(2 + ALONE_AFTER_S + 1) == [], "he came a little later"
    read(100, "host", "out")
    assert raised(101) == []
    assert raised(101 + ALONE_AFTER_S) == []
    assert raised(102 + ALONE_AFTER_S) == [("visitor-alone", "", "")]
    read(200, "visitor", "out")
    raised(201)
    read(300, "visitor", "in")
    assert raised(301) == [("visitor-alone", "", "")], "the old one; nothing new yet"
