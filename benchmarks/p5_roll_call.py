"""P5: the roll call of all present, sorted by name, as the answer that the console gets of the board."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.controller_bench import bench_settings, bench_site
from benchmarks.figure import Figure
from contract.clock import SystemClock
from contract.ids import AccessPointId, AccountId, EdgeId, Epoch
from contract.periods import Kind
from contract.plans import Plan
from controller.composition.assembly import Assembly, assemble
from controller.domain.operation import Reason
from controller.domain.presence.stamp import Stamp
from controller.service.muster.open_board import Filter, OpenBoard
from controller.service.site.reference import NewHolder

_TARGETS_MS: Final = {10_000: 25.0, 100_000: 250.0}
_PAGE: Final = 200
"""Persons of which the console's page asks at a time."""
_REPEATS: Final = 5


def run(short: bool) -> list[Figure]:  # noqa: FBT001  the one choice there is
    """Put people inside, open an operation, and time what its board answers."""
    return [figure for people in list(_TARGETS_MS)[: 1 if short else 2] for figure in asyncio.run(_measure(people))]


async def _measure(people: int) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="sacs-bench-") as folder:
        async with assemble(bench_settings(bench_site(1), Path(folder)), SystemClock(), lambda _: None) as assembly:
            _let_in(assembly, people)
            operation = assembly.truth.operations.open_emergency(Plan.SHELTER, Reason.FIRE, AccountId("bench"))
            board = assembly.muster.boards.of(operation.id)
            first_ms = await _answer_ms(board, _PAGE)
            page_ms = await _best(lambda: _answer_ms(board, _PAGE))
            all_ms = await _best(lambda: _answer_ms(board, people))
            answer = msgspec.json.encode(await board.page(Filter(), None, people))
    names = [person["name"] for person in msgspec.json.decode(answer)["persons"]]
    if len(names) != people or names != sorted(names, key=str.casefold):
        raise AssertionError("the answer lacks somebody, or is not sorted")
    target_ms, beside = _TARGETS_MS[people], (_sort_ms(names), "sorting the names alone")
    what, target = f"roll call of {people:,}, sorted", f"<= {target_ms:g} ms"
    return [
        Figure("P5", f"{what}: the page's answer", page_ms, "ms", target, page_ms <= target_ms, *beside),
        Figure("P5", f"{what}: all in one answer", all_ms, "ms", target, all_ms <= target_ms, *beside),
        Figure("P5", f"{what}: the first answer, names still sealed", first_ms, "ms", "reported", None, *beside),
    ]


def _let_in(assembly: Assembly, people: int) -> None:
    """Register people, and fold that each of them went in."""
    truth = assembly.truth
    # Names in an order that has nothing to do with that of their ids, as in life.
    named = (NewHolder(f"Person {number * 7919 % people:06d}", "staff", []) for number in range(people))
    now_ns = truth.clock.now_ns()
    period_s = truth.site.retention.period_at(Kind.MOVEMENT, now_ns).start_s
    for number, holder in enumerate(assembly.reference.register(named)):
        stamp = Stamp(now_ns - people + number, EdgeId("gate-0"), Epoch(bytes(16)), number + 1)
        truth.movements.presence.granted(stamp, holder, AccessPointId("in-0"), period_s)


async def _answer_ms(board: OpenBoard, limit: int) -> float:
    started = time.perf_counter()
    msgspec.json.encode(await board.page(Filter(), None, limit))
    return (time.perf_counter() - started) * 1000


async def _best(measure: Callable[[], Awaitable[float]]) -> float:
    return min([await measure() for _ in range(_REPEATS)])


def _sort_ms(names: list[str]) -> float:
    shuffled = names[1::2] + names[::2]
    started = time.perf_counter()
    sorted(shuffled, key=str.casefold)
    return (time.perf_counter() - started) * 1000
