"""Operations of a controller: every step is on record, and a restart changes nothing."""

import asyncio

import pytest

from contract.ids import AccountId
from controller.domain.operation import (
    NAMES_AFTER_S,
    RENEWED_FOR_S,
    OperationError,
    OperationKind,
    Plan,
    Reason,
    Trigger,
)
from controller.service.operating.operations import Figures, NoSuchOperationError
from tests.unit.controller.centre import Centre

ONE, TWO = AccountId("1" * 24), AccountId("2" * 24)


@pytest.fixture
def centre() -> Centre:
    return Centre()


def test_an_emergency_opens_with_its_entry_and_ends_with_one(centre: Centre) -> None:
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    assert centre.ledger.last["operation-opened"].facts == {
        "operation": operation.id, "what": "emergency", "plan": "evacuate", "reason": "fire", "trigger": "commander",
        "source": "", "by": ONE, "inside": 7, "named": 5, "unnamed": 2,
    }  # fmt: skip
    assert centre.open() == [operation.id]
    centre.inside = Figures(0, 0, 0)
    centre.operations.close(operation.id, ONE)
    assert centre.ledger.last["operation-closed"].facts == {
        "operation": operation.id, "ending": "commander", "by": ONE, "inside": 0, "named": 0, "unnamed": 0,
    }  # fmt: skip
    assert centre.open() == []
    assert centre.changes == 2
    with pytest.raises(NoSuchOperationError):
        centre.operations.renew(operation.id, ONE)


def test_a_search_opens_when_the_second_commander_joins(centre: Centre) -> None:
    proposal = centre.operations.propose(OperationKind.SEARCH, None, Reason.MISSING_PERSON, ONE)
    assert centre.open() == []
    with pytest.raises(OperationError, match="needs 2"):
        centre.operations.join(proposal.id, ONE)
    centre.start()  # a restart in between loses nothing
    operation = centre.operations.join(proposal.id, TWO)
    assert operation.id == proposal.id
    assert operation.opened_by == (ONE, TWO)
    assert centre.ledger.kinds() == ["operation-proposed", "operation-opened"]
    assert centre.operations.proposals(centre.clock.now_ns()) == ()
    with pytest.raises(NoSuchOperationError):
        centre.operations.join(proposal.id, TWO)


def test_a_proposal_that_nobody_joins_goes_away(centre: Centre) -> None:
    proposal = centre.operations.propose(OperationKind.DRILL, Plan.SHELTER, Reason.PLANNED_DRILL, ONE)
    centre.wait(600)
    assert centre.operations.proposals(centre.clock.now_ns()) == ()
    with pytest.raises(OperationError, match="in time"):
        centre.operations.join(proposal.id, TWO)
    before = centre.changes
    centre.operations.tick()
    assert centre.changes == before + 1


def test_it_ends_by_itself_with_an_entry_that_says_so(centre: Centre) -> None:
    operation = centre.operations.open_emergency(Plan.SHELTER, Reason.NATURAL_HAZARD, ONE)
    centre.wait(RENEWED_FOR_S - 601)
    centre.operations.tick()
    assert "operation-ends-soon" not in centre.alarm_kinds()
    centre.wait(1)
    centre.operations.tick()
    assert centre.alarm_kinds() == ["operation-ends-soon"]
    centre.operations.renew(operation.id, TWO)
    centre.wait(RENEWED_FOR_S - 1)
    centre.operations.tick()
    assert centre.open() == [operation.id]
    centre.wait(1)
    assert centre.open() == []
    centre.operations.tick()
    assert centre.ledger.last["operation-closed"].facts["ending"] == "not-renewed"
    assert "operation-not-renewed" in centre.alarm_kinds()
    centre.operations.tick()
    assert centre.ledger.counts["operation-closed"] == 1


def test_what_ended_while_the_controller_was_down_is_ended_at_its_start(centre: Centre) -> None:
    centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    centre.wait(RENEWED_FOR_S + 5)
    centre.start()
    assert centre.open() == []
    centre.operations.tick()
    assert centre.ledger.last["operation-closed"].facts["ending"] == "not-renewed"


def test_an_emergency_ends_the_drill(centre: Centre) -> None:
    drill = centre.operations.propose(OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, ONE)
    centre.operations.join(drill.id, TWO)
    emergency = centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "north", "1")
    assert emergency
    assert centre.open() == [emergency.id]
    assert centre.ledger.last["operation-closed"].facts["ending"] == "emergency"
    with pytest.raises(OperationError, match="no drill beside it"):
        centre.operations.propose(OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, ONE)


def test_a_second_trigger_opens_nothing_more(centre: Centre) -> None:
    assert centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "north", "1")
    assert centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "south", "1") is None
    assert centre.operations.trigger(Plan.LOCKDOWN, Reason.ARMED_ATTACK, Trigger.SIGNED_ALERT, "police", "1")
    assert [line.place for line in centre.alarms.lines()] == ["north", "police"]


def test_names_open_by_themselves_and_that_is_told(centre: Centre) -> None:
    operation = centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "north", "1")
    assert operation
    centre.wait(NAMES_AFTER_S - 1)
    before = centre.changes
    centre.operations.tick()
    assert centre.changes == before
    centre.wait(1)
    centre.operations.tick()
    assert centre.changes == before + 1


def test_a_commander_opens_names_at_once(centre: Centre) -> None:
    operation = centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "north", "1")
    assert operation
    assert centre.operations.confirm(operation.id, ONE).names_open(centre.clock.now_ns())
    assert centre.ledger.last["operation-confirmed"].facts == {"operation": operation.id, "by": ONE}
    restarted = centre.start().operation(operation.id)
    assert restarted.names_open(centre.clock.now_ns())
    assert restarted.confirmed_by == ONE


def test_an_emergency_does_not_wait_for_a_disk_and_is_on_record_later(centre: Centre) -> None:
    centre.ledger.fails = True
    operation = centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    opened_at = centre.clock.now_ns()
    assert centre.open() == [operation.id]
    assert centre.alarm_kinds() == ["ledger-failed"]
    with pytest.raises(OSError, match="full"):
        centre.operations.propose(OperationKind.SEARCH, None, Reason.INTRUDER, ONE)
    centre.wait(5)
    centre.operations.close(operation.id, ONE)
    centre.ledger.fails = False
    centre.operations.tick()
    assert centre.ledger.kinds() == ["operation-opened", "operation-closed"]
    assert centre.start().open_now(opened_at) == ()


async def test_whoever_waits_hears_of_a_change(centre: Centre) -> None:
    waiting = asyncio.create_task(centre.operations.wait(60))
    await asyncio.sleep(0)
    centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, ONE)
    await waiting
    await centre.operations.wait(0.001)  # nothing more: the limit ends it


def test_a_fire_counts_as_answered_when_its_emergency_ends(centre: Centre) -> None:
    operation = centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "north", "1")
    assert operation
    assert centre.operations.fire_answered_ns == 0
    centre.wait(30)
    centre.operations.close(operation.id, ONE)
    answered_ns = centre.operations.fire_answered_ns
    assert 0 <= centre.clock.now_ns() - answered_ns < 1000
    assert centre.start().fire_answered_ns == answered_ns
    centre.wait(30)
    for plan, is_answer in ((Plan.SHELTER, False), (Plan.EVACUATE, True)):  # a commander may be faster than the input
        centre.operations.close(centre.operations.open_emergency(plan, Reason.FIRE, ONE).id, ONE)
        assert (centre.operations.fire_answered_ns > answered_ns) is is_answer
