"""The frozen roll: where everybody was at one moment, whatever came later; and whose place has changed since."""

from contract.ids import OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from controller.domain.presence.chain import Evidence
from controller.domain.presence.fold import Placed, Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.stamp import Stamp

HALL = AreaId("hall")
IN, OUT = AccessPointId("in"), AccessPointId("out")
LAYOUT = Layout({HALL: None}, {IN: (OUTSIDE, HALL), OUT: (HALL, OUTSIDE)})
ANN, BOB = HolderId("ann"), HolderId("bob")
HOUR = 3600


def stamp(at_ns: int) -> Stamp:
    return Stamp(at_ns, EdgeId("north"), Epoch(bytes(16)), at_ns)


def seen(presence: Presence, at_ns: int, holder: HolderId, point: AccessPointId, period_s: int = 0) -> None:
    presence.granted(stamp(at_ns), holder, point, period_s)


def test_what_comes_after_the_moment_changes_nobodys_place_and_late_news_amends_it() -> None:
    presence = Presence(LAYOUT)
    seen(presence, 10, ANN, IN)
    seen(presence, 30, ANN, OUT)
    seen(presence, 40, BOB, IN)
    assert list(presence.placed_at(20)) == [Placed(ANN, HALL, 0, Evidence.GRANTED_ONLY)]
    assert [placed.holder for placed in presence.inside()] == [BOB]
    assert list(presence.placed_at(30)) == []
    seen(presence, 15, BOB, IN)
    assert {placed.holder for placed in presence.placed_at(20)} == {ANN, BOB}
    seen(presence, 16, ANN, OUT)
    assert {placed.holder for placed in presence.placed_at(20)} == {BOB}
    assert presence.where_at(ANN, 20) is None
    assert presence.where_at(BOB, 20) == Placed(BOB, HALL, 0, Evidence.GRANTED_ONLY)
    assert presence.where_at(HolderId("nobody"), 20) is None


def test_what_was_forgotten_still_places_him_before_the_first_passage_that_is_left() -> None:
    presence = Presence(LAYOUT)
    seen(presence, 10, ANN, IN)
    seen(presence, 50, ANN, OUT, HOUR)
    presence.close_period(0)
    assert presence.where_at(ANN, 20) == Placed(ANN, HALL, HOUR, Evidence.GRANTED_ONLY)
    assert presence.where_at(ANN, 50) is None


def test_only_what_has_changed_is_told_and_only_once() -> None:
    presence = Presence(LAYOUT)
    seen(presence, 10, ANN, IN)
    assert presence.changed() == set(), "nobody watches: nothing is kept"
    presence.watch_changes(on=True)
    assert presence.changed() == set()
    seen(presence, 20, BOB, IN)
    assert presence.changed() == {BOB}
    assert presence.changed() == set()
    presence.not_taken(stamp(21), 20, 0)
    assert presence.changed() == {BOB}
    presence.doubt(stamp(10))
    assert presence.changed() == {ANN}
    presence.close_period(0)
    assert presence.changed() == {ANN}, "he has no name any more"
    presence.watch_changes(on=False)
    seen(presence, HOUR * 10**9, ANN, IN, HOUR)
    assert presence.changed() == set()
