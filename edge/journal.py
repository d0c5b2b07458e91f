"""The gate's journal: every event gets its stamp and number at once, is sealed, and goes to the ring.

What has no key yet is held in memory, in order, bounded and counted; never in clear on disk. When keys come that begin
after an event's own period, that event can be sealed to nobody without living too long (L4): its number is filled with
a GateRestarted that says since when something is missing.

A stamp of a clock that is not confirmed (domain/gate_clock.py) is provisional: such events are held in the same way,
and the first signed time gives everything that is held the stamps that it should have had.

Belongs here: numbering and order. Does not belong here: what is worth an event (gate.py), or how it reaches anybody.
"""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Final

import msgspec
import structlog

from contract.clock import NS_PER_S
from contract.events import AnyEvent, ClockDoubted, GateRestarted, PassageSnapshot, encode_event
from contract.ids import CameraId, ControllerId
from contract.messages import BYTES_PER_MESSAGE
from edge.gate_time import GateTime
from edge.period_keys import PeriodKeyStore
from edge.ring import Ring
from edge.ring_file import RecordKind, SealedRecord
from edge.sealer import NoPeriodKeyError, Sealer

MOST_HELD: Final = 20_000
"""Most events that wait in memory for a key or for the disk; what comes on top is lost and counted."""
MOST_JPEG_BYTES: Final = BYTES_PER_MESSAGE * 3 // 4

_AHEAD_NS: Final = 300 * NS_PER_S
"""By how much a clock that waited to be confirmed must have been ahead to be told."""
_NS_PER_MS: Final = 1_000_000

_logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Held:
    number: int
    event: AnyEvent
    boottime_ns: int


