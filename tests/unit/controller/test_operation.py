"""The rules of one operation: who opens it, when names open, how long it lasts (L1, C2, G5)."""

from collections.abc import Callable

import pytest

from contract.clock import NS_PER_S
from contract.ids import AccountId, OperationId
from controller.domain.operation import (
    JOIN_WITHIN_S,
    NAMES_AFTER_S,
    PLANNED_FOR_AT_MOST_S,
    REASONS,
    REMIND_BEFORE_S,
    RENEWED_FOR_S,
    Obstacle,
    Operation,
    OperationError,
    OperationKind,
    Plan,
    Reason,
    Trigger,
    ends_with,
    may_stand_beside,
    opened,
    proposed,
)

ID = OperationId("a" * 24)
ONE, TWO = AccountId("1" * 24), AccountId("2" * 24)
START_NS = 1_800_000_000 * NS_PER_S
EMERGENCY, DRILL, SEARCH = OperationKind
SECOND_NS = NS_PER_S


def emergency(plan: Plan = Plan.EVACUATE, now_ns: int = START_NS) -> Operation:
    return opened(ID, EMERGENCY, plan, Reason.FIRE, (ONE,), now_ns)


def fire() -> Operation:
    return opened(ID, EMERGENCY, Plan.EVACUATE, Reason.FIRE, (), START_NS, Trigger.FIRE_INPUT)


def drill() -> Operation:
    return opened(ID, DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, (ONE, TWO), START_NS)


def search() -> Operation:
    return opened(ID, SEARCH, None, Reason.MISSING_PERSON, (ONE, TWO), START_NS)


def test_an_emergency_needs_one_commander() -> None:
    assert emergency().names_open(START_NS)
    with pytest.raises(OperationError, match="needs 1 commanders"):
        opened(ID, EMERGENCY, Plan.EVACUATE, Reason.FIRE, (), START_NS)


@pytest.mark.parametrize(
    ("kind", "plan", "reason"),
    [(DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL), (SEARCH, None, Reason.MISSING_PERSON)],
)
@pytest.mark.parametrize("by", [(), (ONE,), (ONE, ONE)])
def test_a_drill_or_search_needs_two(
    kind: OperationKind, plan: Plan | None, reason: Reason, by: tuple[AccountId, ...]
) -> None:
    with pytest.raises(OperationError, match="needs 2 commanders"):
        opened(ID, kind, plan, reason, by, START_NS)
    assert opened(ID, kind, plan, reason, (ONE, TWO), START_NS).is_open(START_NS)


@pytest.mark.parametrize("kind", OperationKind)
@pytest.mark.parametrize("reason", Reason)
def test_each_kind_has_reasons_of_its_own(kind: OperationKind, reason: Reason) -> None:
    plan = None if kind is SEARCH else Plan.SHELTER
    if reason in REASONS[kind]:
        assert opened(ID, kind, plan, reason, (ONE, TWO), START_NS).reason is reason
    else:
        with pytest.raises(OperationError, match="is no reason"):
            opened(ID, kind, plan, reason, (ONE, TWO), START_NS)
    assert sum(reason in allowed for allowed in REASONS.values()) == 1


def test_a_search_has_no_plan_and_all_else_has_one() -> None:
    with pytest.raises(OperationError, match="has no plan"):
        opened(ID, SEARCH, Plan.EVACUATE, Reason.MISSING_PERSON, (ONE, TWO), START_NS)
    with pytest.raises(OperationError, match="needs a plan: evacuate, shelter, lockdown, relocate"):
        opened(ID, EMERGENCY, None, Reason.FIRE, (ONE,), START_NS)


@pytest.mark.parametrize("trigger", [Trigger.FIRE_INPUT, Trigger.SIGNED_ALERT])
def test_a_trigger_opens_names_after_a_minute_and_no_sooner(trigger: Trigger) -> None:
    operation = opened(ID, EMERGENCY, Plan.EVACUATE, Reason.FIRE, (), START_NS, trigger)
    assert operation.is_open(START_NS)
    assert not operation.names_open(START_NS + NAMES_AFTER_S * NS_PER_S - 1)
    assert operation.names_open(START_NS + NAMES_AFTER_S * NS_PER_S)
    assert NAMES_AFTER_S == 60


def test_a_trigger_opens_nothing_but_an_emergency_and_names_nobody() -> None:
    with pytest.raises(OperationError, match="opens an emergency"):
        opened(ID, SEARCH, None, Reason.INTRUDER, (), START_NS, Trigger.SIGNED_ALERT)
    with pytest.raises(OperationError, match="names nobody"):
        opened(ID, EMERGENCY, Plan.EVACUATE, Reason.FIRE, (ONE,), START_NS, Trigger.FIRE_INPUT)


