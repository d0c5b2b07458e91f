"""The gate's 24-hour ring: one thread that writes, groups commits and reads, off the path of decisions.

Belongs here: the thread and what is asked of it from the event loop. Does not belong here: SQL (ring_file.py), or what
a record says (nobody here could read it).

When there is no room: the oldest records that every controller has go first, and counters raise the alarm; if none is
stored by all, new records wait in memory and are tried again. Decisions never wait for any of it.
"""

import asyncio
import contextlib
import queue
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, Self, TypeVar

import structlog

from contract.clock import NS_PER_S
from contract.ids import Epoch
from contract.messages import RING_MADE_ROOM, RING_REFUSED, RingExtent
from edge.ring_file import (
    CLEAN,
    HIGHEST,
    JOURNALED,
    RecordKind,
    RingError,
    RingFile,
    RingRefusedError,
    SealedRecord,
    StoredRecord,
    UncleanedError,
)

T = TypeVar("T")

GROUP: Final = 1000
"""Most records in one commit."""
MAKE_ROOM: Final = 1000
"""How many old records make room at a time."""
SWEEP_S: Final = 2.0
"""How often the thread looks for dead keys when nothing else wakes it."""
RETRY_S: Final = 0.5
"""How soon the thread tries again what the file refused."""

_logger = structlog.get_logger(__name__)


