"""Officers' marks: this controller as a source, from the seal to the fold and through restart and key end."""

from pathlib import Path

import pytest

from contract.events import Reconfirmed
from contract.ids import EdgeId, HolderId
from contract.periods import Kind
from controller.service.records.ingest import EXPIRED, STORED, TOTALS
from controller.service.records.marks import Marks
from tests.unit.controller.kept import HALL, NORTH, RETENTION, START_S, Kept, went
from tests.unit.controller.sources import MAIN, at_ns, signer_of

ANN = HolderId("ann")
DEATH_S = 290
"""When the key of the first minute dies, in seconds after the start."""


def marks_of(kept: Kept) -> Marks:
    kept.ingest.may_mark = lambda edge: edge == EdgeId(MAIN)
    return Marks(
        kept.clock,
        RETENTION,
        MAIN,
        signer_of("controller"),
        lambda period: {MAIN: kept.vault.public_key(period)},
        kept.ingest.take,
    )


@pytest.fixture
async def kept(tmp_path: Path) -> Kept:
    kept = await Kept(tmp_path).begin()
    await kept.take(kept.source(), {1: went("in", "ann", 1), 2: went("in", "bob", 2)})
    return kept


async def test_who_was_reconfirmed_stays_named_when_the_old_record_dies_and_the_other_does_not(kept: Kept) -> None:
    kept.at(280)
    number = await marks_of(kept).reconfirm(ANN, HALL)
    assert number == 1
    kept.at(DEATH_S)
    await kept.sweep.run()
    assert [placed.holder for placed in kept.movements.presence.inside()] == [ANN]
    assert kept.movements.overstays == 1
    kept.at(280 + DEATH_S)
    await kept.sweep.run()
    assert list(kept.movements.presence.inside()) == []
    assert kept.movements.overstays == 2


async def test_a_mark_survives_a_restart_sealed(kept: Kept, tmp_path: Path) -> None:
    kept.at(280)
    marks = marks_of(kept)
    await marks.reconfirm(ANN, HALL)
    await marks.reconfirm(HolderId("bob"), HALL)
    before = kept.state()[1:]  # without the keys: a start makes those of times to come
    kept.close()
    again = Kept(tmp_path, kept.clock)
    await again.begin()
    assert again.damaged == []
    assert again.state()[1:] == before
    again.at(DEATH_S)
    await again.sweep.run()
    assert {placed.holder for placed in again.movements.presence.inside()} == {"ann", "bob"}
    assert b"ann" not in (tmp_path / "state" / "records.db").read_bytes()


async def test_marks_of_one_period_share_a_content_key_and_the_next_period_has_its_own(kept: Kept) -> None:
    marks = marks_of(kept)
    for second in (10, 20, 70):
        kept.at(second)
        await marks.reconfirm(ANN, HALL)
    names = [kept.key_ring.open(wraps).name for _, wraps in kept.store.keys(-1)]
    assert sorted(name.period.start_s - START_S for name in names if name.edge == EdgeId(MAIN)) == [0, 60]


async def test_marks_are_not_counted_among_the_events_that_gates_journaled(kept: Kept) -> None:
    """Each would hide one event that a gate still has (journaled less stored)."""
    marks_of(kept)
    first = RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S))
    publics = {MAIN: kept.vault.public_key(first)}
    marks = Marks(kept.clock, RETENTION, MAIN, signer_of("controller"), lambda _: publics, kept.ingest.take)
    kept.at(10)
    await marks.reconfirm(ANN, HALL)
    kept.movements.presence.advance_cut(at_ns(START_S + 10))
    await marks.reconfirm(ANN, HALL)  # late
    kept.key_ring.drop({first})
    kept.vault.destroy([first])
    await marks.reconfirm(ANN, HALL)  # expired
    assert [kept.ingest.totals[name] for name in TOTALS] == [2, 0, 0, 0, 0, 0]
    assert kept.store.figure(STORED, 0) == 2
    assert kept.store.figure(f"{EXPIRED}/{MAIN}/{START_S}", 0) == 1, "which is on record all the same"


async def test_a_gate_that_speaks_for_an_officer_is_refused(kept: Kept) -> None:
    marks_of(kept)
    await kept.take(kept.source(NORTH, b"f" * 16), {1: Reconfirmed(at_ns(START_S + 5), HALL, ANN)})
    assert kept.ingest.refused["ForgedMarkError"] == 1
    assert [line.kind for line in kept.alarms.lines()] == ["refused-message"]
    assert kept.movements.rows[START_S] == 2


async def test_nobody_else_can_sign_as_this_controller(kept: Kept) -> None:
    marks_of(kept)
    forged = kept.source(EdgeId(MAIN), b"m" * 16)  # signed with another key
    await kept.take(forged, {1: Reconfirmed(at_ns(START_S + 5), HALL, ANN)})
    assert kept.ingest.refused["BadSignatureError"] == 1
    assert kept.movements.rows[START_S] == 2
