"""A program whose clocks a test can set ahead, all at once: as if the machines had slept until later.

Both clocks go together, as after a sleep, so nobody takes it for a clock that was set. Run as
`python -m tests.e2e.later FILE MODULE WORDS`. Belongs here: these clocks. Does not belong here: who sets them when.
"""

import mmap
import runpy
import sys
import time
from pathlib import Path
from typing import Final
from unittest.mock import patch

from contract.clock import NS_PER_S, SystemClock

_BYTES: Final = 8


class Later:
    """A Clock: the machine's, and by so much later as stands in a file that several programs look at."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(_BYTES))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), _BYTES)

    def now_ns(self) -> int:
        """See Clock."""
        return time.time_ns() + self._ahead_ns()

    def boottime_ns(self) -> int:
        """See Clock."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) + self._ahead_ns()

    def sleep(self, seconds: int) -> None:
        """Set the clocks of all who look at this file ahead."""
        self._shared[:] = (self._ahead_ns() + seconds * NS_PER_S).to_bytes(_BYTES, "big")

    def _ahead_ns(self) -> int:
        return int.from_bytes(self._shared[:], "big")


def _run(file: str, module: str) -> None:
    clock = Later(Path(file))
    sys.argv = sys.argv[2:]
    with patch.multiple(SystemClock, now_ns=lambda _: clock.now_ns(), boottime_ns=lambda _: clock.boottime_ns()):
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _run(*sys.argv[1:3])
