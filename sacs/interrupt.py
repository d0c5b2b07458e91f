"""What Ctrl-C, SIGTERM and a closed terminal mean to a command that starts other programs and has to stop them.

Belongs here: signals of such a command. Does not belong here: what its orderly end is.
"""

import asyncio
import signal
from typing import Any, Final


class Interrupt:
    """What Ctrl-C and SIGTERM mean: the orderly end of what runs; before that, and a second time, the end at once.

    A terminal that is closed (SIGHUP) means the end at once. Whatever has started is stopped in every case. `stop` is
    set by the first, once `is_running` says that there is something to end in order; else `task` is cancelled.
    """

    def __init__(self, task: "asyncio.Task[Any]") -> None:
        self.stop: Final = asyncio.Event()
        self.is_running = False
        self._task = task
        self._is_ending = False
        loop = asyncio.get_running_loop()
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signal_number, self._come)
        loop.add_signal_handler(signal.SIGHUP, self._end)

    @classmethod
    def of_this_task(cls) -> "Interrupt":
        """Return one for the task that runs."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  asyncio.run made one
        return cls(task)

    def _come(self) -> None:
        if self.is_running and not self.stop.is_set():
            self.stop.set()
        else:
            self._end()

    def _end(self) -> None:
        if not self._is_ending:
            self._is_ending = True
            self._task.cancel()
