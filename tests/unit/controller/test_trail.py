"""Looks and attempts are on record before anything is shown, and a flood of attempts does not flood the ledger."""

import pytest

from contract.clock import NS_PER_S, ManualClock
from contract.ids import AccountId, OperationId
from controller.domain.rights.deeds import Deed
from controller.domain.rights.judge import Refusal
from controller.service.alarms import Alarms
from controller.service.proof.trail import REFUSED, SEEN, UNTIMELY, Trail
from tests.unit.controller.sources import at_ns
from tests.unit.controller.written import Written

OFFICER = AccountId("c" * 24)


class Scene:
    def __init__(self) -> None:
        self.clock = ManualClock(at_ns(1_800_000_000))
        self.ledger = Written()
        self.alarms = Alarms()
        self.trail = Trail(self.clock, self.ledger, self.alarms)

    def later(self, seconds: int) -> None:
        self.clock.advance_to(self.clock.now_ns() + seconds * NS_PER_S)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_look_says_who_what_where_and_how_many(scene: Scene) -> None:
    scene.trail.seen(OFFICER, Deed.SEE_ROLL, OperationId("b" * 24), 31)
    assert scene.ledger.last[SEEN].facts == {"by": OFFICER, "deed": "see-roll", "operation": "b" * 24, "persons": 31}


@pytest.mark.parametrize("refusal", [Refusal.ROLE, Refusal.NO_MEMBER, Refusal.NOT_AUTHORIZED, Refusal.NOT_BRIEFED])
def test_an_attempt_without_the_right_is_on_record_and_alarmed(scene: Scene, refusal: Refusal) -> None:
    scene.trail.refused(OFFICER, Deed.SEE_ROLL, refusal)
    facts = scene.ledger.last[REFUSED].facts
    assert (facts["refusal"], facts["attempts"]) == (refusal.value, 1)
    assert [(line.kind, line.place) for line in scene.alarms.lines()] == [("access-refused", "see-roll")]


@pytest.mark.parametrize("refusal", [Refusal.NO_OPERATION, Refusal.NAMES_CLOSED])
def test_whoever_comes_too_early_or_too_late_is_on_record_and_no_alarm(scene: Scene, refusal: Refusal) -> None:
    scene.trail.refused(OFFICER, Deed.SEE_ROLL, refusal)
    assert scene.ledger.counts == {UNTIMELY: 1}
    assert scene.alarms.lines() == []


def test_what_was_his_until_a_moment_ago_is_on_record_and_no_alarm(scene: Scene) -> None:
    scene.trail.refused(OFFICER, Deed.SEE_ROLL, Refusal.NOT_AUTHORIZED, just_ended=True)
    assert scene.ledger.counts == {UNTIMELY: 1}
    assert scene.alarms.lines() == []


def test_a_thousand_attempts_are_two_entries_that_count_them_all(scene: Scene) -> None:
    for _ in range(1000):
        scene.trail.refused(OFFICER, Deed.SEE_ROLL, Refusal.NOT_AUTHORIZED)
    scene.trail.settle()
    assert scene.ledger.counts[REFUSED] == 1
    scene.later(60)
    scene.trail.settle()
    scene.trail.settle()
    assert scene.ledger.counts[REFUSED] == 2
    assert scene.ledger.last[REFUSED].facts["attempts"] == 999
    scene.later(60)
    scene.trail.settle()
    scene.trail.refused(OFFICER, Deed.SEE_ROLL, Refusal.NOT_AUTHORIZED)
    assert scene.ledger.counts[REFUSED] == 3


def test_a_full_disk_hides_nothing_and_loses_nothing(scene: Scene) -> None:
    scene.ledger.fails = True
    scene.trail.seen(OFFICER, Deed.SEE_ROLL, None, 3)
    scene.trail.refused(OFFICER, Deed.SEE_ROLL, Refusal.NO_OPERATION)
    assert [line.kind for line in scene.alarms.lines()] == ["ledger-failed"]
    scene.ledger.fails = False
    scene.later(5)
    scene.trail.settle()
    assert scene.ledger.kinds() == [SEEN, UNTIMELY]
    assert "T08:00:00" in scene.ledger.last[SEEN].at