class Journal:
    """The journal of one run. Belongs to the event loop; nothing here waits for a disk but `watermark` and `flush`.

    `counters` has `events-held` (waiting for a key now), `events-lost` (no room in memory), `events-unsealable` (their
    period's key can not come any more), `snapshots-dropped`, and `clock-ahead` while the clock waits to be confirmed.
    """

    def __init__(self, time: GateTime, sealer: Sealer, keys: PeriodKeyStore, ring: Ring) -> None:
        self._time = time
        self._sealer = sealer
        self._keys = keys
        self._ring = ring
        self._next_number = 1
        self._held: deque[_Held] = deque()
        self._in_ring: deque[tuple[int, int]] = deque()  # number and stamp of what is not durable yet
        self._watermark_ns = time.highest_ns
        self.counters: Counter[str] = Counter()
        self.listeners: Final[list[Callable[[int, AnyEvent], None]]] = []
        """Are told of every event and its number, just after it was journaled."""
        keys.listeners.append(self._keys_changed)
        self._keys_changed()

    @property
    def last_number(self) -> int:
        """Number of the newest event, wherever it is by now; 0 before the first."""
        return self._next_number - 1

    def append(self, event: AnyEvent) -> int | None:
        """Journal `event`, stamped just now; returns its number, or None if it was lost for lack of room."""
        if len(self._held) + self._ring.waiting >= MOST_HELD:
            self.counters["events-lost"] += 1
            return None
        number = self._next_number
        self._next_number += 1
        self._retry(event.occurred_ns)
        if not self._may_seal or not self._seal(number, event, event.occurred_ns):
            self._hold(number, event)
        for listener in self.listeners:
            listener(number, event)
        return number

    def believe(self, controller: str, at_ns: int) -> None:
        """Take the time (ns since 1970-01-01 UTC) that an enrolled `controller` signed, and seal what waited for it."""
        was_signed, was_confirmed, before_ns = self._time.is_signed, self._time.is_confirmed, self._time.now_ns()
        self._time.believe(controller, at_ns)
        if was_signed == self._time.is_signed:
            return
        for held in self._held:
            held.event = msgspec.structs.replace(held.event, occurred_ns=self._time.stamp_ns(held.boottime_ns))
        self._retry()
        self._tell_clock()
        ahead_ns = before_ns - self._time.now_ns()
        if not was_confirmed and ahead_ns > _AHEAD_NS:
            _logger.warning("clock_was_ahead", ahead_ms=ahead_ns // _NS_PER_MS)
            self.append(ClockDoubted(self._time.stamp_ns(), ahead_ns // _NS_PER_MS))

    def append_snapshot(self, camera: CameraId, grant_number: int, granted_ns: int, jpeg: bytes) -> bool:
        """Journal a picture of the passage that was granted at `granted_ns`, so that both die with one key.

        It is dropped and counted if that period is over, if it is too large for a message, or while anything has to
        wait. Returns whether it was taken.
        """
        snapshot = PassageSnapshot(self._time.stamp_ns(), camera, grant_number, jpeg)
        is_in_time = self._sealer.period_at(snapshot.occurred_ns) == self._sealer.period_at(granted_ns)
        has_room = len(jpeg) <= MOST_JPEG_BYTES and self._may_seal and self._ring.waiting < MOST_HELD // 100
        if is_in_time and has_room:
            try:
                number, plaintext = self._next_number, encode_event(snapshot)
                record = self._sealer.seal(number, RecordKind.SNAPSHOT, plaintext, snapshot.occurred_ns)
            except NoPeriodKeyError:
                pass
            else:
                self._next_number += 1
                self._put(record, snapshot.occurred_ns)
                return True
        self.counters["snapshots-dropped"] += 1
        return False

    def sealed_to(self) -> list[ControllerId]:
        """Return the controllers to which an event of now is sealed."""
        return sorted(self._keys.publics(self._sealer.period_at(self._time.now_ns())))

    def forget(self) -> None:
        """Drop what is too old to be in memory: the content key of a period that is over, and events past their limit.

        An event for which no key came in time is in clear here; its number will say only that something is missing.
        """
        now_ns = self._time.now_ns()
        self._sealer.forget(now_ns)
        for held in self._held:
            if self._sealer.dies_at_ns(held.event.occurred_ns) > now_ns:
                break
            held.event = GateRestarted(held.event.occurred_ns, doubtful_from_ns=held.event.occurred_ns)

    async def flush(self) -> bool:
        """Wait until every event so far is durable in the ring; False if one is still held or was refused for now."""
        return await self._ring.flush(self._time.highest_ns) and not self._held

    async def watermark_ns(self) -> int:
        """Return a time t, durable itself: the ring has all that is stamped at or before t, whatever follows is later.

        While something waits for a key or for the disk, t lies before it, and rises by next to nothing.
        """
        watermark_ns = self._time.watermark_ns()
        await self._ring.flush(watermark_ns)
        last = self._ring.extents[-1].last
        while self._in_ring and self._in_ring[0][0] <= last:
            self._in_ring.popleft()
        waiting_ns = [at_ns for _, at_ns in islice(self._in_ring, 1)]
        waiting_ns += [held.event.occurred_ns for held in islice(self._held, 1)]
        if not self._time.is_confirmed:
            watermark_ns = self._watermark_ns
        elif waiting_ns and min(waiting_ns) <= watermark_ns:
            watermark_ns = min(self._watermark_ns + 1, min(waiting_ns) - 1)
        self._watermark_ns = max(self._watermark_ns, watermark_ns)
        return self._watermark_ns

    @property
    def _may_seal(self) -> bool:
        """Whether the next event may be sealed before those that are held, if any, and with its stamp."""
        return not self._held and self._time.is_confirmed

    def _keys_changed(self) -> None:
        self._time.published(self._keys.published_until_s() * NS_PER_S)
        self._tell_clock()
        self._retry()

    def _tell_clock(self) -> None:
        self.counters["clock-ahead"] = int(not self._time.is_confirmed)

    def _retry(self, at_ns: int | None = None) -> None:
        """Seal what is held, as far as there are keys by now.

        `at_ns`: the stamp of what is put in the place of an event that can not be sealed any more; None draws one.
        """
        if not self._held or not self._time.is_confirmed:
            return
        while self._held and self._seal(self._held[0].number, self._held[0].event, at_ns):
            self._held.popleft()
        self.counters["events-held"] = len(self._held)
        self._ring.forbid_clean_stop(forbidden=bool(self._held))

    def _seal(self, number: int, event: AnyEvent, at_ns: int | None) -> bool:
        try:
            record = self._sealer.seal(number, RecordKind.EVENT, encode_event(event), event.occurred_ns)
        except NoPeriodKeyError as error:
            return self._keys.is_past(error.period) and self._fill(number, event, at_ns)
        self._put(record, event.occurred_ns)
        return True

    def _fill(self, number: int, event: AnyEvent, at_ns: int | None) -> bool:
        filler = GateRestarted(at_ns or self._time.stamp_ns(), doubtful_from_ns=event.occurred_ns)
        try:
            record = self._sealer.seal(number, RecordKind.EVENT, encode_event(filler), filler.occurred_ns)
        except NoPeriodKeyError:
            return False
        self.counters["events-unsealable"] += 1
        self._put(record, filler.occurred_ns)
        return True

    def _put(self, record: SealedRecord, at_ns: int) -> None:
        self._time.used(at_ns)
        self._in_ring.append((record.number, at_ns))
        self._ring.append(record, self._time.highest_ns)

    def _hold(self, number: int, event: AnyEvent) -> None:
        if not self._held:
            _logger.warning("events_wait", for_time=not self._time.is_confirmed)
            self._ring.forbid_clean_stop()
        self._held.append(_Held(number, event, self._time.boottime_ns()))
        self.counters["events-held"] = len(self._held)