class Ring:
    """The ring of one gate, from the event loop's side. Use as `async with`; all methods belong to that loop.

    `now_ns` is called from the ring's thread: the time (ns since 1970-01-01 UTC) by which records die. `counters` has
    `ring-refused` (commits that failed), `ring-made-room` (records deleted early), `ring-unclean` and `ring-expired`.
    """

    def __init__(self, file: RingFile, now_ns: Callable[[], int]) -> None:
        self._file = file
        self._now_ns = now_ns
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._appended: queue.SimpleQueue[SealedRecord] = queue.SimpleQueue()
        self._waiting: list[SealedRecord] = []
        self._waiting_count = 0
        self._highest_ns = 0
        self._durable_highest_ns = 0
        self._stored: dict[Epoch, int] = {}
        self._listeners: list[Callable[[], None]] = []
        self._extents: list[RingExtent] = []
        self._newest: Sequence[SealedRecord] = ()
        self._journaled = 0
        self._oldest_dies_s = 0
        self._is_unclean = False
        self._is_open = True
        self._is_lossy = False
        self._asked: set[asyncio.Future[Any]] = set()
        self._ended: asyncio.Future[None] | None = None
        self._thread = threading.Thread(target=self._work, name="ring", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self.counters: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        """Delete what is dead, before anything is served."""
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._thread.start()
        await self._do(self._publish)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Write what waits, mark a clean stop, and end the thread."""
        has_failed = self._ended is not None and self._ended.done()  # its thread may not quite be over yet
        if self._thread.is_alive() and not has_failed:
            await self._do(self._close)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)

    async def run(self) -> None:
        """Wait until cancelled. Raises RingError if the thread ends by itself: without it a gate must not go on."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    @property
    def extents(self) -> list[RingExtent]:
        """What each epoch has here, durably; the present epoch is the last."""
        return self._extents

    @property
    def oldest_dies_s(self) -> int:
        """When the key of the oldest record dies (seconds since 1970-01-01 UTC), as of the last change; 0: none."""
        return self._oldest_dies_s

    @property
    def journaled(self) -> int:
        """How many events, without pictures, were ever journaled by this gate, durably."""
        return self._journaled

    @property
    def waiting(self) -> int:
        """How many records are not yet durable."""
        return self._waiting_count

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called on the loop after each change of `extents`."""
        self._listeners.append(listener)

    def append(self, record: SealedRecord, highest_ns: int) -> None:
        """Take a record of the present epoch; numbers come in order. Returns at once; see `flush`."""
        self._highest_ns = max(self._highest_ns, highest_ns)
        self._waiting_count += 1
        self._appended.put(record)
        self._jobs.put(_wake)

    async def flush(self, highest_ns: int) -> bool:
        """Wait until all that was appended, and `highest_ns`, is durable; False if the file refused it for now."""
        self._highest_ns = max(self._highest_ns, highest_ns)
        return await self._do(lambda: not self._waiting and self._durable_highest_ns >= highest_ns)

    async def read(
        self, epoch: Epoch, first: int, last: int, kind: RecordKind, *, most: int, most_bytes: int
    ) -> tuple[list[StoredRecord], int]:
        """Return durable records that are still alive; see RingFile.read.

        What was committed last is still at hand, sealed as it is: a live record need not be read back from the file.
        """
        newest = self._newest
        if newest and newest[0].key.dies_at_s * NS_PER_S <= self._now_ns():  # the machine slept past it
            newest = self._newest = ()
        if newest and epoch == self._extents[-1].epoch and newest[0].number <= first <= last <= newest[-1].number:
            found = [
                StoredRecord(epoch, record.number, record.key.wraps, record.body)
                for record in newest[first - newest[0].number : last - newest[0].number + 1]
                if record.kind is kind
            ]
            if len(found) <= most and sum(len(record.body) for record in found) <= most_bytes:
                return found, last
        return await self._do(lambda: self._file.read(epoch, first, last, kind, most=most, most_bytes=most_bytes))

    def stored_by_all(self, epoch: Epoch, upto: int) -> None:
        """Note that every controller has numbers up to `upto` of `epoch`: these may go first when room is short."""
        self._stored[epoch] = upto

    def forbid_clean_stop(self, *, forbidden: bool = True) -> None:
        """Say that a stop now would lose events that the ring never saw: the next start shall call it unclean."""
        self._is_lossy = forbidden

    async def _do(self, job: Callable[[], T]) -> T:
        """Have the thread do `job` after all that was asked before, and return what it returns."""
        loop = asyncio.get_running_loop()
        if self._ended is not None and self._ended.done():
            self._ended.result()
        done: asyncio.Future[T] = loop.create_future()
        self._asked.add(done)
        done.add_done_callback(self._asked.discard)

        def work() -> None:
            try:
                result = job()
            except Exception as error:  # noqa: BLE001  handed to whoever asked
                loop.call_soon_threadsafe(_fail, done, error)
            else:
                loop.call_soon_threadsafe(_resolve, done, result)

        self._jobs.put(work)
        return await done

    def _announce(
        self, extents: list[RingExtent], journaled: int, oldest_dies_s: int, committed: Sequence[SealedRecord]
    ) -> None:
        self._extents = extents
        self._journaled = journaled
        self._oldest_dies_s = oldest_dies_s
        self._waiting_count -= len(committed)
        self._newest = committed
        for listener in self._listeners:
            listener()

    def _fail(self, error: Exception) -> None:
        for future in [*self._asked, *([self._ended] if self._ended else [])]:
            failure = RingError(f"the ring's thread ended: {error}")
            failure.__cause__ = error
            _fail(future, failure)

    # From here on: the ring's thread.

    def _work(self) -> None:
        try:
            while self._is_open:
                jobs = self._take()
                self._sweep()
                self._commit()
                for job in jobs:
                    job()
        except Exception as error:  # noqa: BLE001  raised where somebody waits for it
            self._file.close()
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._fail, error)

    def _take(self) -> list[Callable[[], None]]:
        jobs: list[Callable[[], None]] = []
        with contextlib.suppress(queue.Empty):
            jobs.append(self._jobs.get(timeout=RETRY_S if self._waiting else SWEEP_S))
            while True:
                jobs.append(self._jobs.get_nowait())
        return jobs

    def _sweep(self) -> None:
        now_s = self._now_ns() // NS_PER_S
        next_death_s = self._file.next_death_s
        try:
            if self._is_unclean:
                self._file.clean()
                self._is_unclean = False
            if next_death_s is not None and next_death_s <= now_s:
                self.counters["ring-expired"] += self._file.delete_dead(now_s)
                self._publish()
        except UncleanedError as error:
            self._note_unclean(error)
        except RingRefusedError as error:
            self._note_refusal(error)

    def _commit(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.append(self._appended.get_nowait())
        highest_ns = self._highest_ns
        while self._waiting or highest_ns > self._durable_highest_ns:
            group = self._waiting[:GROUP]
            events = sum(record.kind is RecordKind.EVENT for record in group)
            try:
                self._file.append(group, {HIGHEST: highest_ns, CLEAN: 0}, events)
            except RingRefusedError as error:
                self._note_refusal(error)
                if not self._make_room():
                    return
                continue
            del self._waiting[:GROUP]
            self._durable_highest_ns = highest_ns
            self._publish(group)

    def _make_room(self) -> bool:
        try:
            deleted = self._file.delete_oldest(dict(self._stored), MAKE_ROOM)
        except UncleanedError as error:
            self._note_unclean(error)
            return False
        except RingRefusedError as error:
            self._note_refusal(error)
            return False
        self.counters[RING_MADE_ROOM] += deleted
        return deleted > 0

    def _note_unclean(self, error: UncleanedError) -> None:
        self._is_unclean = True
        self.counters["ring-unclean"] += 1
        _logger.error("ring_not_cleaned", cause=str(error))

    def _note_refusal(self, error: RingRefusedError) -> None:
        self.counters[RING_REFUSED] += 1
        _logger.error("ring_refused", cause=str(error))

    def _publish(self, committed: Sequence[SealedRecord] = ()) -> None:
        if self._loop is not None:
            extents, journaled = self._file.extents(), self._file.read_state(JOURNALED) or 0
            self._loop.call_soon_threadsafe(self._announce, extents, journaled, self._file.oldest_dies_s(), committed)

    def _close(self) -> None:
        with contextlib.suppress(RingRefusedError):
            if not self._waiting and not self._is_lossy:
                self._file.append((), {CLEAN: 1}, 0)
        self._file.close()
        self._is_open = False


def _wake() -> None:
    """Nothing but a reason for the thread to look."""


def _resolve(done: "asyncio.Future[T]", result: T) -> None:
    if not done.done():
        done.set_result(result)


def _fail(done: "asyncio.Future[T]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
