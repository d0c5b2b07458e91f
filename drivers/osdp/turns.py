"""Whose turn it is on an RS-485 line, and how long an answer may take (SIA OSDP 2.2, 5.7).

One question is on the line at a time. Whoever has an output to switch comes first, and whoever is amid its handshake,
else sixteen readers at 9600 baud would keep one that returns waiting for seconds; then whoever waited longest since its
last turn. A reader that is dead, restarts or refuses everything costs its neighbours one wait for an answer now and
then, and never their turn.

Belongs here: order and time, which is an argument (`now_s`). Does not belong here: descriptors (bus_process.py), or
what is asked (session.py).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from drivers.osdp.frames import LONGEST_BYTES, FrameReader
from drivers.osdp.session import PdSession

ANSWER_S: Final = 0.2
"""The standard's limit for a reply (5.7)."""
GAP_S: Final = 0.05
"""No frame has such a pause within it: the standard allows 20 ms, a busy machine's scheduler takes its share."""
_BITS_PER_BYTE: Final = 10


class Turns:
    """The sessions of one line at `baud` bits per second. `write` puts a frame on the line."""

    def __init__(self, sessions: Sequence[PdSession], baud: int, write: Callable[[bytes], None]) -> None:
        self._sessions = {session.address: session for session in sessions}
        self._reader = FrameReader(self._sessions)
        self._byte_s = _BITS_PER_BYTE / baud
        self._write = write
        self._last_turn = dict.fromkeys(self._sessions, 0)
        self._turns = 0
        self._asked: PdSession | None = None
        self._until_s = 0.0
        self._heard_s = 0.0

    @property
    def counts(self) -> Counter[str]:
        """What arrived and was no frame, by kind."""
        return self._reader.refused

    def heard(self, piece: bytes, now_s: float) -> None:
        """Take what arrived on the line."""
        self._heard_s = now_s
        self._deliver(self._reader.feed(piece), now_s)

    def advance(self, now_s: float) -> float:
        """Do what is due, and return when to come back unless something arrives."""
        if self._reader.is_within_frame and now_s - self._heard_s >= GAP_S:
            self._deliver(self._reader.settle(), now_s)
        asked = self._asked
        if asked is not None:
            if now_s < self._look_again_s(now_s):
                return self._look_again_s(now_s)
            self._asked = None
            asked.unanswered(now_s)
        return self._ask_next(now_s)

    def _look_again_s(self, now_s: float) -> float:
        """When the present question has had its time: while a frame arrives that is not before it is complete."""
        if not self._reader.is_within_frame:
            return self._until_s
        gap_s = self._heard_s + GAP_S
        hard_s = self._until_s + LONGEST_BYTES * self._byte_s + GAP_S
        return gap_s if now_s < self._until_s else min(gap_s, hard_s)

    def _ask_next(self, now_s: float) -> float:
        due = [session for session in self._sessions.values() if session.due_s() <= now_s]
        due.sort(key=lambda session: (not session.is_urgent, self._last_turn[session.address]))
        for session in due:
            self._turns += 1
            self._last_turn[session.address] = self._turns
            frame = session.question(now_s)
            if frame:
                self._reader.settle()  # what came before the question is no answer to it
                self._write(frame)
                self._asked = session
                self._until_s = now_s + ANSWER_S + len(frame) * self._byte_s
                return self._until_s
        return min(session.due_s() for session in self._sessions.values())

    def _deliver(self, frames: list[bytes], now_s: float) -> None:
        for frame in frames:
            session = self._sessions[frame[1] & 0x7F]
            if session.take(frame, now_s) and session is self._asked:
                self._asked = None
