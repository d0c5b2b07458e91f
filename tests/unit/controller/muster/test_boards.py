"""Boards of open operations: one for all openings, news in order, names only while they are open, pages by name."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from contract.clock import NS_PER_S
from contract.ids import OUTSIDE, AccountId, AreaId, HolderId, OperationId
from controller.domain.muster.person import State
from controller.domain.operation import Plan, Reason, Trigger
from controller.live import Headcount
from controller.service.muster.boards import Boards
from controller.service.muster.open_board import Filter
from controller.service.muster.outcomes import FIGURES, SAMPLED, Outcomes
from controller.service.operating.operations import NoSuchOperationError
from controller.service.site.reference import Holder
from tests.unit.controller.centre import START_S, Centre
from tests.unit.controller.muster.ground import BEN, GROUNDS, HOUSE, LAWN, SITE, YARD, ZOE, Ground

BY = AccountId("a" * 24)
NAMES = {ZOE: "Zoe Quartermaine", BEN: "ben Okonkwo"}


@dataclass
class Named:
    """Reference data: who is called what. `asked`: how many were looked up."""

    revision: int = 0
    asked: list[HolderId] = field(default_factory=list)

    def holders(self, ids: list[HolderId]) -> dict[HolderId, Holder]:
        self.asked += ids
        return {id_: Holder(id_, NAMES[id_], "staff") for id_ in ids if id_ in NAMES}


class Stage:
    """A control centre and its boards; seconds after the centre's start."""

    def __init__(self) -> None:
        self.centre, self.ground, self.reference = Centre(), Ground(), Named()
        self.ledger = self.centre.ledger
        self.people = 2
        outcomes = Outcomes(self.centre.clock, self.ledger, self.centre.alarms, GROUNDS, 0)
        reference: Any = self.reference
        self.boards = Boards(
            self.centre.clock, GROUNDS, self.centre.operations, self.ground.presence, self.ground.acts, reference,
            self.counts, outcomes,
        )  # fmt: skip
        self.read(-20, ZOE, "in")
        self.read(-10, BEN, "in")

    def counts(self) -> tuple[Headcount, list[Headcount]]:
        areas = [Headcount(area.id, area.id, 0, 0, 0, 0, [], 0) for area in SITE.area]
        return Headcount("", "", self.people, self.people, self.people, 0, [], self.people), areas

    def read(self, second: float, holder: HolderId, point: str) -> None:
        self.ground.read(START_S + second, holder, point)

    def emergency(self) -> OperationId:
        return self.centre.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, BY).id


@pytest.fixture
def stage() -> Stage:
    return Stage()


def names_of(persons: list[msgspec.Raw]) -> list[str]:
    return [json.loads(bytes(person))["name"] for person in persons]


async def test_persons_are_listed_by_name_page_by_page(stage: Stage) -> None:
    board = stage.boards.of(stage.emergency())
    page = await board.page(Filter(), None, 1)
    assert (names_of(page.persons), page.total) == (["ben Okonkwo"], 2)
    page = await board.page(Filter(), BEN, 5)
    assert names_of(page.persons) == ["Zoe Quartermaine"]
    assert names_of((await board.page(Filter(), HolderId("nobody"), 5)).persons) == ["ben Okonkwo", "Zoe Quartermaine"]


async def test_filters_let_through_whom_they_name(stage: Stage) -> None:
    board = stage.boards.of(stage.emergency())
    stage.read(5, ZOE, "up")
    stage.read(6, BEN, "at-lawn")
    stage.boards.refresh()
    for wanted, found in (
        (Filter(State.MISSING), ["Zoe Quartermaine"]),
        (Filter(State.LEFT), []),
        (Filter(area=HOUSE), ["Zoe Quartermaine"]),
        (Filter(area=YARD), ["ben Okonkwo", "Zoe Quartermaine"]),
        (Filter(area=AreaId("shed")), []),
        (Filter(muster_point=LAWN), ["ben Okonkwo"]),
        (Filter(text="QUARTER"), ["Zoe Quartermaine"]),
        (Filter(State.MISSING, text="ben"), []),
    ):
        page = await board.page(wanted, None, 10)
        assert (names_of(page.persons), page.total) == (found, len(found)), wanted.state


async def test_an_update_tells_whoever_has_changed_since_and_nobody_twice(stage: Stage) -> None:
    board = stage.boards.of(stage.emergency())
    first = board.sequence
    assert (await board.since(first, with_persons=True)).persons == []
    stage.read(5, ZOE, "out")
    stage.boards.refresh()
    second = board.sequence
    update = await board.since(first, with_persons=True)
    assert (update.since, update.sequence, names_of(update.persons)) == (first, second, ["Zoe Quartermaine"])
    assert (await board.since(second, with_persons=True)).persons == []
    assert (await board.since(first, with_persons=False)).persons == []
    stage.read(-5, BEN, "out")  # late news: he was never on the roll
    stage.boards.refresh()
    update = await board.since(second, with_persons=True)
    assert (update.persons, update.gone) == ([], [BEN])
    stage.boards.refresh()
    assert board.sequence == update.sequence, "nothing has changed"


