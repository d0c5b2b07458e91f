"""What officers say, one act at a time: what each does to where people are, and to the sums behind the figures."""

from contract.events import (
    AccessDenied,
    AccessGranted,
    AccessNotTaken,
    AccountedFor,
    Admitted,
    AdmittedBecause,
    AnyEvent,
    AreaSwept,
    DenialReason,
    MarkWithdrawn,
    Means,
    Occupants,
    StaysByOrder,
    UnnamedPassed,
    WithdrawnBecause,
)
from contract.ids import (
    ANYWHERE,
    OUTSIDE,
    AccessPointId,
    AccountId,
    ActId,
    AreaId,
    EdgeId,
    Epoch,
    HolderId,
    MusterPointId,
    OperationId,
    PassId,
)
from contract.periods import HOUR_S
from controller.domain.presence.answer import Answer
from controller.domain.presence.chain import Evidence
from controller.domain.presence.fold import Presence
from controller.domain.presence.intake import fold, restore
from controller.domain.presence.layout import WHOLE_SITE, Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.tallies import Counts, TallyKind

YARD, HOUSE = AreaId("yard"), AreaId("house")
POINTS = {"in": (OUTSIDE, YARD), "out": (YARD, OUTSIDE), "up": (YARD, HOUSE), "down": (HOUSE, YARD)}
MUSTER = AccessPointId("meadow")
FIRE, BY, NOWHERE = OperationId("fire"), AccountId("officer"), MusterPointId("")
PASS = AdmittedBecause.PASS_FORGOTTEN


