"""`sacs bench` as a process of its own, and what a person does with it from outside.

Belongs here: starting, asking, ending. Does not belong here: what must hold (test_*.py).
"""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from sacs.bench.folders import Address

LIMIT_S: Final = 240.0
_LOOK_S: Final = 0.2


class BenchProcess:
    """A bench on a free port, with its world in `folder`. `options`: of `sacs bench`. `end` leaves no process."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.world = folder / "world"
        self._err = (folder / "err").open("wb")
        command = [sys.executable, "-m", "sacs", "bench", "--json", "--port", "0", "--world", str(self.world)]
        command += options
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._err, start_new_session=True
        )
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            self.end()
            raise AssertionError((folder / "err").read_text())
        self.address = msgspec.json.decode(line, type=Address)
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    @property
    def page(self) -> str:
        """What a person opens first."""
        return f"{self.address.address}?token={self.address.token}"

    def ask(self, resource: str, body: object = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Return status and decoded answer of the API; a GET without `body`. `headers`: instead of the token's."""
        own = {"Authorization": f"Bearer {self.address.token}"} if headers is None else dict(headers)
        data = None if body is None else json.dumps(body).encode()
        url = self.address.address + resource
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **own})  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:  # noqa: S310  http, ours
                return answer.status, _decoded(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _decoded(error.read())

    def until_received(self, event: str, since: int) -> list[dict[str, Any]]:
        """Wait until the controller has received such an event after entry `since`; return all entries since then."""
        end_s = time.monotonic() + LIMIT_S
        while True:
            entries: list[dict[str, Any]] = self.ask(f"api/trace?since={since}")[1]
            if any(entry["facts"].get("event") == event for entry in entries if entry["kind"] == "received"):
                return entries
            assert time.monotonic() < end_s, f"the controller received no {event}"
            time.sleep(_LOOK_S)

    def until(self, holds: Callable[[dict[str, Any]], bool], what: str) -> None:
        """Wait until the bench's state is so."""
        end_s = time.monotonic() + LIMIT_S
        while not holds(self.ask("api/state")[1]):
            assert time.monotonic() < end_s, f"not in {LIMIT_S} s: {what}"
            time.sleep(_LOOK_S)

    def begin(self, *words: str) -> "subprocess.Popen[bytes]":
        """Begin `sacs bench ...` for this bench's world."""
        command = [sys.executable, "-m", "sacs", "bench", *words, "--world", str(self.world)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `sacs bench ...` for this bench's world."""
        return run_bench(*words, "--world", str(self.world))

    def end(self) -> int:
        """End it as Ctrl-C does; return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(LIMIT_S)
        finally:
            self.process.kill()
            self.process.wait()
            if self.process.stdout:
                self.process.stdout.close()
            self._err.close()


def run_bench(*words: str) -> subprocess.CompletedProcess[str]:
    """Run `sacs bench ...` and wait for its end."""
    return run_sacs("bench", *words)


def run_sacs(*words: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `sacs ...` and wait for its end."""
    command = [sys.executable, "-m", "sacs", *words]
    own = {**os.environ, **(environment or {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S, env=own)


def _decoded(data: bytes) -> Any:  # noqa: ANN401  any JSON, or a text
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()
