"""Finds the messages in bytes that a witness caught, and tells damaged ones apart from noise.

A device drops what is not intact; a witness has to say what was wrong with it. Bytes come in records (a line of a
capture, a piece that a tap heard), usually one message each, but a record may hold several, or a part of one. A message
whose check characters are right is believed wherever it begins; everything else is judged by what comes after it:

- it is cut short where a message that is believed, or a record that is as long as it says, begins before it ends, or
  where one begins after a pause;
- its length is wrong where it does not end with its record or before another message;
- else its check characters are wrong.

Belongs here: where messages begin and end, pure. Does not belong here: what they mean (trace.py).
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from simulators.osdp.frame import (
    HEADER_BYTES,
    MARK,
    SOM,
    declared_length,
    is_intact,
    is_possible_length,
)

PAUSE_NS: Final = 20_000_000
"""No two bytes of a message are further apart (5.7). A hint only: captures may have times that mean nothing."""


class Damage(StrEnum):
    """What is wrong with a message."""

    LENGTH = "length"
    """Its length field is impossible, or not that of the bytes that came."""
    CHECK = "check"
    """Its check characters are not those of its bytes."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message, or what is left of one. `noise_bytes`: how many bytes before it belong to none, but for marks."""

    message: bytes = field(repr=False)
    damage: Damage | None
    noise_bytes: int


class MessageFinder:
    """The messages of one stream of records. `noise_bytes`: all that belonged to no message, so far."""

    def __init__(self) -> None:
        self.noise_bytes = 0
        self._buffer = bytearray()
        self._records: list[int] = []  # where in the buffer each record ends
        self._pauses: list[int] = []  # where in the buffer a record begins after a pause
        self._fed_at_ns = 0
        self._told_noise_bytes = 0
        self._starts_record = True  # whether the buffer does

    def feed(self, data: bytes, at_ns: int) -> list[Found]:
        """Take a record, heard at `at_ns`, and return what it completes."""
        if at_ns - self._fed_at_ns > PAUSE_NS:
            self._pauses.append(len(self._buffer))
        self._fed_at_ns = at_ns
        self._buffer += data
        self._records.append(len(self._buffer))
        return self._all(is_over=False)

    def finish(self) -> list[Found]:
        """Return what is left, now that nothing more will come."""
        return self._all(is_over=True)

    def _all(self, *, is_over: bool) -> list[Found]:
        found = []
        while self._skip_to_start():
            length, damage = self._judge(is_over=is_over)
            if not length:
                break
            starts_record = self._starts_record
            message = self._take(length)
            if len(message) < HEADER_BYTES and not starts_record:
                self.noise_bytes += len(message)  # a byte of noise that looked like a start
                continue
            noise_bytes = self.noise_bytes - self._told_noise_bytes
            self._told_noise_bytes = self.noise_bytes
            found.append(Found(message, damage, noise_bytes))
        return found

    def _judge(self, *, is_over: bool) -> tuple[int, Damage | None]:
        """Return how many bytes the message at the start of the buffer has, and what is wrong with it; 0 to wait."""
        buffer = self._buffer
        has_head = len(buffer) >= HEADER_BYTES
        if has_head and not is_possible_length(buffer):
            start = self._next_start(len(buffer), after_pause=True)
            return self._cut(start or next(e for e in self._records if e >= HEADER_BYTES))
        length = declared_length(buffer) if has_head else 0
        if not has_head or len(buffer) < length:
            start = self._next_start(len(buffer), after_pause=is_over)
            if start is None and not is_over:
                return 0, None
            return self._cut(start or len(buffer))
        if is_intact(bytes(buffer[:length])):
            return length, None
        if (start := self._next_start(length, after_pause=True)) is not None:
            return self._cut(start)
        if length in self._records or buffer[length] in {SOM, MARK}:
            return length, Damage.CHECK
        return self._cut(next(end for end in self._records if end > length))

    def _cut(self, length: int) -> tuple[int, Damage]:
        """Return that a message ends after `length` bytes, wrongly."""
        while length > 1 and self._buffer[length - 1] == MARK:
            length -= 1  # marks belong to what follows
        return length, Damage.LENGTH

    def _next_start(self, limit: int, *, after_pause: bool) -> int | None:
        """Return where the next message begins that may be believed, after the first byte and before `limit`.

        `after_pause`: whether a pause before it is enough, so that it may be incomplete.
        """
        start = self._buffer.find(SOM, 1, limit)
        while start >= 0:
            if (after_pause and self._before_marks(start) in self._pauses) or self._is_believed(start):
                return start
            start = self._buffer.find(SOM, start + 1, limit)
        return None

    def _is_believed(self, start: int) -> bool:
        """Whether a whole message is there, which is intact or is a record by itself."""
        head = self._buffer[start : start + HEADER_BYTES]
        if len(head) < HEADER_BYTES or not is_possible_length(head):
            return False
        end = start + declared_length(head)
        if end > len(self._buffer):
            return False
        if self._begins_record(start) and min(record for record in self._records if record > start) == end:
            return True
        return is_intact(bytes(self._buffer[start:end]))

    def _before_marks(self, place: int) -> int:
        """Return where the mark bytes before `place` begin."""
        while place > 0 and self._buffer[place - 1] == MARK:
            place -= 1
        return place

    def _begins_record(self, place: int) -> bool:
        """Whether only marks stand between the end of a record and `place`."""
        while place > 0 and self._buffer[place - 1] == MARK and place not in self._records:
            place -= 1
        return self._starts_record if place == 0 else place in self._records

    def _skip_to_start(self) -> bool:
        """Drop what comes before the next start of a message. Returns whether there is one."""
        start = self._buffer.find(SOM)
        if start < 0:
            start = len(self._buffer)
        starts_record = self._begins_record(start)
        dropped = self._take(start)
        self._starts_record = starts_record
        self.noise_bytes += len(dropped) - dropped.count(MARK)
        return bool(self._buffer)

    def _take(self, length: int) -> bytes:
        taken = bytes(self._buffer[:length])
        del self._buffer[:length]
        self._starts_record = length in self._records
        self._records = [end - length for end in self._records if end > length]
        self._pauses = [start - length for start in self._pauses if start >= length]
        return taken