class Site:
    """A yard with a house in it, a gate that says what happens there, and a controller that says what officers do."""

    def __init__(self) -> None:
        ways = {AccessPointId(way): between for way, between in POINTS.items()} | {MUSTER: (ANYWHERE, OUTSIDE)}
        layout = Layout(
            {YARD: None, HOUSE: None}, ways, muster_points={MUSTER: MusterPointId("meadow")}, within={HOUSE: YARD}
        )
        self.presence = Presence(layout)
        self.number = 0

    def says(self, event: AnyEvent, edge: str = "controller") -> Answer | None:
        self.number += 1
        stamp = Stamp(event.occurred_ns, EdgeId(edge), Epoch(bytes(16)), self.number)
        return fold(self.presence, stamp, event, event.occurred_ns // 10**9 // HOUR_S * HOUR_S)

    def read(self, at_s: int, holder: str, way: str) -> int:
        self.says(AccessGranted(at_s * 10**9, AccessPointId(way), HolderId(holder), PassId("p"), "c"), "gate")
        return self.number

    def seen(self, at_s: int, holder: str, area: AreaId, act: str = "") -> Answer | None:
        id_ = ActId(act or f"seen-{at_s}")
        return self.says(AccountedFor(at_s * 10**9, id_, FIRE, HolderId(holder), Means.WARDEN, area, NOWHERE, BY))

    def swept(self, at_s: int, area: AreaId, unnamed: int, operation: OperationId = FIRE) -> Answer | None:
        return self.says(AreaSwept(at_s * 10**9, ActId(f"swept-{at_s}"), operation, area, unnamed, BY))

    def passed(self, at_s: int, amount: int, area: AreaId = YARD, other: AreaId = OUTSIDE) -> Answer | None:
        id_ = ActId(f"passed-{at_s}")
        return self.says(UnnamedPassed(at_s * 10**9, id_, amount, area, other, AccessPointId(""), BY))

    def withdraw(self, at_s: int, act: str, operation: OperationId = FIRE) -> Answer | None:
        because = WithdrawnBecause.WRONG_PERSON
        return self.says(MarkWithdrawn(at_s * 10**9, ActId(f"back-{at_s}"), operation, ActId(act), because, BY))

    def where(self, holder: str) -> tuple[AreaId, Evidence] | None:
        placed = self.presence.where(HolderId(holder))
        return None if placed is None else (placed.area, placed.evidence)

    def best(self, area: AreaId = WHOLE_SITE) -> int:
        return self.presence.headcount(area).best

    def readable(self, area: AreaId = WHOLE_SITE) -> Counts:
        return self.presence.sums()[area].readable


def test_who_was_accounted_for_is_there_and_was_not_if_it_is_taken_back() -> None:
    site = Site()
    site.read(10, "ann", "in")
    site.seen(20, "ann", HOUSE, "a")
    assert site.where("ann") == (HOUSE, Evidence.MANUAL)
    assert site.withdraw(25, "a", OperationId("another")) is Answer.FOLDED
    assert site.where("ann") == (HOUSE, Evidence.MANUAL), "not a mark of that operation"
    site.withdraw(30, "a")
    assert site.where("ann") == (YARD, Evidence.GRANTED_ONLY)
    site.withdraw(31, "b")
    site.seen(29, "ann", OUTSIDE, "b")
    assert site.where("ann") == (YARD, Evidence.GRANTED_ONLY), "withdrawn before it came"
    site.seen(40, "ann", OUTSIDE)
    assert site.where("ann") is None
    assert site.readable().left == 1
    assert site.seen(50, "ann", AreaId("")) is None, "a phone call says nothing of where he is"


def test_the_same_act_by_two_controllers_is_one() -> None:
    site = Site()
    assert site.passed(10, 3) is Answer.FOLDED
    assert site.passed(10, 3) is Answer.FOLDED, "its record is kept, and goes with the act"
    assert site.best() == 3
    forgotten = site.presence.close_period(0)
    assert len(forgotten.records) == 2


def test_who_stays_by_order_is_there() -> None:
    site = Site()
    site.says(StaysByOrder(10**9, ActId("s"), FIRE, HolderId("ann"), HOUSE, BY))
    assert site.where("ann") == (HOUSE, Evidence.MANUAL)


def test_a_read_at_a_muster_point_places_outside_granted_or_denied_and_a_denied_one_elsewhere_nowhere() -> None:
    site = Site()
    for holder in ("ann", "bob", "cem"):
        site.read(10, holder, "in")
    site.read(20, "ann", MUSTER)
    denied = AccessDenied(20 * 10**9, MUSTER, DenialReason.PASS_BLOCKED, "c", HolderId("bob"))
    site.says(denied, "gate")
    site.says(AccessDenied(20 * 10**9, AccessPointId("out"), DenialReason.PASS_BLOCKED, "c", HolderId("cem")), "gate")
    assert [site.where(each) for each in ("ann", "bob")] == [None, None]
    assert site.where("cem") == (YARD, Evidence.GRANTED_ONLY)


def test_people_without_a_card_come_go_and_move_in_every_region_that_they_are_in() -> None:
    site = Site()
    site.passed(10, 5, HOUSE)
    site.passed(20, -2, HOUSE, YARD)
    assert [site.best(area) for area in (WHOLE_SITE, YARD, HOUSE)] == [5, 5, 3]
    site.passed(30, -1)
    assert [site.best(area) for area in (WHOLE_SITE, YARD, HOUSE)] == [4, 4, 3]
    site.passed(40, -9, HOUSE, YARD)
    assert site.best(HOUSE) == 0, "never negative"
    assert site.passed(50, 1, AreaId("attic")) is Answer.UNPLACED
    assert site.passed(60, 1, HOUSE, WHOLE_SITE) is Answer.UNPLACED


def test_a_van_of_four_that_leaves_with_one_card_leaves_three_behind_until_somebody_says_otherwise() -> None:
    site = Site()
    grant = site.read(10, "ann", "in")
    point = AccessPointId("in")
    site.says(Occupants(11 * 10**9, ActId("o"), point, grant, 2, BY), "gate")
    site.says(Occupants(12 * 10**9, ActId("p"), point, grant, 3, BY), "gate")
    assert site.best() == 4, "the last word counts"
    site.read(20, "ann", "out")
    figures = site.presence.headcount()
    assert (figures.named, figures.lowest, figures.best, figures.highest) == (0, 0, 3, 3)
    site.passed(30, -3)
    assert site.best() == 0


def test_passengers_go_if_their_driver_did_whatever_is_known_first() -> None:
    for order in (("driver", "not", "three"), ("three", "driver", "not"), ("not", "three", "driver")):
        site = Site()
        events: dict[str, AnyEvent] = {
            "driver": AccessGranted(10**9, AccessPointId("in"), HolderId("ann"), PassId("p"), "c"),
            "three": Occupants(2 * 10**9, ActId("o"), AccessPointId("in"), 1, 3, BY),
            "not": AccessNotTaken(3 * 10**9, AccessPointId("in"), 1),
        }
        for number, which in enumerate(order):
            stamp = Stamp(
                events[which].occurred_ns, EdgeId("gate"), Epoch(bytes(16)), {"driver": 1}.get(which, 5 + number)
            )
            fold(site.presence, stamp, events[which], 0)
        assert site.best() == 0, order


def test_admitted_by_hand_moves_whom_it_names_or_one_without_a_name() -> None:
    site = Site()
    site.says(Admitted(10**9, ActId("a"), AccessPointId("in"), HolderId("ann"), PASS, BY), "gate")
    site.says(Admitted(10**9, ActId("b"), AccessPointId("in"), HolderId(""), PASS, BY), "gate")
    assert site.where("ann") == (YARD, Evidence.MANUAL)
    assert (site.presence.headcount().named, site.best()) == (1, 2)
    wrong = Admitted(10**9, ActId("c"), AccessPointId("gone"), HolderId("ann"), PASS, BY)
    assert site.says(wrong, "gate") is Answer.UNPLACED


def test_a_sweep_replaces_the_unnamed_of_its_area_alone() -> None:
    site = Site()
    site.read(10, "ann", "in")
    site.read(20, "ann", "up")
    site.presence.close_period(0)
    site.passed(HOUR_S + 10, 4)
    assert [site.best(area) for area in (WHOLE_SITE, YARD, HOUSE)] == [5, 5, 1]
    site.swept(HOUR_S + 20, HOUSE, 0)
    assert [site.best(area) for area in (WHOLE_SITE, YARD, HOUSE)] == [4, 4, 0]
    site.swept(HOUR_S + 30, YARD, 2)
    assert [site.best(area) for area in (WHOLE_SITE, YARD, HOUSE)] == [2, 2, 0]
    site.presence.close_period(HOUR_S)
    assert [site.best(area) for area in (WHOLE_SITE, YARD, HOUSE)] == [2, 2, 0], "it outlives its key"


def test_who_was_named_before_a_sweep_is_among_those_found_or_gone_and_never_counted_twice() -> None:
    site = Site()
    for holder in ("ann", "bob"):
        site.read(10, holder, "in")
    site.swept(20, YARD, 1)
    sums = site.presence.sums()[YARD]
    assert (sums.named, sums.unfound, site.best(YARD)) == (0, 2, 1)
    assert site.where("ann") == (YARD, Evidence.GRANTED_ONLY), "still on the roll"
    site.read(30, "ann", "out")
    assert (site.best(YARD), site.best(), site.presence.sums()[YARD].unfound) == (0, 0, 1)
    assert site.presence.close_period(0).overstays == 0
    assert (site.best(YARD), site.presence.sums()[YARD].unfound) == (0, 0)


def test_who_was_found_by_name_stays_named_and_becomes_unnamed_with_his_key() -> None:
    site = Site()
    site.read(10, "ann", "in")
    site.seen(20, "ann", YARD)
    site.swept(30, YARD, 0)
    assert (site.presence.sums()[YARD].named, site.best()) == (1, 1)
    site.swept(40, YARD, 0, OperationId(""))
    assert site.best() == 0, "a guard's round that asks nobody for a name counts everybody it finds"
    site.withdraw(50, "seen-20")
    assert site.presence.close_period(0).overstays == 0


def test_who_was_found_by_name_in_the_hour_before_the_sweep_is_one_unnamed_when_his_key_dies() -> None:
    site = Site()
    site.seen(20, "ann", YARD)
    site.swept(HOUR_S + 10, YARD, 0)
    assert site.presence.close_period(0).overstays == 1
    assert site.best(YARD) == 1
    site.read(HOUR_S + 20, "ann", "out")
    assert site.best(YARD) == 0


def test_who_was_found_by_name_is_still_there_when_only_his_later_read_is_left() -> None:
    site = Site()
    site.seen(20, "ann", YARD)
    site.swept(HOUR_S + 10, YARD, 0)
    grant = site.read(HOUR_S + 20, "ann", "out")
    site.presence.close_period(0)
    site.says(AccessNotTaken((HOUR_S + 30) * 10**9, AccessPointId("out"), grant), "gate")
    sums = site.presence.sums()[YARD]
    assert (sums.named, sums.unfound, site.best(YARD)) == (1, 0, 1)


def test_of_two_sweeps_the_later_one_holds_when_both_keys_are_dead() -> None:
    site = Site()
    site.passed(10, 4)
    site.swept(20, YARD, 4)
    site.passed(30, 3)
    site.swept(HOUR_S + 10, YARD, 1)
    site.presence.close_period(0)
    assert site.best(YARD) == 1
    site.presence.close_period(HOUR_S)
    assert site.best(YARD) == 1


def test_what_the_cut_had_passed_before_a_sweep_is_settled_by_it_in_the_stored_table_too() -> None:
    site = Site()
    site.read(HOUR_S + 10, "bob", "out")
    table = list(site.presence.advance_cut((HOUR_S + 20) * 10**9).tallies)
    site.swept(HOUR_S + 30, YARD, 2)
    assert site.best(YARD) == 2, "an exit before it explains nobody whom it found"
    table += site.presence.advance_cut((HOUR_S + 25) * 10**9).tallies
    again = Restoration(site.presence.layout, table, cut_ns=site.presence.cut_ns)
    swept = AreaSwept((HOUR_S + 30) * 10**9, ActId(f"swept-{HOUR_S + 30}"), FIRE, YARD, 2, BY)
    restore(again, Stamp(swept.occurred_ns, EdgeId("controller"), Epoch(bytes(16)), 2), swept, HOUR_S)
    restarted = again.done()
    assert restarted.sums() == site.presence.sums()
    assert [t.amount for t in restarted.close_period(HOUR_S).tallies if t.kind is TallyKind.SWEPT] == []
    assert restarted.headcount(YARD).best == 2


def test_a_sweep_taken_back_never_was() -> None:
    site = Site()
    site.read(10, "ann", "in")
    before = site.presence.sums()
    site.swept(20, YARD, 7)
    site.withdraw(30, "swept-20")
    assert site.presence.sums() == before
    assert site.swept(40, OUTSIDE, 1) is Answer.UNPLACED


def test_a_withdrawal_under_an_older_key_takes_its_mark_along_and_one_that_waits_goes_alone() -> None:
    site = Site()
    site.withdraw(10, "a")
    site.withdraw(20, "b")
    site.seen(HOUR_S + 10, "ann", YARD, "a")
    assert len(site.presence.close_period(0).records) == 3
    assert site.where("ann") is None
    site.seen(HOUR_S + 20, "bob", YARD, "b")
    assert site.where("bob") == (YARD, Evidence.MANUAL), "nobody knows any more that it was withdrawn"
    assert len(site.presence.close_period(HOUR_S).records) == 1


def test_acts_below_the_cut_or_of_a_closed_period_do_nothing() -> None:
    site = Site()
    site.presence.close_period(0)
    assert site.passed(10, 3) is Answer.CLOSED
    site.presence.advance_cut((HOUR_S + 100) * 10**9)
    assert site.seen(HOUR_S + 50, "ann", HOUSE) is Answer.LATE
    assert site.swept(HOUR_S + 50, HOUSE, 2) is Answer.LATE
    assert site.withdraw(HOUR_S + 50, "x") is Answer.LATE
    assert site.best() == 0


def test_one_person_with_several_passes_is_one() -> None:
    site = Site()
    for at_s, pass_id, way in ((10, "badge", "in"), (20, "car", "out"), (30, "car", "in")):
        event = AccessGranted(at_s * 10**9, AccessPointId(way), HolderId("ann"), PassId(pass_id), pass_id)
        site.says(event, "gate")
    assert (site.best(), site.where("ann")) == (1, (YARD, Evidence.GRANTED_ONLY))
