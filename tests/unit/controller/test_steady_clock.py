"""The controller's time: it counts the hours that pass, whatever somebody does to the machine's clock."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.clock import NS_PER_S
from controller.domain.believed_time import BelievedTime
from controller.steady_clock import SteadyClock

START_NS = 1_800_000_000 * NS_PER_S
DAY_NS = 86_400 * NS_PER_S
HOUR_NS = 3600 * NS_PER_S


class Machine:
    """A machine whose wall clock can be set, and which can sleep."""

    def __init__(self, wall_ns: int = START_NS) -> None:
        self.wall_ns = wall_ns
        self.boot_ns = 5 * NS_PER_S

    def now_ns(self) -> int:
        return self.wall_ns

    def boottime_ns(self) -> int:
        return self.boot_ns

    def live(self, ns: int) -> None:
        self.wall_ns += ns
        self.boot_ns += ns


@pytest.mark.parametrize("leap_ns", [-DAY_NS, DAY_NS, -2 * NS_PER_S, 2 * NS_PER_S, -50 * 365 * DAY_NS])
def test_a_clock_that_is_set_while_running_is_not_believed(tmp_path: Path, leap_ns: int) -> None:
    machine = Machine()
    clock = SteadyClock(machine, tmp_path / "clock")
    machine.live(HOUR_NS)
    assert clock.now_ns() == START_NS + HOUR_NS
    machine.wall_ns += leap_ns
    assert clock.now_ns() == START_NS + HOUR_NS
    machine.live(DAY_NS)
    assert clock.now_ns() == START_NS + HOUR_NS + DAY_NS, "a key due by now dies by now"
    assert clock.leaps_ms() == [leap_ns // 1_000_000]
    assert clock.leaps_ms() == []


def test_small_steps_are_followed_but_never_back(tmp_path: Path) -> None:
    machine = Machine()
    clock = SteadyClock(machine, tmp_path / "clock")
    machine.wall_ns += NS_PER_S // 2
    assert clock.now_ns() == START_NS + NS_PER_S // 2
    machine.wall_ns -= NS_PER_S // 4
    assert clock.now_ns() == START_NS + NS_PER_S // 2
    machine.live(NS_PER_S)
    assert clock.now_ns() == START_NS + NS_PER_S // 4 + NS_PER_S
    assert clock.leaps_ms() == []


@pytest.mark.parametrize("wall_ns", [0, START_NS - DAY_NS, START_NS])
def test_a_machine_that_starts_in_the_past_goes_on_from_where_it_was(tmp_path: Path, wall_ns: int) -> None:
    machine = Machine()
    clock = SteadyClock(machine, tmp_path / "clock")
    machine.live(HOUR_NS)
    clock.keep()
    machine = Machine(wall_ns)
    again = SteadyClock(machine, tmp_path / "clock")
    assert again.now_ns() == START_NS + HOUR_NS
    assert again.leaps_ms() == [(wall_ns - START_NS - HOUR_NS) // 1_000_000], "and says so: keys lived on meanwhile"
    machine.live(HOUR_NS)
    assert again.now_ns() == START_NS + 2 * HOUR_NS, "it does not stand still until the wall clock has caught up"


def test_a_machine_that_slept_or_was_off_wakes_up_later(tmp_path: Path) -> None:
    machine = Machine()
    clock = SteadyClock(machine, tmp_path / "clock")
    clock.keep()
    machine.live(3 * DAY_NS)
    assert clock.now_ns() == START_NS + 3 * DAY_NS
    again = SteadyClock(Machine(START_NS + 9 * DAY_NS), tmp_path / "clock")
    assert again.now_ns() == START_NS + 9 * DAY_NS
    assert again.leaps_ms() == []


def test_it_is_kept_once_a_minute(tmp_path: Path) -> None:
    machine = Machine()
    clock = SteadyClock(machine, tmp_path / "state" / "clock")
    clock.keep()
    first = (tmp_path / "state" / "clock").read_bytes()
    assert int.from_bytes(first, "big") == START_NS
    machine.live(59 * NS_PER_S)
    clock.keep()
    assert (tmp_path / "state" / "clock").read_bytes() == first
    machine.live(NS_PER_S)
    clock.keep()
    assert int.from_bytes((tmp_path / "state" / "clock").read_bytes(), "big") == START_NS + 60 * NS_PER_S


@pytest.mark.parametrize("step_ns", [-900_000_000, 900_000_000, -300_000_000])
def test_many_small_steps_are_a_leap(tmp_path: Path, step_ns: int) -> None:
    """Set back by a little less than a second each second, the clock would stand still, and no key would die."""
    machine = Machine()
    clock = SteadyClock(machine, tmp_path / "clock")
    for _ in range(7200):
        machine.live(NS_PER_S)
        machine.wall_ns += step_ns
        clock.now_ns()
    assert abs(clock.now_ns() - START_NS - 2 * HOUR_NS) <= 3 * NS_PER_S
    assert len(clock.leaps_ms()) > 7000
    machine.live(DAY_NS)
    assert clock.now_ns() >= START_NS + 2 * HOUR_NS + DAY_NS - 3 * NS_PER_S


def test_steps_that_are_hours_apart_are_followed(tmp_path: Path) -> None:
    machine = Machine()
    clock = SteadyClock(machine, tmp_path / "clock")
    for _ in range(10):
        machine.live(HOUR_NS)
        machine.wall_ns += NS_PER_S * 4 // 5
        clock.now_ns()
    assert clock.now_ns() == machine.wall_ns
    assert clock.leaps_ms() == []


@given(st.lists(st.tuples(st.integers(0, DAY_NS), st.integers(-DAY_NS, DAY_NS)), max_size=30))
def test_time_never_goes_back_and_what_passed_has_passed(acts: list[tuple[int, int]]) -> None:
    wall_ns, boot_ns = START_NS, 0
    believed = BelievedTime(wall_ns=wall_ns, boottime_ns=boot_ns)
    last_ns = START_NS
    for passed_ns, step_ns in acts:
        wall_ns, boot_ns = wall_ns + passed_ns + step_ns, boot_ns + passed_ns
        now_ns = believed.now_ns(wall_ns=wall_ns, boottime_ns=boot_ns)
        assert now_ns >= last_ns
        within_ns = NS_PER_S * (1 + boot_ns // HOUR_NS)
        assert abs(now_ns - START_NS - boot_ns) <= within_ns, "a second an hour at most"
        last_ns = now_ns
