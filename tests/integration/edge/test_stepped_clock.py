"""A wall clock that somebody sets, under a running gate and between two runs: stamps only rise, and it is told."""

from dataclasses import replace
from itertools import pairwise

from contract.clock import NS_PER_S, ManualClock, SystemClock
from contract.events import ClockDoubted
from contract.ids import AccessPointId
from edge.program import GateProgram
from tests.integration.edge.conftest import Playing, Premises, until

IN = AccessPointId("in")
HOUR_NS, MINUTE_NS = 3600 * NS_PER_S, 60 * NS_PER_S


class SettableClock(SystemClock):
    """The machine's clock, whose time of day somebody sets; what has passed since boot nobody can set."""

    set_by_ns = 0

    def now_ns(self) -> int:
        return super().now_ns() + self.set_by_ns


async def read(gate: GateProgram, card: str) -> None:
    gate.gate.present(IN, card)
    await gate.journal.flush()


async def test_a_clock_that_is_set_changes_no_order_and_is_told(premises: Premises, play: Playing) -> None:
    clock = SettableClock()
    box = replace(premises, clock=clock)  # the gate's machine; the controller's clock is right
    async with premises.broker(), play() as desk:

        def doubted_ms() -> list[int]:
            return [event.leap_ms for event in desk.events() if isinstance(event, ClockDoubted)]

        async with box.gate() as gate:
            await until(lambda: gate.uplink.is_connected)
            for count, set_by_ns in enumerate((-HOUR_NS, 2 * HOUR_NS, 0)):
                await read(gate, f"before-{count}")
                clock.set_by_ns = set_by_ns
                await until(lambda count=count: len(doubted_ms()) == count + 1)  # type: ignore[misc]
            await read(gate, "after")
            await until(lambda: gate.uplink.delivered and len(desk.stored) == 7)
        clock.set_by_ns = -HOUR_NS
        async with box.gate() as gate:
            await read(gate, "next run")
            await until(lambda: len(desk.stored) == 8)
        leaps = [round(leap_ms / 3_600_000) for leap_ms in doubted_ms()]
        assert leaps == [-1, 3, -2]
        stamps = [event.occurred_ns for event in desk.events()]
        assert all(before < after for before, after in pairwise(stamps))
        assert stamps[-1] - stamps[0] < 5 * MINUTE_NS
        first_run, second_run = desk.arrivals[0][0], desk.arrivals[-1][0]
        numbered = [event.occurred_ns for (epoch, _), event in sorted(desk.stored.items()) if epoch == first_run]
        assert numbered == sorted(numbered)
        assert desk.stored[second_run, 1].occurred_ns > numbered[-1]


async def test_a_gate_without_a_battery_for_its_clock_serves_as_soon_as_it_is_told_the_time(
    premises: Premises, play: Playing
) -> None:
    box = replace(premises, clock=ManualClock(5 * NS_PER_S))
    async with premises.broker(), box.gate() as gate:
        gate.gate.present(IN, "before any network")
        async with play() as desk:
            await until(lambda: gate.uplink.delivered and len(desk.stored) == 1)
            gate.gate.present(IN, "after")
            await until(lambda: gate.uplink.delivered and len(desk.stored) == 2)
            assert gate.journal.counters["events-held"] == 0


async def test_a_gate_whose_clock_is_ten_days_ahead_follows_signed_time(premises: Premises, play: Playing) -> None:
    """A run before has left keys for two weeks: what is sealed to those of that day would live until then (L4)."""
    clock = SettableClock()
    right_ns = clock.now_ns()
    premises.keep_keys()
    clock.set_by_ns = 240 * HOUR_NS
    box = replace(premises, clock=clock)
    async with premises.broker(), box.gate() as gate:
        gate.gate.present(IN, "before any network")
        await gate.health.report()
        assert (gate.ring.journaled, gate.journal.counters["clock-ahead"]) == (0, 1)
        async with play() as desk:
            await until(lambda: gate.uplink.delivered and len(desk.stored) == 2)
            first, doubted = desk.events()
            assert isinstance(doubted, ClockDoubted)
            assert right_ns <= first.occurred_ns <= doubted.occurred_ns < right_ns + HOUR_NS
            await until(lambda: bool(desk.health))
            assert desk.health[-1].at_ns < right_ns + HOUR_NS