def test_a_lockdown_never_follows_from_a_fire_input() -> None:
    with pytest.raises(OperationError, match="never follows"):
        opened(ID, EMERGENCY, Plan.LOCKDOWN, Reason.ARMED_ATTACK, (), START_NS, Trigger.FIRE_INPUT)
    lockdown = opened(ID, EMERGENCY, Plan.LOCKDOWN, Reason.ARMED_ATTACK, (), START_NS, Trigger.SIGNED_ALERT)
    assert lockdown.is_open(START_NS)


def test_a_commander_confirms_what_a_trigger_opened_once() -> None:
    at_ns = START_NS + 5 * NS_PER_S
    confirmed = fire().confirmed(ONE, at_ns)
    assert not fire().is_confirmed
    assert confirmed.is_confirmed
    assert confirmed.names_open(at_ns)
    assert not fire().names_open(at_ns)
    for operation in (confirmed, emergency()):
        with pytest.raises(OperationError, match="already"):
            operation.confirmed(TWO, at_ns)


def test_a_late_confirmation_does_not_close_names_that_are_open() -> None:
    at_ns = START_NS + 100 * NS_PER_S
    assert fire().confirmed(ONE, at_ns).names_ns == START_NS + NAMES_AFTER_S * NS_PER_S


@pytest.mark.parametrize("kind", [DRILL, SEARCH])
def test_one_commander_keeps_no_drill_or_search_open_for_longer_than_a_shift(kind: OperationKind) -> None:
    plan, reason = (None, Reason.INTRUDER) if kind is SEARCH else (Plan.EVACUATE, Reason.PLANNED_DRILL)
    operation = opened(ID, kind, plan, reason, (ONE, TWO), START_NS)
    last_ns = START_NS + PLANNED_FOR_AT_MOST_S * NS_PER_S
    assert PLANNED_FOR_AT_MOST_S == 12 * 3600
    at_ns = START_NS
    while operation.ends_ns < last_ns:
        at_ns = operation.ends_ns - SECOND_NS
        operation = operation.renewed(at_ns)
    assert operation.ends_ns == last_ns
    with pytest.raises(OperationError) as refused:
        operation.renewed(at_ns + 1)
    assert refused.value.obstacle is Obstacle.LONG_ENOUGH
    danger = emergency()
    for _ in range(100):
        danger = danger.renewed(danger.ends_ns - SECOND_NS)
    assert danger.is_open(last_ns)


@pytest.mark.parametrize("make", [emergency, fire, drill, search])
def test_it_ends_after_an_hour_unless_it_is_renewed(make: object) -> None:
    operation: Operation = make()  # type: ignore[operator]
    end_ns = START_NS + RENEWED_FOR_S * NS_PER_S
    assert RENEWED_FOR_S == 3600
    assert operation.is_open(end_ns - 1)
    assert not operation.is_open(end_ns)
    assert not operation.names_open(end_ns)
    renewed = operation.renewed(end_ns - 1)
    assert renewed.is_open(end_ns)
    assert renewed.ends_ns == end_ns - 1 + RENEWED_FOR_S * NS_PER_S
    for act in (
        operation.renewed,
        lambda at_ns: operation.closed(ONE, at_ns),
        lambda at_ns: operation.confirmed(ONE, at_ns),
    ):
        with pytest.raises(OperationError, match="is over"):
            act(end_ns)


def test_what_is_closed_stays_closed() -> None:
    closed = emergency().closed(ONE, START_NS + 1)
    assert not closed.is_open(START_NS + 2)
    with pytest.raises(OperationError, match="is over"):
        closed.renewed(START_NS + 2)


def test_commanders_are_reminded_ten_minutes_before_the_end() -> None:
    soon_ns = START_NS + (RENEWED_FOR_S - REMIND_BEFORE_S) * NS_PER_S
    operation = emergency()
    assert REMIND_BEFORE_S == 600
    assert not operation.ends_soon(soon_ns - 1)
    assert operation.ends_soon(soon_ns)
    assert not operation.ends_soon(operation.ends_ns)
    assert not operation.renewed(soon_ns).ends_soon(soon_ns)


def test_the_second_commander_is_another_one_and_comes_in_time() -> None:
    proposal = proposed(ID, SEARCH, None, Reason.MISSING_PERSON, ONE, START_NS)
    end_ns = START_NS + JOIN_WITHIN_S * NS_PER_S
    assert JOIN_WITHIN_S == 600
    with pytest.raises(OperationError, match="needs 2"):
        proposal.joined(ONE, START_NS)
    assert proposal.waits(end_ns - 1)
    assert proposal.joined(TWO, end_ns - 1).opened_by == (ONE, TWO)
    assert proposal.joined(TWO, end_ns - 1).opened_ns == end_ns - 1
    assert not proposal.waits(end_ns)
    with pytest.raises(OperationError, match="in time"):
        proposal.joined(TWO, end_ns)


