"""Whole OSDP replies out of the bytes of a line (SIA OSDP 2.2, 5.9 and annex C).

What arrives on an RS-485 line is replies with noise between and within them, echoes of what the panel sent, and halves
that a plug was pulled on. libosdp gives a device up for 300 s as soon as one frame has a wrong CRC; so it is handed
whole replies only, and whoever asks the question decides when to repeat it (turns.py).

Belongs here: where a frame begins and ends, and whether it arrived as it was sent. Does not belong here: whether it is
an answer (guard.py).
"""

import binascii
from collections import Counter
from collections.abc import Iterable
from typing import Final

SOM: Final = 0x53
"""Start of message (5.9)."""
MARK: Final = 0xFF
"""May stand before a frame, and is no part of it."""
IS_REPLY: Final = 0x80
"""Set in the address byte of whatever a device sends."""
SEQUENCE: Final = 0x03
HAS_CRC: Final = 0x04
HAS_BLOCK: Final = 0x08
HEAD_BYTES: Final = 5
SHORTEST_BYTES: Final = HEAD_BYTES + 3
"""Head, one byte of reply, CRC."""
LONGEST_BYTES: Final = 256
"""libosdp's buffer; what a reader has to say is shorter."""
_CRC_BYTES: Final = 2
_CRC_START: Final = 0x1D0F


def crc(message: bytes) -> bytes:
    """Return the CRC-16 of annex C: polynomial 0x1021, initial value 0x1D0F, least significant byte first."""
    return binascii.crc_hqx(message, _CRC_START).to_bytes(_CRC_BYTES, "little")


def body_of(frame: bytes) -> tuple[bytes, bytes]:
    """Return the security block of a whole frame (empty if it has none), and what follows it up to the CRC."""
    length = frame[HEAD_BYTES] if frame[4] & HAS_BLOCK else 0
    return frame[HEAD_BYTES : HEAD_BYTES + length], frame[HEAD_BYTES + length : -_CRC_BYTES]


class FrameReader:
    """Takes the bytes of one line. `addresses`: whose replies to look for. `refused` counts what was no frame.

    A start that turns out to be none costs that one byte: what follows is looked at again, so that noise before or
    within a frame never takes the next one along.
    """

    def __init__(self, addresses: Iterable[int]) -> None:
        self.refused: Counter[str] = Counter()
        self._first_bytes = frozenset(address | IS_REPLY for address in addresses)
        self._buffer = bytearray()

    @property
    def is_within_frame(self) -> bool:
        """Whether what arrived last may be the beginning of a frame."""
        return bool(self._buffer)

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the frames that `piece` completes, without mark bytes."""
        self._buffer += piece
        return self._scan()

    def settle(self) -> list[bytes]:
        """The line fell silent: what looks like a beginning is none. Return the frames that it hid."""
        frames: list[bytes] = []
        while self._buffer:
            self.refused["cut-short"] += 1
            del self._buffer[0]
            frames += self._scan()
        return frames

    def _scan(self) -> list[bytes]:
        buffer, frames, at = self._buffer, [], 0
        while True:
            start = buffer.find(SOM, at)
            if start < 0:
                self._count_noise(buffer[at:])
                at = len(buffer)
                break
            self._count_noise(buffer[at:start])
            at = start
            length = self._length_at(start)
            if length == 0 or start + length > len(buffer):
                break
            if length > 0:
                frame = bytes(buffer[start : start + length])
                if frame[-_CRC_BYTES:] == crc(frame[:-_CRC_BYTES]):
                    frames.append(frame)
                    at = start + length
                    continue
                self.refused["bad-crc"] += 1
            at = start + 1
        del buffer[:at]
        return frames

    def _length_at(self, start: int) -> int:
        """Length of the frame that may begin at `start`; 0 if too little is there to say, -1 if none begins there."""
        head = self._buffer[start : start + HEAD_BYTES]
        if len(head) > 1 and head[1] not in self._first_bytes:
            self.refused["not-a-reply"] += 1
            return -1
        if len(head) < HEAD_BYTES:
            return 0
        length = head[2] | head[3] << 8
        if not SHORTEST_BYTES <= length <= LONGEST_BYTES:
            self.refused["bad-length"] += 1
            return -1
        if not head[4] & HAS_CRC:
            self.refused["no-crc"] += 1  # figures.md: CRC only; a checksum misses every second error of two bits
            return -1
        return length

    def _count_noise(self, skipped: bytes | bytearray) -> None:
        noise = len(skipped) - skipped.count(MARK)
        if noise:
            self.refused["noise-bytes"] += noise
