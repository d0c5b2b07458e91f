"""`sacs demo` as a process of its own, watched from outside: with folders, home and temporary folder of its own.

Every process that it starts inherits a mark in its environment, by which the test finds all of them, whoever their
parent is by now. Belongs here: starting, finding, ending. Does not belong here: what must hold (test_*.py).
"""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import psutil

from controller.live import Live
from sacs.demo.site import Summary
from sacs.officers.caller import Caller

LIMIT_S: Final = 240.0
_LOOK_S: Final = 0.1
_MARK: Final = "SACS_TEST_MARK"
_ADDRESS: Final = re.compile(r"Open +(http://\S+)")
_OFFICER: Final = re.compile(r"^ +(\S+) +(\S{16})   [a-z-]+$", re.MULTILINE)


class DemoProcess:
    """One run in `folder`. Whatever happens, `end` leaves no process."""

    def __init__(self, folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.mark = uuid.uuid4().hex
        for name in ("home", "temporary", "working"):
            (folder / name).mkdir(parents=True)
        self._out = folder / "out"
        self._err = folder / "err"
        self._technician: Caller | None = None
        own = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "temporary"), _MARK: self.mark}
        own["PYTHONDONTWRITEBYTECODE"] = "1"  # bytecode of a fresh clone is no data, but a file that is written
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sacs", "demo", *options],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=folder / "working",
                env={**os.environ, **own, **(environment or {})},
                start_new_session=True,
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    @property
    def address(self) -> str:
        return _only(_ADDRESS, self.err)

    @property
    def passwords(self) -> dict[str, str]:
        """The passwords of the made-up officers, by sign-in name."""
        found = dict(_OFFICER.findall(self.err))
        assert found, f"no officers in: {self.err}"
        return found

    def officer(self, sign_in_name: str) -> Caller:
        """A new session of one of the made-up officers."""
        return Caller(self.address, sign_in_name, self.passwords[sign_in_name])

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Wait until `holds`, as long as the demo runs."""
        until(lambda: holds() or self.process.poll() is not None, what)
        assert self.process.poll() is None or holds(), f"the demo ended before: {what}\n{self.err}"

    def until_ready(self) -> None:
        """Wait until people come and go."""
        self.until(lambda: "Ctrl-C stops everything" in self.err, "address and officers are printed")

    def live(self) -> Live:
        self._technician = self._technician or self.officer("technician")
        return msgspec.json.decode(self._technician.call("GET", "api/live"), type=Live)

    def processes(self) -> list[psutil.Process]:
        """Return every process of this run that lives, the demo's own included."""
        return [process for process in psutil.process_iter() if _marked(process, self.mark)]

    def finish(self) -> int:
        """Wait for the demo's own end and return its exit code."""
        return self.process.wait(LIMIT_S)

    def summary(self) -> Summary:
        """Return the JSON of the last line of standard output."""
        return msgspec.json.decode(self.out.splitlines()[-1], type=Summary)

    def end(self) -> None:
        """End whatever still runs, in the test's own way."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(LIMIT_S / 2)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for process in self.processes():
            process.kill()


def until(holds: Callable[[], object], what: str) -> None:
    """Wait until `holds`; fail after LIMIT_S."""
    end_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < end_s, f"not in {LIMIT_S} s: {what}"
        time.sleep(_LOOK_S)


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(_MARK) == mark
    except psutil.Error:
        return False


def _only(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    assert found, f"no {pattern.pattern} in: {text}"
    return found[1]
