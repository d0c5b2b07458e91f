"""Files written whole: a crash leaves the old one or the new one, never half of one.

Belongs here: that one act. Does not belong here: what is written.
"""

import os
import tempfile
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
_FOLDER: Final = 0o700


def make_private_folder(folder: Path) -> None:
    """Make `folder` with mode 0700 where it is missing; parents get the mode that the system gives."""
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)


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
