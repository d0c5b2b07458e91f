"""A segment's file while it is written.

Its time of change is no time of the machine's: it is when the last frame was taken that is in it, by the gate's time.
So whoever finds a segment that was cut off knows where frames end, however late they were written.

Belongs here: one descriptor. Does not belong here: rows and names (shelf.py), or what is written
(contract/segments.py).
"""

import errno
import os
import threading
from pathlib import Path


def end_of(path: Path, start_ns: int, end_ns: int | None) -> int:
    """Return when a segment ended: as its row says, or as its file does (ns since 1970-01-01 UTC).

    A file that is gone ended where it began. The other arguments are columns of its row (shelf_table.py).
    """
    if end_ns is not None:
        return end_ns
    try:
        return max(start_ns, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return start_ns


class SegmentFile:
    """One thread writes, another may `sync` meanwhile. Raises OSError if the disk does."""

    def __init__(self, number: int, path: Path, start_ns: int) -> None:
        """Make the file (mode 0600). `start_ns`: when its first frame was taken (ns since 1970-01-01 UTC)."""
        self.number = number
        self.size_bytes = 0
        self.ends_ns = start_ns
        """When the last frame was taken that is written next."""
        self._synced_bytes = 0
        self._closing = threading.Lock()
        self._descriptor: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.utime(self._descriptor, ns=(start_ns, start_ns))

    def write(self, data: bytes) -> None:
        """Write all of `data`, at once; an OSError also when the file is closed."""
        if self._descriptor is None:
            raise OSError(errno.EBADF, "the segment is closed")
        rest = memoryview(data)
        while rest:
            written = os.write(self._descriptor, rest)
            self.size_bytes += written
            rest = rest[written:]
        os.utime(self._descriptor, ns=(self.ends_ns, self.ends_ns))

    def sync(self) -> None:
        """Make durable what was written since the last time; nobody closes the file meanwhile."""
        with self._closing:
            size_bytes = self.size_bytes
            if self._descriptor is not None and size_bytes != self._synced_bytes:
                os.fsync(self._descriptor)
                self._synced_bytes = size_bytes

    def close(self) -> None:
        """Take no more; closing twice does nothing."""
        with self._closing:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)
