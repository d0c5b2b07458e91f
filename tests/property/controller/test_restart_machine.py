"""A controller that is stopped at any moment ends where one stands that was never stopped (rules 4 to 9).

Two controllers are given the same messages of the same gate, late, twice and in any order, and the same time. One of
them is started again whenever Hypothesis likes, or stopped in the middle of a sweep.
"""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contract.events import AccessGranted, AccessNotTaken, AccessTaken, AnyEvent, DoorForced, PassageSnapshot
from contract.ids import AccessPointId, CameraId, HolderId, PassId, PortalId
from contract.periods import Kind
from controller.ledger import Ledger
from controller.service.records.ingest import Delivery
from controller.store.records import RecordStore
from controller.vault import FileVault
from tests.unit.controller.disk import Stopped
from tests.unit.controller.kept import NORTH, RETENTION, START_S, Kept
from tests.unit.controller.sources import Source, at_ns

STEPS: list[tuple[type, str]] = [
    (RecordStore, "apply"),
    (RecordStore, "drop_periods"),
    (RecordStore, "clean"),
    (RecordStore, "closed"),
    (FileVault, "destroy"),
    (Ledger, "append"),
]


class RestartMachine(RuleBasedStateMachine):
    """`steady` is never stopped, `stopped` is."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.loop = asyncio.new_event_loop()
        self.second = 0.0
        self.number = 0
        self.waiting: list[dict[int, AnyEvent]] = []
        self.sent: list[dict[int, AnyEvent]] = []
        self.pictures: list[int] = []

    def run(self, call: Coroutine[object, object, object]) -> None:
        self.loop.run_until_complete(call)

    @initialize()
    def begin(self) -> None:
        self.steady, self.stopped = (Kept(self.folder / name) for name in ("steady", "stopped"))
        self.sources: list[Source] = []
        for kept in (self.steady, self.stopped):
            self.run(kept.begin())
            source = kept.source()
            for minute in range(30):  # a gate has long heard the keys to come
                source.key_of(RETENTION.period_at(Kind.MOVEMENT, at_ns(START_S + 60 * minute)))
            self.sources.append(source)

    def _seal(self, event: AnyEvent) -> int:
        self.number += 1
        self.waiting.append({self.number: event})
        return self.number

    def _now_ns(self) -> int:
        self.second += 0.5
        return at_ns(START_S + self.second)

    @precondition(lambda self: self.second < 1500)
    @rule(
        holder=st.sampled_from(["ann", "bob", "cem"]),
        way=st.sampled_from(["in", "out"]),
        outcome=st.sampled_from(["taken", "not-taken", "unseen", "picture"]),
    )
    def passage(self, holder: str, way: str, outcome: str) -> None:
        point = AccessPointId(way)
        number = self._seal(AccessGranted(self._now_ns(), point, HolderId(holder), PassId("p"), "card"))
        if outcome == "taken":
            self._seal(AccessTaken(self._now_ns(), point, number))
        elif outcome == "not-taken":
            self._seal(AccessNotTaken(self._now_ns(), point, number))
        elif outcome == "picture":
            self._seal(PassageSnapshot(self._now_ns(), CameraId("c"), number, b"jpeg"))

    @precondition(lambda self: self.second < 1500)
    @rule()
    def door(self) -> None:
        self._seal(DoorForced(self._now_ns(), PortalId("door")))

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def deliver_some(self, data: st.DataObject) -> None:
        for _ in range(data.draw(st.integers(1, 5))):
            if self.waiting:
                at = data.draw(st.integers(0, len(self.waiting) - 1))
                self._deliver(self.waiting.pop(at))

    @precondition(lambda self: self.waiting)
    @rule()
    def deliver_all(self) -> None:
        while self.waiting:
            self._deliver(self.waiting.pop(0))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        self._deliver(data.draw(st.sampled_from(self.sent)))

    def _deliver(self, records: dict[int, AnyEvent]) -> None:
        self.sent.append(records)
        for kept, source in zip((self.steady, self.stopped), self.sources, strict=True):
            kept.at(self.second)
            self.run(kept.ingest.take([Delivery(NORTH, source.batch(records))]))

    @precondition(lambda self: self.second < 1400)
    @rule(seconds=st.sampled_from([1, 20, 60, 200]))
    def wait(self, seconds: int) -> None:
        self.second += seconds

    @rule()
    def tick(self) -> None:
        for kept in (self.steady, self.stopped):
            kept.at(self.second)
            self.run(kept.sweep.run())

    @rule(back=st.integers(0, 120))
    def cut(self, back: int) -> None:
        for kept in (self.steady, self.stopped):
            self.run(kept.sweep.advance_cut(at_ns(START_S + max(0.0, self.second - back))))

    @rule()
    def restart(self) -> None:
        """What recovery does at a start, the steady one does at its next tick."""
        self.tick()
        self._start_again()

    @rule(at=st.sampled_from(STEPS), after=st.booleans())
    def stop_in_a_sweep(self, at: tuple[type, str], after: bool) -> None:
        part, step = at
        original = getattr(part, step)

        def stop(*arguments: object, **named: object) -> None:
            if after:
                original(*arguments, **named)
            raise Stopped

        self.stopped.at(self.second)
        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(Stopped):
            patch.setattr(part, step, stop)
            self.run(self.stopped.sweep.run())
        self.steady.at(self.second)
        self.run(self.steady.sweep.run())
        self._start_again()

    def _start_again(self) -> None:
        self.stopped.close()
        self.stopped = Kept(self.folder / "stopped", clock=self.stopped.clock)
        self.run(self.stopped.begin())
        self.sources[1].vault = self.stopped.vault
        self.steady.vault.ensure(RETENTION, self.steady.clock.now_ns())

    @invariant()
    def both_know_and_keep_the_same(self) -> None:
        if hasattr(self, "steady"):
            assert self.stopped.state()[1:] == self.steady.state()[1:]

    def teardown(self) -> None:
        if hasattr(self, "steady"):
            self.steady.close()
            self.stopped.close()
        self.loop.close()
        shutil.rmtree(self.folder)


TestRestartMachine = RestartMachine.TestCase
TestRestartMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
