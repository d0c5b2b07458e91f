"""One run of the demo as an auditor watches it, kept on disk so that all tests look at the same one.

Folders in the run's folder: `state`, `vault`, `world` as the demo leaves them, and `before/state`, `before/vault`:
copies taken early, while it ran, when `law.json` and `law.pdf` were asked for. Belongs here: what is noted while it
runs. Does not belong here: what must hold.
"""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import psutil

from contract.site import Site, parse_devices, parse_site
from sacs.demo.site import Summary
from tests.e2e.demo_process import LIMIT_S, DemoProcess

_LOOK_S: Final = 1.0
_NOTES: Final = "notes.json"


class ProcessNotes(msgspec.Struct):
    """What any process of the same user can see of one program."""

    command: str
    environment: str
    core_limit_bytes: int
    written: set[str]
    """Paths that it had open for writing at some moment, and what it mapped from shared memory."""


class Notes(msgspec.Struct):
    """What was seen while it ran, and how it ended."""

    exit_code: int
    out: str
    err: str
    passwords: list[str]
    processes: dict[str, ProcessNotes]
    oldest_readable_s: float
    """The highest value of the gauge that was seen."""
    site_file: str


@dataclass(frozen=True)
class ObservedRun:
    """The run's folder and what was noted."""

    folder: Path
    notes: Notes

    @property
    def site(self) -> Site:
        return parse_site(self.notes.site_file)

    @property
    def summary(self) -> Summary:
        return msgspec.json.decode(self.notes.out.splitlines()[-1], type=Summary)

    @property
    def plants(self) -> list[str]:
        return (self.folder / "world" / "plants.txt").read_text().splitlines()

    @property
    def secrets(self) -> list[str]:
        """The officers' passwords, the readers' keys, and the cameras' logins."""
        devices = [parse_devices(path.read_text()) for path in (self.folder / "world" / "gates").glob("*.json")]
        keys = [key for gate in devices for key in gate.scbk.values()]
        logins = [address.split("//")[1].split("@")[0] for gate in devices for address in gate.cameras.values()]
        assert keys
        assert logins
        passwords = [login.split(":")[1] for login in logins]
        return [*self.notes.passwords, *keys, *logins, *passwords]


def read(folder: Path) -> ObservedRun | None:
    """Return the run that was made in `folder`, if one was."""
    notes = folder / _NOTES
    return ObservedRun(folder, msgspec.json.decode(notes.read_bytes(), type=Notes)) if notes.exists() else None


def observe(folder: Path, site_file: str, *, run_s: int, copy_after_s: int) -> None:
    """Make a run of `run_s` seconds in `folder`, and take the copies after so many."""
    folder.mkdir()
    (folder / "site.toml").write_text(site_file)
    demo = DemoProcess(
        folder,
        *("--headless", "--json", "--for", str(run_s), "--port", "0"),
        *(word for name in ("state", "vault", "world") for word in (f"--{name}", str(folder / name))),
        *("--site", str(folder / "site.toml")),
    )
    try:
        demo.until_ready()
        started_s = time.monotonic()
        processes: dict[str, ProcessNotes] = {}
        oldest_s, officers = 0.0, list(demo.passwords.values())
        while "Ending" not in demo.err and demo.process.poll() is None:
            _note(demo, processes)
            oldest_s = max(oldest_s, demo.live().oldest_readable_s)
            if time.monotonic() - started_s >= copy_after_s and not (folder / "before").exists():
                # The vault first: it has the keys of hours to come, and one that dies between the two copies is there.
                shutil.copytree(folder / "vault", folder / "before" / "vault")
                copy_living(folder / "state", folder / "before" / "state")
                _ask_for_the_law(demo, folder)
            time.sleep(_LOOK_S)
        code = demo.finish()
        notes = Notes(code, demo.out, demo.err, officers, processes, oldest_s, site_file)
    finally:
        demo.end()
    (folder / _NOTES).write_bytes(msgspec.json.encode(notes))


def _ask_for_the_law(demo: DemoProcess, folder: Path) -> None:
    """Have `sacs law` print its report, as data and on paper, to `law.json` and `law.pdf`."""
    (folder / "auditor").write_text(demo.passwords["auditor"])
    told = subprocess.run(
        [
            *(sys.executable, "-m", "sacs", "law", "--json", "--address", demo.address, "--name", "auditor"),
            *("--password-file", str(folder / "auditor"), "--pdf", str(folder / "law.pdf")),
        ],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    (folder / "law.json").write_text(told.stdout or told.stderr)


def copy_living(source: Path, target: Path) -> None:
    """Copy a folder that is being written to; what vanishes meanwhile is left out, and so are sockets."""
    for folder, _, files in os.walk(source):
        copied = target / Path(folder).relative_to(source)
        copied.mkdir(parents=True, exist_ok=True)
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISREG(Path(folder, name).stat().st_mode):
                    shutil.copy2(Path(folder, name), copied / name)


def _note(demo: DemoProcess, notes: dict[str, ProcessNotes]) -> None:
    for process in demo.processes():
        try:
            noted = notes.setdefault(
                str(process.pid),
                ProcessNotes(
                    " ".join(process.cmdline()),
                    " ".join(f"{name}={value}" for name, value in process.environ().items()),
                    process.rlimit(psutil.RLIMIT_CORE)[0],
                    set(),
                ),
            )
            noted.written |= _written(process.pid)
        except (psutil.Error, OSError):  # it ended meanwhile
            continue


def _written(pid: int) -> set[str]:
    """Return the files that a process has open for writing now."""
    found = {
        line.split(maxsplit=5)[5].strip()
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines()
        if "/dev/shm/" in line
    }
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            flags = Path(f"/proc/{pid}/fdinfo/{descriptor.name}").read_text().split("flags:")[1].split()[0]
            if int(flags, 8) & os.O_ACCMODE != os.O_RDONLY and not stat.S_ISSOCK(descriptor.stat().st_mode):
                found.add(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return found