def test_what_could_not_be_opened_can_not_be_proposed() -> None:
    with pytest.raises(OperationError, match="one commander only"):
        proposed(ID, EMERGENCY, Plan.EVACUATE, Reason.FIRE, ONE, START_NS)
    with pytest.raises(OperationError, match="is no reason"):
        proposed(ID, DRILL, Plan.EVACUATE, Reason.FIRE, ONE, START_NS)
    with pytest.raises(OperationError, match="has no plan"):
        proposed(ID, SEARCH, Plan.EVACUATE, Reason.INTRUDER, ONE, START_NS)


def test_a_drill_gives_way_to_an_emergency() -> None:
    assert ends_with(emergency(), drill())
    assert not ends_with(emergency(), search())
    assert not ends_with(emergency(), emergency())
    assert not ends_with(search(), drill())
    with pytest.raises(OperationError, match="no drill beside it"):
        may_stand_beside(DRILL, Plan.SHELTER, [search(), emergency()])


def test_one_of_each_plan_and_searches_beside_each_other() -> None:
    may_stand_beside(SEARCH, None, [search(), emergency(), drill()])
    may_stand_beside(EMERGENCY, Plan.LOCKDOWN, [emergency(), drill()])
    may_stand_beside(EMERGENCY, Plan.EVACUATE, [drill()])
    may_stand_beside(DRILL, Plan.SHELTER, [drill()])
    for other in (emergency(), drill()):
        with pytest.raises(OperationError, match="is open already"):
            may_stand_beside(other.kind, other.plan, [other])


def test_a_screen_is_told_why_by_a_code() -> None:
    with pytest.raises(OperationError) as refused:
        emergency().closed(ONE, START_NS).renewed(START_NS)
    assert refused.value.obstacle is Obstacle.OVER


def test_whoever_opens_it_leads_it_and_he_alone_ends_it() -> None:
    assert emergency().led_by == ONE
    with pytest.raises(OperationError, match="take command first"):
        emergency().closed(TWO, START_NS)
    with pytest.raises(OperationError, match="take command first"):
        emergency().all_clear(TWO, START_NS)
    with pytest.raises(OperationError, match="take command first"):
        emergency().offered(TWO, TWO, START_NS)
    taken = emergency().offered(TWO, ONE, START_NS).taken_over(TWO, START_NS)
    assert (taken.led_by, taken.offered_to) == (TWO, None)
    assert taken.closed(TWO, START_NS).closed_ns == START_NS
    assert emergency().offered(TWO, ONE, START_NS).led_by == ONE


def test_nobody_leads_what_opened_by_itself_until_a_commander_stands_behind_it() -> None:
    assert fire().led_by is None
    assert fire().closed(TWO, START_NS).closed_ns == START_NS
    assert fire().confirmed(TWO, START_NS).led_by == TWO


def test_an_all_clear_is_taken_back_while_the_operation_goes_on() -> None:
    clear = emergency().all_clear(ONE, START_NS + 1)
    assert clear.all_clear_ns == START_NS + 1
    assert clear.names_open(START_NS + 2)
    with pytest.raises(OperationError, match="already"):
        clear.all_clear(ONE, START_NS + 2)
    assert clear.resumed(ONE, START_NS + 2).all_clear_ns is None
    with pytest.raises(OperationError, match="no all-clear"):
        emergency().resumed(ONE, START_NS)


def test_sirens_are_silenced_by_whoever_leads_while_the_danger_lasts() -> None:
    silent = emergency().silenced(ONE, START_NS + 1)
    assert (silent.silenced_ns, silent.all_clear_ns) == (START_NS + 1, None)
    assert silent.sounded_again(ONE, START_NS + 2).silenced_ns is None
    clear = silent.all_clear(ONE, START_NS + 2)
    assert clear.resumed(ONE, START_NS + 3).silenced_ns is None, "a danger that is there again sounds again"
    refusals: tuple[tuple[Callable[[], object], Obstacle], ...] = (
        (lambda: silent.silenced(ONE, START_NS + 2), Obstacle.SILENT),
        (lambda: emergency().silenced(TWO, START_NS), Obstacle.NOT_LEADING),
        (lambda: emergency().sounded_again(ONE, START_NS), Obstacle.NOT_SILENT),
        (lambda: clear.silenced(ONE, START_NS + 3), Obstacle.ALL_CLEAR),
        (lambda: silent.closed(ONE, START_NS + 2).sounded_again(ONE, START_NS + 3), Obstacle.OVER),
    )
    for refused, obstacle in refusals:
        with pytest.raises(OperationError) as error:
            refused()
        assert error.value.obstacle is obstacle
