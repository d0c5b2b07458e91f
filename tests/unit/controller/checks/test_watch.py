"""What a check finds is an alarm and an entry; a check that fails or hangs is one as well."""

import asyncio
from dataclasses import dataclass, field

import pytest

from contract.clock import NS_PER_S, ManualClock
from controller.domain.violations import JUDGED, Blame, Violation
from controller.service.alarms import Alarms
from controller.service.proof.checks.check import Finding
from controller.service.proof.checks.watch import BREACH_FOUND, FAULT_FOUND, FINDING_OVER, OVERDUE_AT_LEAST_S, Watch
from tests.unit.controller.sources import at_ns
from tests.unit.controller.written import Written

ROWS = Finding(Violation.ROWS_OUTLIVED, place="store")
TWICE = Finding(Violation.GATE_TWICE, gate="north")


@dataclass
class Played:
    """A check that finds what it is told to."""

    name: str = "played"
    every_s: float = 0.0
    finds: set[Finding] = field(default_factory=set)
    error: Exception | None = None

    async def look(self) -> set[Finding]:
        if self.error:
            raise self.error
        return self.finds


class Scene:
    def __init__(self) -> None:
        self.clock = ManualClock(at_ns(1_800_000_000))
        self.ledger = Written()
        self.alarms = Alarms()
        self.check = Played()
        self.watch = Watch(self.clock, self.ledger, self.alarms, [self.check])

    async def look(self) -> None:
        await self.watch.look_once(self.check)

    def later(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.now_ns() + round(seconds * NS_PER_S))

    def alarmed(self) -> set[tuple[str, str, str]]:
        return {(line.kind, line.gate, line.place) for line in self.alarms.lines()}


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_what_is_found_is_alarmed_and_written_once(scene: Scene) -> None:
    scene.check.finds = {ROWS, TWICE}
    await scene.look()
    await scene.look()
    assert scene.alarmed() == {("rows-outlived", "", "store"), ("gate-twice", "north", "")}
    assert sorted(scene.ledger.kinds()) == [BREACH_FOUND, FAULT_FOUND]
    assert scene.ledger.last[FAULT_FOUND].facts == {"violation": "rows-outlived", "rule": "L4", "place": "store"}
    assert scene.ledger.last[BREACH_FOUND].facts["place"] == "north"
    assert scene.watch.found == {ROWS, TWICE}


async def test_what_is_over_is_written_and_can_come_again(scene: Scene) -> None:
    scene.check.finds = {ROWS}
    await scene.look()
    scene.check.finds = set()
    await scene.look()
    assert scene.ledger.last[FINDING_OVER].facts == {"violation": "rows-outlived", "number": 1}
    scene.check.finds = {ROWS}
    await scene.look()
    assert scene.ledger.kinds() == [FAULT_FOUND, FINDING_OVER, FAULT_FOUND]
    assert len(scene.alarms.lines()) == 2


async def test_a_check_that_fails_is_itself_a_finding_and_keeps_what_it_found(scene: Scene) -> None:
    scene.check.finds = {ROWS}
    await scene.look()
    scene.check.error = RuntimeError("holder 4711")
    await scene.look()
    assert scene.watch.found == {ROWS, Finding(Violation.CHECK_FAILED, place="played")}
    assert ("check-failed", "", "played") in scene.alarmed()
    scene.check.error = None
    await scene.look()
    assert scene.watch.found == {ROWS}


async def test_a_check_that_does_not_come_back_is_overdue(scene: Scene) -> None:
    await scene.look()
    scene.later(OVERDUE_AT_LEAST_S)
    scene.watch.tell()
    assert not scene.watch.found
    scene.later(1)
    scene.watch.tell()
    assert scene.watch.found == {Finding(Violation.CHECK_OVERDUE, place="played")}
    assert ("check-overdue", "", "played") in scene.alarmed()
    await scene.look()
    assert not scene.watch.found


async def test_what_the_ledger_refused_is_written_later(scene: Scene) -> None:
    scene.check.finds = {ROWS}
    scene.ledger.fails = True
    await scene.look()
    assert ("rows-outlived", "", "store") in scene.alarmed()
    scene.ledger.fails = False
    await scene.look()
    assert scene.ledger.kinds() == [FAULT_FOUND]


async def test_all_checks_go_on_while_one_fails() -> None:
    scene = Scene()
    broken, well = Played("broken", error=ValueError()), Played("well")
    watch = Watch(scene.clock, scene.ledger, scene.alarms, [broken, well])
    running = asyncio.create_task(watch.run())
    async with asyncio.timeout(20):
        while min(state.looks for state in watch.states.values()) < 3:  # noqa: ASYNC110  the state has no event
            await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_every_violation_is_judged_and_both_classes_are_there() -> None:
    assert set(JUDGED) == set(Violation)
    assert {blame for _, blame in JUDGED.values()} == set(Blame)
