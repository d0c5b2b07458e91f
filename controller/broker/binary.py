"""Finding the broker's program on this machine.

Belongs here: where to look, and which versions will do. Does not belong here: running it (process.py).
"""

import enum
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

OLDEST_NATS: Final = (2, 11)
"""Older nats-servers do not know the settings that close the listener of their own protocol."""
OLDEST_MOSQUITTO: Final = (2, 0)
_SYSTEM_FOLDERS: Final = ("/usr/sbin", "/usr/local/sbin", "/sbin")
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_ANSWER_LIMIT_S: Final = 10


class BrokerNotFoundError(Exception):
    """No usable broker on this machine; the message says what was looked for and what would do."""


class BrokerKind(enum.StrEnum):
    """The brokers that this program can configure; the value is the name of the program."""

    NATS = "nats-server"
    MOSQUITTO = "mosquitto"


@dataclass(frozen=True, slots=True)
class BrokerBinary:
    """A broker's program file."""

    kind: BrokerKind
    path: Path


def find_broker(choice: str | None = None) -> BrokerBinary:
    """Return the broker to run: `choice`, else the wheel's nats-server, an installed one, or mosquitto, in this order.

    `choice` is "nats-server", "mosquitto", or the path of a program whose name begins with one of these. Asks the
    program for its version (blocking, a few ms). Raises BrokerNotFoundError.
    """
    if choice is None:
        kinds: tuple[BrokerKind, ...] = (BrokerKind.NATS, BrokerKind.MOSQUITTO)
    elif choice in tuple(BrokerKind):
        kinds = (BrokerKind(choice),)
    else:
        return _chosen(Path(choice))
    reasons: list[str] = []
    for kind in kinds:
        for path in _candidates(kind):
            reason = _unusable(kind, path)
            if reason is None:
                return BrokerBinary(kind, path)
            reasons.append(reason)
    found = "; ".join(reasons) or f"no {' or '.join(kinds)} found"
    raise BrokerNotFoundError(f"{found}: install the extra `controller`, or Debian's mosquitto")


def _chosen(path: Path) -> BrokerBinary:
    for kind in BrokerKind:
        if path.name.startswith(kind):
            reason = _unusable(kind, path)
            if reason is not None:
                raise BrokerNotFoundError(reason)
            return BrokerBinary(kind, path.absolute())
    raise BrokerNotFoundError(f"{str(path)!r} is neither {' nor '.join(BrokerKind)}, nor the path of one")


def _candidates(kind: BrokerKind) -> list[Path]:
    """List where the program may lie. A wheel puts it beside the interpreter, which need not be on PATH."""
    beside = Path(sys.executable).parent / kind
    folders = ":".join(_SYSTEM_FOLDERS)  # Debian's mosquitto lies where an ordinary account's PATH does not look
    installed = shutil.which(kind) or shutil.which(kind, path=folders)
    return [path for path in (beside, Path(installed) if installed else None) if path and path.is_file()]


def _unusable(kind: BrokerKind, path: Path) -> str | None:
    """Return why that program will not do, or None."""
    question = "--version" if kind is BrokerKind.NATS else "-h"  # mosquitto tells its version with its help
    try:
        answer = subprocess.run([path, question], capture_output=True, text=True, timeout=_ANSWER_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{path} does not run: {error}"
    found = _VERSION.search(answer.stdout + answer.stderr)
    if found is None:
        return f"{path} does not tell its version"
    oldest = OLDEST_NATS if kind is BrokerKind.NATS else OLDEST_MOSQUITTO
    if (int(found[1]), int(found[2])) < oldest:
        return f"{path} is version {found[0]}, older than {oldest[0]}.{oldest[1]}"
    return None
