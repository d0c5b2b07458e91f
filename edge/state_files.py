"""Small files of the gate's state folder: replaced whole and durably, readable by this gate alone.

Belongs here: writing them. Does not belong here: what is in them (never anything that names a person in clear).
"""

import os
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Replace `path` by a file of `content` and mode 0600: after a crash the old or the new one. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_if_there(path: Path) -> bytes | None:
    """Return the content of `path`, or None if there is no such file. Raises OSError for other faults."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
