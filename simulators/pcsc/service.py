"""A private PC/SC service: the system's pcscd with vpcd readers, in namespaces of its own, beside any other pcscd.

pcscd has one fixed folder, /run/pcscd, and vpcd listens on all addresses. So both run in a mount namespace, where that
folder is ours, and in a network namespace, where nobody else is (launcher.py). That takes root or a system where users
may make namespaces. Real readers that are plugged into the machine are left to the machine's own pcscd.

Clients find it by the environment variable PCSCLITE_CSOCK_NAME, which libpcsclite reads once in a process: one process
can follow one `folder` only, however often the service is started there.

Belongs here: starting, stopping and killing it, and which readers it has. Does not belong here: how a reader and its
card answer (reader.py). Not simulated: a reader that comes or goes while pcscd runs. vpcd's readers are fixed while it
runs, so `unplug` and `plug_in` start pcscd anew; its clients see the service go and come back without the reader.
"""

import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from simulators.pcsc import launcher
from simulators.pcsc.reader import VirtualReader

DRIVER: Final = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
MAX_READERS: Final = 8
"""pcscd has room for 16; vpcd always brings two at a time, of which the second one stays empty here."""
START_PATIENCE_S: Final = 20.0
_STOP_PATIENCE_S: Final = 10.0
_RETRY_S: Final = 0.01
_FIRST_PORT: Final = 35963
_SOCKET_PATH_LIMIT: Final = 107
"""A path of a Unix socket is no longer (unix(7))."""

# Inside the namespaces: an empty /run with our folder in it, and no other drivers, so that no real reader is taken.
_PREPARE: Final = (
    "mount -t tmpfs tmpfs /run && mkdir /run/pcscd && mount --bind {folder} /run/pcscd &&"
    " mount -t tmpfs tmpfs /usr/lib/pcsc/drivers && exec {python} -I {launcher} {control} {config} {pcscd}"
)


class PcscUnavailableError(Exception):
    """There is no PC/SC service to simulate readers with; says what is missing."""


