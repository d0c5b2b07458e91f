"""Saves the trace of a running bench: as a capture of an OSDP line, or in words.

Belongs here: which of both, and the file. Does not belong here: what stands in it (simulators/bench).
"""

import os
from pathlib import Path
from typing import Final

from sacs.bench.client import BenchClient

CAPTURE: Final = ".osdpcap"
_SECRET: Final = 0o600


def save_trace(client: BenchClient, path: Path, line: str | None) -> None:
    """Write what the bench kept: a name that ends in `.osdpcap` is for the frames of a line, any other for words.

    `line`: of this one alone. The file is its owner's alone, and whole or not there. Raises Refused, OSError.
    """
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET), "wb") as file:
            file.writelines(client.capture(line) if path.suffix == CAPTURE else client.journal(line))
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
