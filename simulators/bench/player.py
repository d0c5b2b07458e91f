"""Plays a scene: does its acts in time, waits for what it expects, and says how it went.

Belongs here: order, time and verdict. Does not belong here: how an act is done (doing.py), or the file (scene.py).
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from simulators.bench.acts import AnyAct, BadActError, Expect, Reset, Wait, as_data
from simulators.bench.errors import CanNotError
from simulators.bench.expecting import happened, stands, words_of
from simulators.bench.journal import Journal, Source
from simulators.bench.scene import BenchScene
from simulators.bench.state import BenchState

_LOOK_S: Final = 0.05
"""How often a portal or light is looked at; a grant shows for seconds."""


class Doer(Protocol):
    """The bench, as far as a scene needs it."""

    journal: Journal

    async def do(self, act: AnyAct) -> None:
        """Do one act. Raises BadActError or CanNotError."""
        ...

    def state(self) -> BenchState:
        """Return how everything stands."""
        ...


class Progress(msgspec.Struct, frozen=True):
    """One step of a scene that has been done. `is_fulfilled`: False for the expectation that failed."""

    step: int
    steps: int
    act: dict[str, object]
    is_fulfilled: bool
    took_s: float


class Verdict(msgspec.Struct, frozen=True):
    """How a scene went. `cause`: why it did not pass, in words."""

    scene: str
    passed: bool
    steps_done: int
    steps: int
    took_s: float
    cause: str = ""


async def play(name: str, scene: BenchScene, bench: Doer, tell: Callable[[Progress], None]) -> Verdict:
    """Bring everything to rest, set up the start, do every step, and bring everything to rest again.

    `check_needs` has passed. `tell` hears of each step. Whatever can not be done ends the scene as not passed.
    """
    began_s = _now_s()
    steps = len(scene.steps)
    done = 0
    cause = place = ""
    bench.journal.add(Source.SCENE, "begins", name, scene.title)
    try:
        for act in (Reset(), *scene.start.acts()):
            await bench.do(act)
        since = bench.journal.last_number
        acted_s = _now_s()
        for number, step in enumerate(scene.steps, 1):
            place = f"step {number}: "
            step_s = _now_s()
            await asyncio.sleep(acted_s + step.after_s - step_s)
            if isinstance(step.act, Expect):
                is_fulfilled = await _fulfilled(step.act, bench, since)
            else:
                acted_s = _now_s()
                if not isinstance(step.act, Wait):
                    since = bench.journal.last_number
                await bench.do(step.act)
                is_fulfilled = True
            tell(Progress(number, steps, as_data(step.act), is_fulfilled, round(_now_s() - step_s, 2)))
            if not is_fulfilled and isinstance(step.act, Expect):
                cause = f"{place}expected {words_of(step.act)}"
                break
            done = number
        place = "at the end: "
        await bench.do(Reset())
    except (BadActError, CanNotError) as error:
        cause = cause or f"{place}{error}"
    verdict = Verdict(name, not cause, done, steps, round(_now_s() - began_s, 1), cause)
    bench.journal.add(Source.SCENE, "passed" if verdict.passed else "failed", name, cause)
    return verdict


def check_needs(scene: BenchScene, state: BenchState) -> None:
    """Raise CanNotError for a scene that needs hardware which the gate at the bench does not have."""
    there = {each.id for group in (state.readers, state.portals, state.boards) for each in group}
    if missing := [name for name in scene.needs if name not in there]:
        raise CanNotError(f"the scene needs {', '.join(missing)}, which the gate at this bench does not have")


async def _fulfilled(expect: Expect, bench: Doer, since: int) -> bool:
    """Wait for what is expected; return whether it came as expected."""
    end_s = _now_s() + expect.within_s
    while True:
        if expect.shows is not None:
            is_there = stands(expect, bench.state())
        else:
            is_there = any(happened(expect, entry) for entry in bench.journal.since(since))
        left_s = end_s - _now_s()
        if is_there or left_s <= 0:
            return is_there is not expect.never
        if expect.shows is not None:
            await asyncio.sleep(min(_LOOK_S, left_s))
        else:
            await bench.journal.wait(left_s)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