class PrivatePcscd:
    """pcscd with simulated readers. `readers`: by the name that PC/SC knows them by.

    Each reader keeps what lies on it over any stop, kill or start of the service.
    """

    def __init__(self, folder: Path, names: Sequence[str] = ("Simulated reader",)) -> None:
        """`names`: 1 to 8 different names; PC/SC adds ` 00 00` to each. `folder`: its socket and configuration.

        Raises ValueError for other names, and PcscUnavailableError where pcscd or vpcd is not installed.
        """
        if not 1 <= len(names) <= MAX_READERS or len(set(names)) != len(names) or not all(map(_is_name, names)):
            raise ValueError(f"1 to {MAX_READERS} different names of readers, not {list(names)}")
        self._pcscd = _program("pcscd", "pcscd")
        self._unshare = _program("unshare", "util-linux")
        if not DRIVER.exists():
            raise PcscUnavailableError(_MISSING.format(package="vsmartcard-vpcd"))
        self._folder = folder
        self.socket_path = folder / "run" / "pcscd.comm"
        if len(os.fsencode(self.socket_path)) > _SOCKET_PATH_LIMIT:
            raise PcscUnavailableError(f"{folder} is too long a path for a PC/SC service: take a shorter one")
        self._channel: socket.socket | None = None
        self._asking = Lock()
        self._launcher: subprocess.Popen[bytes] | None = None
        self._pid: int | None = None
        self._ports = {name: _FIRST_PORT + 2 * index for index, name in enumerate(names)}
        self._plugged = list(names)
        self.readers: Mapping[str, VirtualReader] = {
            f"{name} 00 00": VirtualReader(f"{name} 00 00", partial(self._connect, port))
            for name, port in self._ports.items()
        }

    @property
    def environment(self) -> dict[str, str]:
        """What a client needs in its environment to find this service and no other."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket_path)}

    @property
    def reader(self) -> VirtualReader:
        """The first reader."""
        return next(iter(self.readers.values()))

    @property
    def pid(self) -> int | None:
        """The process id of pcscd while it runs."""
        return self._pid

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and let go of the readers."""
        self.close()

    def start(self) -> None:
        """Start pcscd and wait until it answers. Raises PcscUnavailableError with its own words if it does not."""
        if self._launcher is not None:
            raise RuntimeError("the PC/SC service runs already")
        config, run, drivers = (self._folder / name for name in ("readers", "run", "drivers"))
        for folder in (config, run, drivers):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        for index, name in enumerate(self._plugged):
            # vpcd keeps its state in the library itself: without a copy each, two readers would be one.
            driver = drivers / f"vpcd-{index}.so"
            shutil.copyfile(DRIVER, driver)
            (config / f"reader-{index}.conf").write_text(_CONF.format(name=name, port=self._ports[name], driver=driver))
        self._launch(config, run)
        deadline = time.monotonic() + START_PATIENCE_S
        while not self._answers():
            if self._launcher_ended() or time.monotonic() > deadline:
                self.kill()
                raise PcscUnavailableError(f"pcscd does not start: {self.complaint()}")
            time.sleep(_RETRY_S)
        for reader in self.readers.values():
            reader.serve()

    def stop(self) -> None:
        """End pcscd in good order, as a service manager does; its socket goes with it."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End pcscd as a crash does (SIGKILL): clients find a socket at which nobody answers."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop, and end the readers too: this service is not started again."""
        self.stop()
        for reader in self.readers.values():
            reader.close()

    def unplug(self, name: str) -> None:
        """Start pcscd anew without the reader of this name. Raises ValueError for one that is not plugged in."""
        short = self._short(name)
        if short not in self._plugged:
            raise ValueError(f"{name} is not plugged in")
        self._plugged.remove(short)
        self._start_anew()

    def plug_in(self, name: str) -> None:
        """Start pcscd anew with the reader of this name. Raises ValueError for one that is plugged in already."""
        short = self._short(name)
        if short in self._plugged:
            raise ValueError(f"{name} is plugged in already")
        self._plugged.append(short)
        self._start_anew()

    def complaint(self) -> str:
        """What pcscd said last, for a person who has to mend it."""
        try:
            words = (self._folder / "pcscd.log").read_text(errors="replace").strip().splitlines()
        except OSError:
            words = []
        return words[-1] if words else "it says nothing"

    def _start_anew(self) -> None:
        self.stop()
        self.start()

    def _short(self, name: str) -> str:
        if name not in self.readers:
            raise ValueError(f"no reader {name!r} here: {', '.join(self.readers)}")
        return name.removesuffix(" 00 00")

    def _launch(self, config: Path, run: Path) -> None:
        self._channel, inner = socket.socketpair()
        self._channel.settimeout(START_PATIENCE_S)
        script = _PREPARE.format(
            folder=run,
            python=sys.executable,
            launcher=launcher.__file__,
            control=inner.fileno(),
            config=config,
            pcscd=self._pcscd,
        )
        namespaces = "-mn" if os.geteuid() == 0 else "-Urmn"
        with inner, (self._folder / "pcscd.log").open("wb") as said:
            self._launcher = subprocess.Popen(
                [self._unshare, namespaces, "/bin/sh", "-c", script],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                pass_fds=(inner.fileno(),),
            )
        word = self._channel.recv(4)
        if len(word) < 4:
            self.kill()
            raise PcscUnavailableError(
                f"this system lets nobody make namespaces for a PC/SC service: {self.complaint()}"
            )
        self._pid = struct.unpack(">I", word)[0]

    def _launcher_ended(self) -> bool:
        return self._launcher is None or self._launcher.poll() is not None

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(self.socket_path))
            except OSError:
                return False
        return True

    def _end(self, how: signal.Signals) -> None:
        for reader in self.readers.values():
            reader.leave()
        if self._launcher is None:
            return
        if self._pid is not None and not self._launcher_ended():
            os.kill(self._pid, how)
        try:
            self._launcher.wait(_STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._launcher.kill()
            self._launcher.wait()
        if self._channel is not None:
            self._channel.close()
        self._launcher = self._channel = self._pid = None

    def _connect(self, port: int) -> socket.socket | None:
        """Return a connection to the driver that listens on `port`, or None while nobody does."""
        with self._asking:
            channel = self._channel
            if channel is None:
                return None
            try:
                channel.sendall(struct.pack(">H", port))
                answer, handles, _, _ = socket.recv_fds(channel, 1, 1)
            except OSError:
                return None
        return socket.socket(fileno=handles[0]) if answer == b"+" and handles else None


_CONF: Final = 'FRIENDLYNAME "{name}"\nDEVICENAME /dev/null:{port:#x}\nLIBPATH {driver}\nCHANNELID {port:#x}\n'


def _is_name(name: str) -> bool:
    return name.isprintable() and name.isascii() and '"' not in name and 0 < len(name) <= 60


_MISSING: Final = "simulated smart cards need Debian's package {package}: install it with apt"


def _program(name: str, package: str) -> str:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]))
    if found is None:
        raise PcscUnavailableError(_MISSING.format(package=package))
    return found
