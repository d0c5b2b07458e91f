"""Where a bench writes: its world folder, in which only its own last run is ever removed.

    WORLD/bench.json   address and token of the bench that runs here; mode 0600
    WORLD/scenes/      scenes that were saved; kept
    WORLD/states/      states that were saved; kept
    WORLD/state.json   how the bench stands, or stood when it ended; mode 0600
    WORLD/run/         all else, made anew at each start: lines, devices, state, vault, logs

Belongs here: those paths. Does not belong here: what is written there.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from edge.technician import SOCKET

_SOCKET_PATH_LIMIT: Final = 107
"""A path of a Unix socket is no longer (unix(7))."""
_MARK: Final = ".sacs-bench"
PREVIOUS: Final = "previous"
"""The name of the state that the bench before this one left, where this one does not go on from it."""
_PRIVATE: Final = 0o700
_SECRET: Final = 0o600


class NoBenchError(Exception):
    """No bench runs in a world folder, or one does already; the message says what would do."""


class Address(msgspec.Struct, frozen=True):
    """Where a running bench is reached, and the token that it wants."""

    address: str
    token: str
    pid: int


def usual_world() -> Path:
    """Return the world folder of whoever names none (XDG base directories: state)."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "sacs-bench"


@dataclass(frozen=True)
class BenchFolders:
    """The folders of one bench."""

    world: Path

    @property
    def scenes(self) -> Path:
        """Scenes that were saved."""
        return self.world / "scenes"

    @property
    def states(self) -> Path:
        """States that were saved."""
        return self.world / "states"

    @property
    def state_file(self) -> Path:
        """How the bench stands, or stood when it ended."""
        return self.world / "state.json"

    @property
    def run(self) -> Path:
        """What belongs to one run."""
        return self.world / "run"

    @property
    def logs(self) -> Path:
        """Logs of controller and gate."""
        return self.run / "logs"

    @property
    def gate_state(self) -> Path:
        """The gate's own state."""
        return self.run / "state" / "gate"

    @property
    def address_file(self) -> Path:
        """Address and token of the bench that runs here."""
        return self.world / "bench.json"

    def prepare(self) -> None:
        """Make all folders, private; what an earlier run left goes. Raises NoBenchError if a bench runs here, OSError.

        A folder called `run` that no bench has made is not touched.
        """
        if len(os.fsencode(self.gate_state / SOCKET)) > _SOCKET_PATH_LIMIT:
            raise NoBenchError(f"{self.world} is too long a path for the gate's socket: give a shorter --world")
        if (running := self.running()) is not None:
            raise NoBenchError(f"a bench runs here already, at {running.address}: stop it, or give another --world")
        if self.run.exists():
            if not (self.run / _MARK).exists():
                raise NoBenchError(f"{self.run} was not made by a bench: give another --world")
            shutil.rmtree(self.run)
        for folder in (self.world, self.scenes, self.states, self.run, self.logs):
            folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        (self.run / _MARK).touch()

    def set_aside_state(self) -> None:
        """Keep the state that an earlier bench left as the state `previous`, before it is written over."""
        if self.state_file.exists():
            self.state_file.replace(self.states / f"{PREVIOUS}.json")

    def announce(self, address: Address) -> None:
        """Write down where this bench is reached, for its own account alone."""
        new = self.address_file.with_suffix(".new")
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET), "wb") as file:
            file.write(msgspec.json.encode(address))
        new.rename(self.address_file)

    def leave(self) -> None:
        """The bench is over: nobody shall look for it here."""
        self.address_file.unlink(missing_ok=True)

    def running(self) -> Address | None:
        """Return where the bench of this folder is reached, if one runs."""
        try:
            address = msgspec.json.decode(self.address_file.read_bytes(), type=Address)
            os.kill(address.pid, 0)
        except (OSError, msgspec.DecodeError):
            return None
        return address
