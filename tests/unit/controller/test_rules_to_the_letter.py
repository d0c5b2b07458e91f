"""Corners of the law's rules that changing the code one place at a time showed to be unwatched, and codes for screens.

Belongs here: what `make mutate` found. Does not belong here: the rules' own tests (rights/, test_operation.py, ...).
"""

from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import NS_PER_S
from contract.ids import AccountId, AreaId, EdgeId, Epoch, HolderId, OperationId
from contract.messages import RingExtent
from contract.periods import DAY_S, Kind, LimitError, Period, Retention
from controller.domain import sealed_ask, standing_order
from controller.domain.believed_time import BelievedTime
from controller.domain.disclosure import DisclosureError, DisclosureReason, Form, Recipient, check
from controller.domain.operation import (
    Obstacle,
    Operation,
    OperationError,
    OperationKind,
    Plan,
    Reason,
    Trigger,
    may_stand_beside,
    opened,
    proposed,
)
from controller.domain.presence.chain import Evidence
from controller.domain.presence.fold import Placed
from controller.domain.presence.watermark import Watermark, Watermarks
from controller.domain.reconfirmation import Deck, ReconfirmationError, Turns
from controller.domain.rights.acts import ActError, Objection, _apart, check_ends_no_access, check_withdrawal
from controller.domain.rights.deeds import RULES, Deed, Moment
from controller.domain.rights.judge import Refusal, refusal
from controller.domain.rights.roles import Role
from controller.domain.standing_order import Addressee, Way
from tests.unit.controller.rights.officers import GIVEN, NOW_NS, officer, operation, register_of, situation

ANNA, BERT = AccountId("anna"), AccountId("bert")
ID = OperationId("o" * 24)
SERIOUS = [deed for deed, rule in RULES.items() if rule.moment is Moment.SERIOUS]


def emergency(plan: Plan = Plan.EVACUATE, *by: AccountId, trigger: Trigger = Trigger.COMMANDER) -> Operation:
    return opened(ID, OperationKind.EMERGENCY, plan, Reason.FIRE, by, 0, trigger)


def drill(*by: AccountId) -> Operation:
    return opened(ID, OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, by, 0)


@pytest.mark.parametrize("deed", SERIOUS)
def test_what_is_for_serious_operations_is_refused_in_a_drill(deed: Deed) -> None:
    commander = officer("c", Role.COMMANDER, fit=True)
    assert refusal(commander, deed, situation(operation(kind=OperationKind.DRILL))) is Refusal.NO_OPERATION
    for kind in (OperationKind.EMERGENCY, OperationKind.SEARCH):
        assert refusal(commander, deed, situation(operation(kind=kind))) is None


def test_an_authorization_ends_at_the_moment_of_its_withdrawal() -> None:
    withdrawn = replace(GIVEN, withdrawn_ns=NOW_NS)
    assert withdrawn.holds(NOW_NS - 1)
    assert not withdrawn.holds(NOW_NS)
    assert not withdrawn.holds(NOW_NS + 1)


def test_the_last_commander_is_kept_and_nobody_else_for_being_fit() -> None:
    register = register_of(("chief", Role.AUTHORIZING_OFFICER))
    chief = officer("chief", Role.AUTHORIZING_OFFICER)
    check_withdrawal(officer("o", Role.OPERATOR, fit=True), chief, None, register, situation())
    with pytest.raises(ActError) as refused:
        check_withdrawal(officer("c", Role.COMMANDER, fit=True), chief, None, register, situation())
    assert refused.value.objection is Objection.LAST_COMMANDER


def test_an_operation_protects_the_access_of_those_who_look_and_of_nobody_else() -> None:
    at = situation(operation())
    check_ends_no_access(officer("p", Role.PASS_OFFICER, fit=True), at)
    with pytest.raises(ActError):
        check_ends_no_access(officer("o", Role.OPERATOR, fit=True), at)


def test_one_person_is_never_two_officers() -> None:
    both = officer("x", Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER)
    assert not _apart(both, both, Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER)
    assert _apart(both, replace(both, account=BERT), Role.ADMINISTRATOR, Role.AUTHORIZING_OFFICER)


@pytest.mark.parametrize(("keep_s", "margin_s"), [(86400, 60), (1830, 60), (1800, 60), (1799, 59), (300, 10), (20, 1)])
def test_a_key_dies_a_thirtieth_of_the_limit_before_it_a_minute_at_most(keep_s: int, margin_s: int) -> None:
    retention = Retention(movement_period_s=10, movement_keep_s=keep_s)
    assert retention.margin_s(Kind.MOVEMENT) == margin_s
    assert isinstance(retention.margin_s(Kind.MOVEMENT), int)
    assert retention.dies_at_s(Period(Kind.MOVEMENT, 1000, 10)) == 1000 + keep_s - margin_s


