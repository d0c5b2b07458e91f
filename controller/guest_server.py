"""An HTTP server that is a guest in a program: signals stay the program's own.

Belongs here: that one difference to uvicorn. Does not belong here: what is served.
"""

import contextlib
from collections.abc import Iterator

import uvicorn


class GuestServer(uvicorn.Server):
    """Serves until `should_exit` is set; it takes no signals, for its host has to stop other things first."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave SIGINT and SIGTERM to the program."""
        yield
