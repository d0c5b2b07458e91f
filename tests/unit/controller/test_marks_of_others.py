"""An officer's mark at one controller reaches another one sealed, and is folded there as the same record."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contract.ids import ControllerId, EdgeId, HolderId
from contract.periods import Kind, Period
from controller.peer.answers import Answers
from controller.peer.marks import SharedMarks
from controller.peer.words import MarksAsk, RewrapAsk
from controller.service.records.marks import Marks
from tests.unit.controller.kept import HALL, RETENTION, START_S, Kept, in_store
from tests.unit.controller.sources import MAIN

OTHER = ControllerId("other")
ANN = HolderId("ann")


def truth_of(kept: Kept) -> Any:  # noqa: ANN401  as much of a Truth as marks need
    return SimpleNamespace(
        controller=kept.controller,
        clock=kept.clock,
        vault=kept.vault,
        key_ring=kept.key_ring,
        sweep=kept.sweep,
        ingest=kept.ingest,
        store=kept.store,
        in_store=in_store,
        take=kept.ingest.take,
        site=SimpleNamespace(retention=RETENTION),
    )


@dataclass
class Two:
    """Two controllers, and the question that `other` asks `main`."""

    main: Kept
    other: Kept

    @property
    def answers(self) -> Answers:
        return Answers(None, truth_of(self.main), None, b"", None, None, None, None, None, print)  # type: ignore[arg-type]

    def shared(self, kept: Kept) -> SharedMarks:
        return SharedMarks(truth_of(kept), lambda: [MAIN, OTHER])

    async def ask(self, *, back: bool = False) -> SharedMarks:
        """Let the other one ask once; or the first the other one."""
        asked, asking = (self.other, self.main) if back else (self.main, self.other)
        shared = self.shared(asking)
        card: Any = SimpleNamespace(controller=asking.controller)
        given = await self.shared(asked).give(card, shared._ask())
        verify_key = asked.signer.public_key().public_bytes_raw()
        peer: Any = SimpleNamespace(
            card=SimpleNamespace(controller=asked.controller, verify_key=verify_key), marks=lambda _: given
        )
        await shared.take(peer)
        return shared


@pytest.fixture
async def two(tmp_path: Path) -> Two:
    main = await Kept(tmp_path / "main").begin()
    other = await Kept(tmp_path / "other", controller=OTHER).begin()
    for kept in (main, other):
        kept.ingest.may_mark = lambda edge: str(edge) in {MAIN, OTHER}
    return Two(main, other)


def marks_of(kept: Kept) -> Marks:
    def publics(period: Period) -> dict[ControllerId, bytes]:
        return {kept.controller: kept.vault.public_key(period)}

    return Marks(kept.clock, RETENTION, kept.controller, kept.signer, publics, kept.ingest.take)


async def test_a_mark_reaches_the_other_one_once_and_survives_its_restart(two: Two, tmp_path: Path) -> None:
    marks = marks_of(two.main)
    for second in (1, 2, 70):
        for kept in (two.main, two.other):
            kept.at(second)
        await marks.reconfirm(ANN, HALL)
    await two.ask()
    await two.ask()
    figures = two.main.movements.presence.headcounts()
    assert two.other.movements.presence.headcounts() == figures
    assert (two.other.ingest.duplicates, two.other.ingest.refused) == (0, {})
    assert two.other.known[EdgeId(MAIN), marks.epoch].intervals() == [(1, 3)]
    two.other.close()
    again = Kept(tmp_path / "other", two.other.clock, OTHER)
    assert again.movements.presence.headcounts() == figures
    again.close()


async def test_a_controller_that_slept_past_a_limit_gives_nothing_before_it_has_destroyed(two: Two) -> None:
    marks = marks_of(two.main)
    await marks.reconfirm(ANN, HALL)
    first = RETENTION.period_at(Kind.MOVEMENT, two.main.clock.now_ns())
    publics = [(first, two.other.vault.public_key(first))]
    [(_, wraps)] = two.main.store.keys(-1)
    card: Any = SimpleNamespace(controller=OTHER)
    assert (await two.answers.rewrap(card, RewrapAsk(publics, [wraps]))).wraps != [None]
    two.main.at(3600)
    assert (await two.answers.rewrap(card, RewrapAsk(publics, [wraps]))).wraps == [None]
    assert first not in two.main.vault.periods()


async def test_marks_of_a_night_slept_through_are_given_to_nobody(two: Two) -> None:
    await marks_of(two.main).reconfirm(ANN, HALL)
    first = RETENTION.period_at(Kind.MOVEMENT, two.main.clock.now_ns())
    publics = [(first, two.other.vault.public_key(first))]
    card: Any = SimpleNamespace(controller=OTHER)
    two.main.at(3600)
    assert (await two.shared(two.main).give(card, MarksAsk({}, publics))).keys == []


async def test_what_is_dead_where_it_was_made_is_given_to_nobody(two: Two) -> None:
    marks = marks_of(two.main)
    await marks.reconfirm(ANN, HALL)
    for kept in (two.main, two.other):
        kept.at(290)
    await two.main.sweep.run()
    await two.ask()
    assert list(two.other.movements.presence.inside()) == []
    assert two.other.movements.rows[START_S] == 0


async def test_a_controller_that_lost_its_store_gets_its_own_marks_back(two: Two, tmp_path: Path) -> None:
    await marks_of(two.main).reconfirm(ANN, HALL)
    figures = two.main.movements.presence.headcounts()
    await two.ask()
    two.main.close()
    two.main = await Kept(tmp_path / "wiped", two.main.clock, MAIN).begin()
    two.main.ingest.may_mark = lambda edge: str(edge) in {MAIN, OTHER}
    assert list(two.main.movements.presence.inside()) == []
    await two.ask(back=True)
    await two.ask(back=True)
    assert two.main.movements.presence.headcounts() == figures
    assert (two.main.ingest.duplicates, two.main.ingest.refused) == (0, {})


async def test_the_cut_waits_for_the_marks_of_the_other_one_for_as_long_as_they_open(two: Two) -> None:
    waiting = two.shared(two.other)
    assert waiting.heard_ns() == two.other.clock.now_ns() - RETENTION.movement_keep_s * 10**9
    heard = await two.ask()
    asked_ns = two.main.clock.now_ns()
    two.other.at(100)
    assert heard.heard_ns() == asked_ns
    two.other.at(5 * RETENTION.movement_keep_s)
    assert heard.heard_ns() == two.other.clock.now_ns() - RETENTION.movement_keep_s * 10**9


async def test_a_key_of_what_is_no_controller_is_refused(two: Two) -> None:
    await marks_of(two.main).reconfirm(ANN, HALL)
    shared = SharedMarks(truth_of(two.other), lambda: [OTHER])
    card: Any = SimpleNamespace(controller=OTHER)
    given = await two.shared(two.main).give(card, shared._ask())
    verify_key = two.main.signer.public_key().public_bytes_raw()
    peer: Any = SimpleNamespace(card=SimpleNamespace(controller=MAIN, verify_key=verify_key), marks=lambda _: given)
    await shared.take(peer)
    assert list(two.other.movements.presence.inside()) == []
    assert two.other.ingest.refused == {"ForeignSourceError": 1}
