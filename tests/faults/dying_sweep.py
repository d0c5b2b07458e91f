"""A controller's memory in processes that kill themselves at a step: `python -m tests.faults.dying_sweep FOLDER`.

Below FOLDER it leaves one folder for each step, as the process that died there left it, and `whole`, where nobody died.
The clock stands where a key has to die. It says the names of the steps, one a line.
"""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from contract.clock import ManualClock
from contract.events import AnyEvent
from contract.periods import Period
from controller.ledger import Ledger
from controller.store.records import RecordStore
from controller.vault import FileVault
from tests.unit.controller.kept import START_S, Kept, taken, went
from tests.unit.controller.sources import at_ns

WHOLE = "whole"
SWEEP: dict[str, tuple[type, str]] = {
    "forget": (RecordStore, "apply"),
    "key": (FileVault, "destroy"),
    "note": (RecordStore, "key_gone"),
    "rows": (RecordStore, "drop_periods"),
    "known": (RecordStore, "drop_known"),
    "figures": (RecordStore, "drop_figures"),
    "log": (RecordStore, "clean"),
    "receipt": (Ledger, "append"),
    "done": (RecordStore, "closed"),
}
"""The steps of the sweep (controller/service/records/retention.py), and the calls that they are."""
VAULT_CALLS: list[tuple[object, str]] = [(os, "open"), (os, "fsync"), (os, "link"), (Path, "replace"), (Path, "unlink")]
"""Everything that a change of the vault asks of the file system."""


def death() -> ManualClock:
    """The moment at which the first two periods' keys are due."""
    return ManualClock(at_ns(START_S + 350))


async def fill(folder: Path) -> None:
    """Ann comes and stays, Bob comes and goes."""
    kept = await Kept(folder).begin()
    kept.at(130)
    events: dict[int, AnyEvent] = {
        1: went("in", "ann", 1),
        2: taken("in", 1, 2),
        3: went("in", "bob", 61),
        4: went("out", "bob", 125),
    }
    await kept.take(kept.source(), events)
    kept.close()


def sweep(folder: Path) -> None:
    """Do what is due, as a program that starts does."""
    kept = Kept(folder, clock=death())
    asyncio.run(kept.sweep.run())
    kept.close()


def die() -> None:
    """End here and now."""
    os.kill(os.getpid(), signal.SIGKILL)


def dying(part: object, name: str, *, after: bool, at: Callable[[], bool] = lambda: True) -> None:
    """Let the call `part.name` be this process's last, at the time that `at` says."""
    call = getattr(part, name)

    def last(*arguments: object, **named: object) -> object:
        is_last = at()
        if is_last and not after:
            die()
        result = call(*arguments, **named)
        if is_last:
            die()
        return result

    setattr(part, name, last)


def die_at(step: str) -> None:
    """Arrange for the death that `step` names."""
    what, _, when = step.partition(" ")
    if what in SWEEP:
        dying(*SWEEP[what], after=when == "after")
        return
    number, seen = int(what), [0]
    destroy = FileVault.destroy

    def count() -> bool:
        seen[0] += 1
        return seen[0] == number

    def armed(vault: FileVault, periods: Iterable[Period]) -> None:
        for part, name in VAULT_CALLS:
            dying(part, name, after=when == "after", at=count)
        destroy(vault, periods)

    setattr(FileVault, SWEEP["key"][1], armed)


def steps() -> Iterator[str]:
    """Name every step of the sweep, then call after call of a change of the vault."""
    for what in SWEEP:
        yield from (f"{what} before", f"{what} after")
    number = 0
    while True:
        number += 1
        yield from (f"{number} before", f"{number} after")


def run(folder: Path) -> None:
    """Let a process die at each step, until a change of the vault has no further one."""
    asyncio.run(fill(folder / WHOLE))
    for step in steps():
        shutil.copytree(folder / WHOLE, folder / step)
        child = os.fork()
        if child == 0:
            die_at(step)
            sweep(folder / step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            if os.WEXITSTATUS(status) or step.split()[0] in SWEEP:
                sys.exit(f"nobody died at {step}")
            shutil.rmtree(folder / step)
            break
        print(step, flush=True)
    sweep(folder / WHOLE)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