def test_each_kind_has_the_margin_of_its_own_limit() -> None:
    retention = Retention(movement_period_s=10, movement_keep_s=300)
    assert retention.dies_at_s(Period(Kind.VIDEO, 0, DAY_S)) == 30 * DAY_S - 60
    assert retention.dies_at_s(Period(Kind.MOVEMENT, 0, 10)) == 300 - 10
    other = Retention(video_period_s=10, video_keep_s=300)
    assert other.dies_at_s(Period(Kind.VIDEO, 0, 10)) == 300 - 10


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"movement_keep_s": 86401}, r"movement_keep_s is 86401.*27\(c\), L4.*never longer"),
        ({"video_keep_s": 30 * DAY_S + 1}, r"video_keep_s is 2592001.*27\(c\), L5.*never longer"),
        ({"settle_s": 3601}, "settle_s is 3601: use 1 to 3600"),
    ],
)
def test_a_refused_limit_names_setting_clause_and_remedy(settings: dict[str, int], says: str) -> None:
    with pytest.raises(LimitError, match=says):
        Retention(**settings)


def test_a_statement_is_known_by_its_own_gates_numbers() -> None:
    marks = Watermarks()
    north, south = EdgeId("north"), EdgeId("south")
    for edge in (north, south):
        marks.state(edge, Watermark(5000 * NS_PER_S, [RingExtent(Epoch(bytes(16)), 1, 1)]))
    marks.settle(lambda edge, _: edge == north)
    assert set(marks.counted) == {north}


def test_leaps_are_told_in_whole_milliseconds() -> None:
    believed = BelievedTime(wall_ns=10**18, boottime_ns=0)
    believed.now_ns(wall_ns=10**18 + 86400 * NS_PER_S + 1, boottime_ns=0)
    assert [type(leap) for leap in believed.leaps_ms()] == [int]


@pytest.mark.parametrize(
    ("act", "obstacle"),
    [
        (emergency, Obstacle.SECOND_COMMANDER),
        (lambda: drill(ANNA), Obstacle.SECOND_COMMANDER),
        (lambda: emergency(Plan.EVACUATE, ANNA, trigger=Trigger.FIRE_INPUT), Obstacle.ALERT),
        (lambda: emergency(Plan.LOCKDOWN, trigger=Trigger.FIRE_INPUT), Obstacle.LOCKDOWN_AFTER_FIRE),
        (
            lambda: opened(ID, OperationKind.EMERGENCY, Plan.EVACUATE, Reason.PLANNED_DRILL, (ANNA,), 0),
            Obstacle.REASON,
        ),
        (lambda: opened(ID, OperationKind.EMERGENCY, None, Reason.FIRE, (ANNA,), 0), Obstacle.PLAN),
        (
            lambda: proposed(ID, OperationKind.EMERGENCY, Plan.EVACUATE, Reason.FIRE, ANNA, 0),
            Obstacle.ONE_SUFFICES,
        ),
        (
            lambda: may_stand_beside(OperationKind.DRILL, Plan.SHELTER, [emergency(Plan.EVACUATE, ANNA)]),
            Obstacle.EMERGENCY_OPEN,
        ),
        (
            lambda: may_stand_beside(OperationKind.EMERGENCY, Plan.EVACUATE, [emergency(Plan.EVACUATE, ANNA)]),
            Obstacle.OPEN_ALREADY,
        ),
        (lambda: emergency(Plan.EVACUATE, ANNA).closed(ANNA, 1).renewed(2), Obstacle.OVER),
        (lambda: emergency(Plan.EVACUATE, ANNA).confirmed(BERT, 1), Obstacle.CONFIRMED),
        (
            lambda: proposed(ID, OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, ANNA, 0).joined(
                BERT, 10**15
            ),
            Obstacle.TOO_LATE,
        ),
    ],
)
def test_a_refused_act_of_an_operation_has_the_code_that_screens_know(
    act: Callable[[], object], obstacle: Obstacle
) -> None:
    with pytest.raises(OperationError) as refused:
        act()
    assert refused.value.obstacle is obstacle