async def test_marks_about_places_are_news_as_well(stage: Stage) -> None:
    board = stage.boards.of(stage.emergency())
    before = board.sequence
    stage.ground.operation = board.operation.id
    stage.ground.unnamed(START_S + 5, 3, OUTSIDE, LAWN)
    stage.boards.refresh()
    assert board.sequence > before
    assert board.figures().unnamed_seen == 3


async def test_names_are_known_only_while_they_are_open(stage: Stage) -> None:
    operation = stage.centre.operations.trigger(Plan.EVACUATE, Reason.FIRE, Trigger.FIRE_INPUT, "north", "1")
    assert operation is not None
    board = stage.boards.of(operation.id)
    assert board.figures().missing == 2
    assert stage.reference.asked == []
    stage.centre.operations.confirm(operation.id, BY)
    await stage.boards.of(operation.id).know_names()
    assert sorted(stage.reference.asked) == sorted([ZOE, BEN])
    await board.page(Filter(), None, 5)
    assert len(stage.reference.asked) == 2, "known already"
    stage.centre.operations.close(operation.id, BY)
    assert stage.boards._names.get(ZOE) is None
    assert board._order.all() == []
    with pytest.raises(NoSuchOperationError):
        stage.boards.of(operation.id)


async def test_a_name_that_is_corrected_is_learned_anew(stage: Stage) -> None:
    board = stage.boards.of(stage.emergency())
    await board.page(Filter(), None, 5)
    NAMES[BEN] = "Zzz Okonkwo"
    stage.reference.revision += 1
    try:
        page = await board.page(Filter(), None, 5)
    finally:
        NAMES[BEN] = "ben Okonkwo"
    assert names_of(page.persons) == ["Zoe Quartermaine", "Zzz Okonkwo"]


async def test_whoever_left_the_reference_data_is_listed_without_a_name(stage: Stage) -> None:
    stage.read(-1, HolderId("stranger"), "in")
    page = await stage.boards.of(stage.emergency()).page(Filter(), None, 5)
    assert names_of(page.persons) == ["", "ben Okonkwo", "Zoe Quartermaine"]


async def test_an_earlier_opening_makes_one_board_of_both_with_the_marks_of_both(stage: Stage) -> None:
    later = stage.emergency()
    stage.centre.wait(60)
    stage.ground.operation = later
    stage.ground.seen(START_S + 30, ZOE)
    assert stage.boards.of(later).figures().accounted == 1
    earlier = OperationId("e" * 24)
    opened_ns = (START_S - 15) * NS_PER_S
    stage.centre.operations.report(earlier, Plan.EVACUATE, Reason.FIRE, BY, opened_ns)
    board = stage.boards.of(later)
    assert board is stage.boards.of(earlier)
    assert board.board.opened_ns == opened_ns
    assert {holder: line.state for holder, line in board.board.lines.items()} == {
        ZOE: State.ACCOUNTED,
        BEN: State.ENTERED,
    }
    stage.boards.keep()
    stage.centre.operations.close(earlier, BY)
    stage.boards.keep()
    assert stage.ledger.counts[FIGURES] == 1
    assert stage.ledger.last[FIGURES].facts["operation"] == earlier


async def test_samples_come_often_at_first_and_seldom_later(stage: Stage) -> None:
    stage.emergency()
    for _ in range(1200):
        stage.boards.keep()
        stage.centre.wait(3)
    taken = stage.ledger.counts[SAMPLED]
    assert 40 + 40 < taken < 40 + 40 * 2, "each 15 s for ten minutes, then for each fortieth of the time"
    facts = stage.ledger.last[SAMPLED].facts
    assert (facts["expected"], facts["missing"], facts["lowest"], facts["inside"]) == (2, 2, 2, 2)


async def test_a_ledger_that_refuses_is_owed_and_alarmed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = stage.emergency()
    stage.boards.refresh()
    append = stage.ledger.append

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr(stage.ledger, "append", refuse)
    stage.boards.keep()
    assert [line.kind for line in stage.centre.alarms.lines()] == ["ledger-failed"]
    stage.centre.operations.close(operation, BY)
    stage.boards.keep()
    monkeypatch.setattr(stage.ledger, "append", append)
    stage.boards.keep()
    assert (stage.ledger.counts[SAMPLED], stage.ledger.counts[FIGURES]) == (1, 1)


async def test_news_reach_whoever_waits_and_names_are_known_before_they_are_asked_for(stage: Stage) -> None:
    operation = stage.emergency()
    running = asyncio.create_task(stage.boards.run())
    async with asyncio.timeout(60):
        board = stage.boards.of(operation)
        while not stage.reference.asked:
            await board.wait(0.05)
        before = board.sequence
        stage.read(5, ZOE, "out")
        stage.boards.change()
        while board.sequence == before:
            await board.wait(1)
    assert board.figures().left == 1
    assert stage.ledger.counts[SAMPLED] == 1
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
