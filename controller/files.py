"""Files written whole: a crash leaves the old one or the new one, never half of one; and folders of one program alone.

Belongs here: these acts. Does not belong here: what is written.
"""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
_FOLDER: Final = 0o700


def make_private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700 where it is missing; parents get the mode that the system gives."""
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)


class FolderInUseError(OSError):
    """Another program works on that folder; the message names it."""


@contextmanager
def only_user_of(folder: Path) -> Iterator[None]:
    """Keep other programs that ask the same off `folder`; a program that dies lets go of it.

    Two programs on one vault would write back keys that the other one destroyed. Raises FolderInUseError, OSError.
    """
    make_private_folder(folder)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(f"{folder} is in use by another program: stop that one first") from None
        yield
    finally:
        os.close(descriptor)


def write_atomically(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Write `data` to a new file of `mode` beside `path`, then rename it there; both are durable on return."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Make renames and removals in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """Yield another path of `path`, for this process and as long as the context lasts, that is short.

    A Unix socket's address has room for 107 bytes (unix(7)), and a folder may lie deeper than that. Raises OSError.
    """
    descriptor = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)


def shred(path: Path) -> None:
    """Overwrite a small secret file, then remove it, durably; a flash disk may keep the old blocks all the same."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    fsync_folder(path.parent)
