"""A day in minutes: an event loop whose time runs quicker while nothing happens, and a clock that goes by it.

All that waits by the loop (drivers, gates, simulated vehicles) keeps its own seconds; only waiting is shortened.
Computing takes next to no time, so a busy machine can not make a board seem lost; and while a thread works for
somebody, time runs as outside. Belongs here: that time. Does not belong here: what happens in it (vehicle_day.py).
"""

import asyncio
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar, TypeVarTuple

from contract.clock import NS_PER_S

_TURN_S: Final = 1e-6
"""Each turn of the loop takes so long: who waits for a moment that is a rounding error away would wait for ever."""
_SHORTEST_S: Final = 0.001
_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")


class _Selector(selectors.EpollSelector):
    """Waits for files as the machine's own selector does, by `rate` shorter. `now_s`: what was waited for so far.

    A machine waits for whole milliseconds: shorter waits are owed until together they are one.
    """

    now_s = 0.0
    rate = 1.0
    _owed_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        wait_s = None if timeout is None else self._owed_s + timeout / self.rate if timeout > 0 else 0.0
        began_s = time.monotonic()
        ready = super().select(0.0 if wait_s is not None and wait_s < _SHORTEST_S else wait_s)
        waited_s = time.monotonic() - began_s
        if timeout is None or (ready and timeout > 0):
            self.now_s += waited_s * self.rate if timeout is None else min(waited_s * self.rate, timeout)
        elif timeout > 0:
            self.now_s += timeout
            self._owed_s = max(0.0, (wait_s or 0.0) - waited_s)
        self.now_s += _TURN_S
        return ready


class QuickLoop(asyncio.SelectorEventLoop):
    """Its time begins at 0. `rate`: how many of its seconds pass in one of ours while it waits."""

    def __init__(self) -> None:
        self._waits = _Selector()
        self._working = 0
        self._rate = 1.0
        super().__init__(self._waits)

    @property
    def rate(self) -> float:
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = rate
        self._set()

    def time(self) -> float:
        return self._waits.now_s

    def run_in_executor(self, executor: Executor | None, func: Callable[[*_Ts], _T], *args: *_Ts) -> asyncio.Future[_T]:
        self._working += 1
        self._set()
        done = super().run_in_executor(executor, func, *args)
        done.add_done_callback(self._done)
        return done

    def _done(self, _: asyncio.Future[_T]) -> None:
        self._working -= 1
        self._set()

    def _set(self) -> None:
        self._waits.rate = 1.0 if self._working else self._rate


class QuickClock:
    """Everybody's clock: it goes with the loop, and leaps where nothing happens. See contract.clock.Clock."""

    def __init__(self, loop: QuickLoop, start_ns: int) -> None:
        self._loop = loop
        self._base_ns = start_ns - self._loop_ns()

    def now_ns(self) -> int:
        return self._base_ns + self._loop_ns()

    def boottime_ns(self) -> int:
        return self.now_ns()

    def leap_to(self, at_ns: int) -> None:
        """Let it be that late at once; not if it is later already."""
        self._base_ns += max(0, at_ns - self.now_ns())

    def _loop_ns(self) -> int:
        return round(self._loop.time() * NS_PER_S)
