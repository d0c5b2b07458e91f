"""How far a replay has come, on standard error: a bar on a terminal, a line now and then elsewhere.

Belongs here: showing it. Does not belong here: the result, which goes to standard output.
"""

import time
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from contract.clock import to_datetime

_SHOWN_EVERY_S: Final = 0.2
_TOLD_EVERY_S: Final = 10.0


class Progress:
    """Use as `with`. `rows`: how many there are to be played."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._console = Console(stderr=True, highlight=False)
        self._is_terminal = self._console.is_terminal
        self._every_s = _SHOWN_EVERY_S if self._is_terminal else _TOLD_EVERY_S
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            TimeRemainingColumn(),
            console=self._console,
            auto_refresh=False,
            disable=not self._is_terminal,
        )
        self._task = self._bar.add_task("Reading", total=rows, pace="")
        self._began_s = self._shown_s = time.monotonic()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def say(self, text: str) -> None:
        """Tell what is being done now."""
        self._began_s = self._shown_s = time.monotonic()
        self._bar.update(self._task, description=text, refresh=True)
        if not self._is_terminal:
            self._console.print(text)

    def at(self, rows: int, at_ns: int) -> None:
        """Tell how many rows are played, and the log's time in ns since 1970-01-01 UTC."""
        now_s = time.monotonic()
        if now_s - self._shown_s < self._every_s:
            return
        self._shown_s = now_s
        when = to_datetime(at_ns).strftime("%Y-%m-%d %H:%M")
        pace = f"{when}, {rows / max(0.001, now_s - self._began_s):,.0f} events/s"
        self._bar.update(self._task, completed=rows, pace=pace, refresh=True)
        if not self._is_terminal:
            self._console.print(f"{rows:,} of {self._rows:,} rows, {pace}")
