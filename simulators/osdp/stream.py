"""Finds the messages of a device's line in a stream of bytes that may be split anywhere and full of noise.

Bytes in, whole messages out. A message that never ends must not swallow those after it: whoever feeds says the time,
and a pause inside a message ends it (5.7: a control unit sends a message in one go).

Belongs here: where a message begins and ends. Does not belong here: telling what was wrong with the rest; a witness
does that (trace.py).
"""

from typing import Final

from simulators.osdp.frame import (
    HEADER_BYTES,
    LARGEST_MESSAGE_BYTES,
    SOM,
    declared_length,
    is_intact,
    is_possible_length,
)

PAUSE_ENDS_MESSAGE_S: Final = 0.1
"""No two bytes of one message are this far apart: 20 ms are allowed (5.7), and machines that simulate are slow."""


class MessageStream:
    """The messages in what was fed. `bad`: how many were dropped for their check characters."""

    def __init__(self) -> None:
        self.bad = 0
        self._buffer = bytearray()
        self._fed_at_s = 0.0

    def feed(self, data: bytes, now_s: float) -> list[bytes]:
        """Return each message that `data` completes, from SOM on, with the right check characters."""
        if now_s - self._fed_at_s > PAUSE_ENDS_MESSAGE_S:
            self._buffer.clear()
        self._fed_at_s = now_s
        self._buffer += data
        messages = []
        while (message := self._next()) is not None:
            if message:
                messages.append(message)
        return messages

    def _next(self) -> bytes | None:
        """Return the next message; nothing where bytes were dropped instead; None if more is needed."""
        start = self._buffer.find(SOM)
        if start < 0:
            self._buffer.clear()
            return None
        del self._buffer[:start]
        if len(self._buffer) < HEADER_BYTES:
            return None
        if not is_possible_length(self._buffer):
            del self._buffer[0]
            return b""
        length = declared_length(self._buffer)
        if len(self._buffer) < length <= LARGEST_MESSAGE_BYTES:
            return None
        message = bytes(self._buffer[:length])
        if not is_intact(message):
            self.bad += 1
            del self._buffer[0]  # a true message may begin inside of what only looked like one
            return b""
        del self._buffer[:length]
        return message
