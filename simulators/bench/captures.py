"""What went over each OSDP line, byte for byte, so that it can be saved and looked into with `sacs trace`.

It lives in memory alone, and forgets the oldest: half an hour of a busy bus is kept. What was before that is missing in
a capture, and with it perhaps the handshake without which MACs can not be checked; a line that is unplugged and plugged
in again begins with a new one.

Belongs here: keeping bytes and telling them in the capture format. Does not belong here: words for them (trace.py).
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from simulators.bench.errors import CanNotError
from simulators.line import Direction, TappedPiece
from simulators.osdp.capture import Record, line_of

KEPT_PIECES: Final = 100_000
_SOURCE: Final = "sacs bench"
_IO: Final = {Direction.TO_DEVICES: "output", Direction.TO_DRIVER: "input"}
"""As a control unit sees it."""


class Captures:
    """What was heard on OSDP lines."""

    def __init__(self) -> None:
        self._heard: dict[str, deque[TappedPiece]] = {}

    def of_line(self, name: str) -> Callable[[TappedPiece], None]:
        """Return what takes each piece that is heard on a line."""
        return self._heard.setdefault(name, deque(maxlen=KEPT_PIECES)).append

    def lines(self, name: str | None) -> Iterator[str]:
        """Return the capture of a line, line by line with its end. None: of the only one.

        Raises CanNotError for a line without OSDP, or where there are several to choose from.
        """
        names = ", ".join(self._heard) or "none"
        if name is None:
            if len(self._heard) != 1:
                raise CanNotError(f"a capture is of one line: say which; OSDP lines are: {names}")
            (name,) = self._heard
        if name not in self._heard:
            raise CanNotError(f"no OSDP line {name!r} at this gate; there are: {names}")
        pieces = list(self._heard[name])
        return (line_of(Record(each.at_ns, _IO[each.direction], each.data), _SOURCE) + "\n" for each in pieces)