@pytest.mark.parametrize(
    ("operation_", "form", "recipient", "reason", "now_ns", "code"),
    [
        (None, Form.PRINT, Recipient.FIRE_SERVICE, DisclosureReason.RESCUE, 0, "no-operation"),
        (
            emergency(trigger=Trigger.FIRE_INPUT),
            Form.PRINT, Recipient.FIRE_SERVICE, DisclosureReason.RESCUE, 0, "names-closed",
        ),
        (
            emergency(Plan.EVACUATE, ANNA),
            Form.PRINT, Recipient.FIRE_SERVICE, DisclosureReason.EXERCISE, 0, "reason-not-allowed",
        ),
        (
            emergency(Plan.EVACUATE, ANNA),
            Form.HAND_OVER, Recipient.CRISIS_TEAM, DisclosureReason.RESCUE, 0, "reason-not-allowed",
        ),
        (
            emergency(Plan.EVACUATE, ANNA),
            Form.WARDENS_LIST, Recipient.FIRE_SERVICE, DisclosureReason.RESCUE, 0, "for-wardens-only",
        ),
        (
            drill(ANNA, BERT),
            Form.PRINT, Recipient.FIRE_SERVICE, DisclosureReason.EXERCISE, 0, "for-wardens-only",
        ),
    ],
)  # fmt: skip
def test_a_refused_copy_has_the_code_that_screens_know(
    operation_: Operation | None, form: Form, recipient: Recipient, reason: DisclosureReason, now_ns: int, code: str
) -> None:
    with pytest.raises(DisclosureError) as refused:
        check(operation_, form, recipient, reason, now_ns)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("addressee", "code"),
    [
        (Addressee("../x", Recipient.CRISIS_TEAM, Way.FOLDER, "", ""), "bad-name"),
        (Addressee("x", Recipient.WARDEN, Way.FOLDER, "", ""), "not-an-addressee"),
        (Addressee("x", Recipient.CRISIS_TEAM, Way.FOLDER, "a@b.org", ""), "bad-address"),
        (Addressee("x", Recipient.CRISIS_TEAM, Way.MAIL, "nobody", ""), "bad-address"),
    ],
)
def test_a_refused_addressee_has_the_code_that_screens_know(addressee: Addressee, code: str) -> None:
    with pytest.raises(standing_order.StandingOrderError) as refused:
        addressee.check()
    assert refused.value.code == code


def test_a_mail_address_may_have_its_greatest_length() -> None:
    longest = "a" * (standing_order._LONGEST_ADDRESS - len("@b.org")) + "@b.org"
    Addressee("x", Recipient.CRISIS_TEAM, Way.MAIL, longest, "").check()
    with pytest.raises(standing_order.StandingOrderError):
        Addressee("x", Recipient.CRISIS_TEAM, Way.MAIL, "a" + longest, "").check()


def test_two_cards_in_a_row_are_anybodys_and_the_third_waits() -> None:
    one = Turns().answered(ANNA)
    two = one.answered(ANNA)
    assert not one.wait(ANNA)
    assert two.wait(ANNA)
    assert not two.wait(BERT)
    assert (one.in_a_row, two.in_a_row) == (1, 2)


def test_another_officers_card_begins_a_new_row() -> None:
    turns = Turns()
    for each in (ANNA, BERT) * 5:
        turns = turns.answered(each)
        assert turns == Turns(each, 1)
        assert not turns.wait(each)


def test_a_commander_releases_who_waits_and_never_himself() -> None:
    waiting = Turns(ANNA, 2)
    assert waiting.released(BERT) == Turns()
    for turns, commander, code in (
        (waiting, ANNA, "same-officer"),
        (Turns(), BERT, "nobody-waits"),
        (Turns(ANNA, 1), BERT, "nobody-waits"),
    ):
        with pytest.raises(ReconfirmationError) as refused:
            turns.released(commander)
        assert refused.value.code == code


def test_whose_record_ends_first_comes_first_whatever_the_name() -> None:
    late, soon = (
        Placed(HolderId(name), AreaId("hall"), period_s, Evidence.TAKEN)
        for name, period_s in (("ann", 3600), ("zed", 0))
    )
    card = Deck().next(ANNA, [late, soon], Turns(), 0, "c")
    assert card is not None
    assert card.placed == soon
    with pytest.raises(ReconfirmationError) as refused:
        Deck().next(ANNA, [late], Turns(ANNA, 2), 0, "c")
    assert refused.value.code == "two-in-a-row"


def test_what_an_ask_is_bound_to_is_written_as_it_was_when_older_ones_were_sealed() -> None:
    assert sealed_ask._info(b"first", OperationId("o"), AccountId("a")) == b"sacs/1/ask\0first\0o\0a"


def test_an_ask_may_have_its_greatest_length() -> None:
    keys = [X25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2)]
    public = sealed_ask.InvestigatorKeys(*(key.public_key().public_bytes_raw() for key in keys))
    longest = "X" * (sealed_ask.LONGEST_BYTES - 1) + "X"
    sealed = sealed_ask.seal_ask(public, ID, ANNA, longest)
    assert sealed_ask.open_ask(keys[0], keys[1], ID, ANNA, sealed) == longest
