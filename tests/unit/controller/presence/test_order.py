"""Two doors within the error of their gates' clocks: the order is the one in which the passages fit."""

from contract.clock import NS_PER_S
from contract.ids import ANYWHERE, OUTSIDE, AccessPointId, AreaId, EdgeId, Epoch, HolderId
from controller.domain.presence.fold import Presence
from controller.domain.presence.layout import Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.stamp import Stamp

HALL, LAB = AreaId("hall"), AreaId("lab")
WAYS = {"in": (OUTSIDE, HALL), "out": (HALL, OUTSIDE), "up": (HALL, LAB), "down": (LAB, HALL), "here": (ANYWHERE, HALL)}
ANN = HolderId("ann")


def presence(error_s: int = 2) -> Presence:
    errors = {EdgeId(f"gate-{way}"): error_s * NS_PER_S for way in WAYS}
    ways = {AccessPointId(way): between for way, between in WAYS.items()}
    return Presence(Layout({HALL: None, LAB: None}, ways, clock_errors_ns=errors))


def read(presence: Presence, at_s: int, way: str) -> None:
    stamp = Stamp(at_s * NS_PER_S, EdgeId(f"gate-{way}"), Epoch(bytes(16)), at_s)
    presence.granted(stamp, ANN, AccessPointId(way), 0)


def area(presence: Presence) -> tuple[str, bool] | None:
    placed = presence.where(ANN)
    return None if placed is None else (placed.area, placed.is_doubtful)


def test_whoever_came_in_and_went_on_is_where_he_went_on_to_though_the_inner_clock_is_behind() -> None:
    for order in (("up", "in"), ("in", "up")):
        inside = presence()
        for way in order:
            read(inside, 11 if way == "in" else 10, way)
        assert area(inside) == (LAB, False)
        assert inside.sums()[HALL].readable.unplaced == 0


def test_further_apart_than_the_clocks_may_be_the_stamps_say_the_order() -> None:
    inside = presence()
    read(inside, 10, "up")
    read(inside, 14, "in")
    assert area(inside) == (HALL, True)
    exact = presence(error_s=0)
    read(exact, 10, "up")
    read(exact, 11, "in")
    assert area(exact) == (HALL, True)


def test_an_order_that_fits_is_never_changed_and_neither_fits_leaves_the_stamps_to_say_it() -> None:
    inside = presence()
    read(inside, 10, "in")
    read(inside, 11, "out")
    assert area(inside) is None
    read(inside, 20, "down")
    read(inside, 21, "up")
    assert area(inside) == (LAB, False)


def test_a_passage_that_was_not_taken_no_longer_explains_the_other() -> None:
    inside = presence()
    read(inside, 10, "up")
    read(inside, 11, "in")
    assert area(inside) == (LAB, False)
    inside.not_taken(Stamp(12 * NS_PER_S, EdgeId("gate-in"), Epoch(bytes(16)), 12), 11, 0)
    assert area(inside) == (LAB, True)


def test_what_fits_as_it_is_stamped_stays_so_and_so_does_what_fits_neither_way() -> None:
    inside = presence()
    for at_s, way in ((1, "in"), (10, "here"), (11, "up")):
        read(inside, at_s, way)
    assert area(inside) == (LAB, False)
    strange = presence()
    read(strange, 10, "down")
    read(strange, 11, "in")
    assert strange.sums()[HALL].readable.left_unseen == 1, "in after he was in already"


def test_earlier_news_can_tell_the_order_otherwise() -> None:
    inside = presence()
    for at_s, way in ((10, "up"), (11, "in"), (1, "in")):
        read(inside, at_s, way)
    assert area(inside) == (HALL, True), "he was in already, so he went up first, and then in again"


def test_a_restart_finds_the_same_order() -> None:
    inside = presence()
    again = Restoration(inside.layout, ())
    for at_s, way in ((10, "up"), (11, "in")):
        stamp = Stamp(at_s * NS_PER_S, EdgeId(f"gate-{way}"), Epoch(bytes(16)), at_s)
        again.granted(stamp, ANN, AccessPointId(way), 0)
    restarted = again.done()
    assert area(restarted) == (LAB, False)
    assert restarted.sums()[HALL].readable.unplaced == 0
