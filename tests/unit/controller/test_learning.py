"""Who was not there gives no exact figure until every gate has told all it has; or until all of before is dead."""

from pathlib import Path

import msgspec
import pytest

from contract.ids import EdgeId
from contract.messages import Health, RingExtent
from contract.site import parse_site
from contract.topics import HEALTH
from controller.domain.presence.layout import WHOLE_SITE
from controller.domain.presence.tallies import Tally, TallyKind
from controller.service.records.gates import GateWatch
from controller.service.records.learning import Learning, begin_learning, read_marks
from tests.unit.controller.kept import HALL, NORTH, RETENTION, START_S, Kept, in_store
from tests.unit.controller.sources import at_ns

SITE = parse_site("""
area = [{id = "hall"}]
access_point = [{id = "in", from = "outside", to = "hall"}]
gate = [{id = "north"}, {id = "south"}]
""")
SOUTH = EdgeId("south")


def learning_of(kept: Kept, *, has_peers: bool) -> tuple[Learning, GateWatch]:
    """What a program does at its start."""
    begin_learning(kept.store, kept.vault, kept.clock, has_peers=has_peers)
    marks = read_marks(kept.store)
    kept.vault.ensure(RETENTION, kept.clock.now_ns())
    gates = GateWatch(kept.clock, SITE, kept.known, kept.alarms, {})
    learning = Learning(
        kept.clock, RETENTION, kept.vault, kept.movements, kept.sweep, gates, kept.store, in_store, marks
    )
    return learning, gates


def told(gates: GateWatch, edge: EdgeId, at_s: float, last: int = 0) -> None:
    """A gate says that its ring has numbers up to `last`."""
    ring = [RingExtent(b"e" * 16, 1, last)]  # type: ignore[arg-type]
    example = HEALTH.example
    assert isinstance(example, Health)
    gates.hear(msgspec.structs.replace(example, edge=edge, epoch=b"e" * 16, ring=ring, at_ns=at_ns(START_S + at_s)))


def assert_over(learning: Learning) -> None:
    """In a function of its own, for mypy thinks that what was true stays true."""
    assert not learning.is_on


def test_the_first_controller_of_a_site_has_nothing_to_learn(tmp_path: Path) -> None:
    learning, _ = learning_of(Kept(tmp_path), has_peers=False)
    assert not learning.is_on


async def test_a_wiped_store_and_a_newcomer_learn_until_every_gate_has_told_all(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.vault.ensure(RETENTION, kept.clock.now_ns())  # of before
    learning, gates = learning_of(kept, has_peers=False)
    assert learning.is_on
    told(gates, NORTH, 1)
    await learning.tick()
    assert learning.is_on, "one gate is not heard yet"
    told(gates, SOUTH, 1, last=3)
    await learning.tick()
    assert learning.is_on, "three records are lacking"
    told(gates, SOUTH, 2)
    await learning.tick()
    assert_over(learning)
    assert not learning_of(Kept(tmp_path, kept.clock), has_peers=False)[0].is_on, "nor after a restart"


async def test_a_newcomer_waits_for_what_closed_periods_left_behind_as_long_as_somebody_can_tell(
    tmp_path: Path,
) -> None:
    learning, gates = learning_of(Kept(tmp_path), has_peers=True)
    assert learning.is_on
    for edge in (NORTH, SOUTH):
        told(gates, edge, 1)
    learning.may_be_told = True
    await learning.tick()
    assert learning.is_on
    learning.may_be_told = False
    await learning.tick()
    assert_over(learning)


async def test_with_a_gate_that_is_gone_it_ends_when_all_of_before_is_dead(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    learning, gates = learning_of(kept, has_peers=True)
    told(gates, NORTH, 1)
    kept.clock.advance_to(at_ns(START_S + RETENTION.movement_keep_s - 1))
    await learning.tick()
    assert learning.is_on
    kept.clock.advance_to(at_ns(START_S + RETENTION.movement_keep_s))
    await learning.tick()
    assert_over(learning)


@pytest.mark.parametrize("times", [1, 3])
async def test_it_adopts_closed_periods_once_however_often_they_are_told(tmp_path: Path, times: int) -> None:
    kept = Kept(tmp_path)
    learning, _ = learning_of(kept, has_peers=True)
    closed_s = START_S - RETENTION.movement_keep_s
    table = [Tally(TallyKind.UNNAMED, area, closed_s, 4) for area in (WHOLE_SITE, HALL)]
    for _ in range(times):
        await learning.adopt(closed_s, table)
    assert learning.has_adopted
    assert kept.movements.presence.closed_s == closed_s
    assert kept.movements.presence.headcount().best == 4
    again = Kept(tmp_path, kept.clock)
    assert again.movements.presence.headcount().best == 4, "and keeps it"


async def test_what_is_still_open_here_is_not_adopted(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    learning, _ = learning_of(kept, has_peers=True)
    await learning.adopt(START_S, [Tally(TallyKind.UNNAMED, WHOLE_SITE, START_S, 4)])
    assert not learning.has_adopted
    assert kept.movements.presence.headcount().best == 0
    assert kept.store.tallies() == []
