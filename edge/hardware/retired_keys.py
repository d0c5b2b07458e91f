"""Keys of readers that were rotated away, remembered so that they stay refused after a restart.

The device file belongs to the technician, and still names the old key until he edits it. What is kept is the SHA-256
of each old key: a key is 128 random bits, so its fingerprint gives nothing away.

Belongs here: one small file of the gate's state folder. Does not belong here: keys that are in force.
"""

import hashlib
from pathlib import Path

import structlog

from edge.hardware.error import HardwareError
from edge.state_files import read_if_there, write_atomically

_logger = structlog.get_logger(__name__)


class RetiredKeys:
    """The fingerprints in `path`, one a line; a file that is not there has none. Raises HardwareError if unreadable."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._fingerprints = set((read_if_there(path) or b"").decode("ascii").split())
        except (OSError, UnicodeDecodeError) as error:
            message = f"{path} can not be read: {error}; without it a key that was rotated away would be good again"
            raise HardwareError(message) from error

    def has(self, key: bytes) -> bool:
        """Whether `key` was rotated away."""
        return _fingerprint(key) in self._fingerprints

    def retire(self, key: bytes) -> None:
        """Remember `key`. If the disk refuses, it is forgotten at the next start: the gate goes on, and says so."""
        self._fingerprints.add(_fingerprint(key))
        try:
            write_atomically(self._path, "".join(f"{text}\n" for text in sorted(self._fingerprints)).encode())
        except OSError as error:
            _logger.warning("retired_key_not_kept", cause=str(error))


def _fingerprint(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()
