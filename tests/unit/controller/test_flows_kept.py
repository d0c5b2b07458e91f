"""What is usual at access points outlives a restart, also when the disk refused it for a while."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.ids import AccessPointId
from controller.domain.presence.flows import Usual
from controller.service.records.truth import Truth
from tests.unit.controller.kept import Kept, went
from tests.unit.controller.whole import truth_of

IN, OUT = AccessPointId("in"), AccessPointId("out")
NINE, TEN = Usual(IN, 9, 4.0, 4, 1), Usual(IN, 10, 5.0, 5, 1)


async def refused(truth: Truth, monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """Let one second pass in which the disk does not take it."""

    def refuse(_: object) -> None:
        raise sqlite3.OperationalError("disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(truth.store, method, refuse)
        with pytest.raises(sqlite3.OperationalError):
            await truth.tick()


async def test_the_densest_quarter_is_stored_when_the_disk_takes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await Kept(tmp_path).begin()
    truth = truth_of(kept)
    kept.at(30)
    passages = {1: went("in", "ann", 1), 2: went("in", "ben", 2), 3: went("out", "ann", 3)}
    await kept.take(kept.source(), passages)
    await refused(truth, monkeypatch, "keep_densest")
    await truth.tick()
    assert truth.store.densest_flows() == {IN: 2, OUT: 1}
    kept.close()


async def test_what_was_learned_is_stored_when_the_disk_takes_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = await Kept(tmp_path).begin()
    truth = truth_of(kept)
    hours: Iterator[list[Usual]] = iter([[NINE], [TEN], []])
    monkeypatch.setattr(truth.figures, "learn", lambda: next(hours))
    await refused(truth, monkeypatch, "keep_usual")
    await truth.tick()
    assert sorted(truth.store.usual_flows()) == [NINE, TEN]
    with monkeypatch.context() as patch:
        patch.setattr(truth.store, "keep_usual", lambda _: pytest.fail("stored already"))
        await truth.tick()
    kept.close()
