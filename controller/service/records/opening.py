"""Start: open what is stored and fold it again (rule 9).

Belongs here: reading all readable rows once, fast. Does not belong here: deciding what may still be read: the sweep has
recovered before (retention.py).
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import msgspec

from contract.events import (
    AccessGranted,
    AnyEvent,
    BadEventError,
    PassageSnapshot,
    decode_event,
)
from contract.ids import EdgeId, Epoch, PassId
from contract.sealing import ContentKey, SealingError
from contract.signing import SignatureError
from controller.domain.known import NumberSet
from controller.domain.muster.acts import MARKS, Acts
from controller.domain.presence.fold import NEVER
from controller.domain.presence.intake import restore
from controller.domain.presence.layout import Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.stamp import Stamp
from controller.domain.presence.unwatched import Unwatched
from controller.service.records.key_ring import ExpiredError, ForeignSourceError, KeyRing, PairReplacedError
from controller.service.records.movements import Blocked, Movements, is_replaced
from controller.service.records.retention import PRIOR_FLAG, decode_prior
from controller.store.changes import CLOSED, CUT
from controller.store.records import RecordStore

Progress = Callable[[int], None]


def load_known(store: RecordStore) -> dict[tuple[EdgeId, Epoch], NumberSet]:
    """Return the numbers that are stored as known."""
    return {source: NumberSet(intervals) for source, intervals in store.known().items()}


def open_stored(
    store: RecordStore,
    key_ring: KeyRing,
    layout: Layout,
    unwatched: Unwatched,
    period_length_s: int,
    blocked: Blocked,
    take: Callable[[EdgeId, AnyEvent], None],
    damaged: Callable[[EdgeId], None],
    progress: Progress,
) -> Movements:
    """Return the movements that the stored rows tell.

    `take` sees each event that moves nobody, `damaged` the gate of each row that is no longer what was stored,
    `progress` the number of rows so far.

    Rows of closed periods are passed over: their key died before they were removed, and the sweep removes them.
    """
    with _no_garbage_collection():
        return _open_stored(store, key_ring, layout, unwatched, period_length_s, blocked, take, damaged, progress)


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Look for no garbage among a million objects that stay: measured, it doubles the time of a start (P6)."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _open_stored(
    store: RecordStore,
    key_ring: KeyRing,
    layout: Layout,
    unwatched: Unwatched,
    period_length_s: int,
    blocked: Blocked,
    take: Callable[[EdgeId, AnyEvent], None],
    damaged: Callable[[EdgeId], None],
    progress: Progress,
) -> Movements:
    closed_s = store.figure(CLOSED, NEVER)
    restoration = Restoration(layout, store.tallies(), closed_s=closed_s, cut_ns=store.figure(CUT, 0))
    opened = _Opened(restoration, unwatched, blocked, take, damaged)
    for key_id, wraps in store.keys(closed_s):
        try:
            key = key_ring.open(wraps)
        except (ExpiredError, PairReplacedError) as gone:  # not closed here: the vault is not the one that it was
            damaged(gone.name.edge)
            continue
        except (ForeignSourceError, SealingError, SignatureError):
            damaged(EdgeId(""))
            continue
        opened.add(key, store.records(key_id), doubtful=key_ring.is_own(wraps))
        _open_priors(store, key_id, key, restoration, damaged)
        progress(opened.rows.total())
    presence = restoration.done()
    for stamp in opened.doubtful:
        presence.doubt(stamp)
    for stamp in opened.replaced:
        presence.contradict(stamp)
    return Movements(presence, period_length_s, unwatched, blocked, opened.rows, opened.snapshots, opened.acts)


class _Opened:
    """What comes out of the rows, key by key."""

    def __init__(
        self,
        restoration: Restoration,
        unwatched: Unwatched,
        blocked: Blocked,
        take: Callable[[EdgeId, AnyEvent], None],
        damaged: Callable[[EdgeId], None],
    ) -> None:
        self._restoration = restoration
        self._blocked: Mapping[PassId, int] = blocked()
        self._unwatched = unwatched
        self._take = take
        self._damaged = damaged
        self.rows: Counter[int] = Counter()
        self.snapshots: list[tuple[Stamp, PassageSnapshot]] = []
        self.doubtful: list[Stamp] = []
        self.replaced: list[Stamp] = []
        self.acts = Acts()

    def add(self, key: ContentKey, records: list[tuple[int, bytes]], *, doubtful: bool) -> None:
        """Open the records of one key; `doubtful`: their moments are not their gate's own word."""
        edge, epoch, period_s = key.name.edge, key.name.epoch, key.name.period.start_s
        open_record, granted, blocked = key.open, self._restoration.granted, self._blocked
        new_tuple = tuple.__new__  # what Stamp(...) does, in half the time
        for number, sealed in records:
            try:
                event = decode_event(open_record(number, sealed))
            except (SealingError, BadEventError):  # one bad sector must not take the headcount down
                self._damaged(edge)
                continue
            stamp = new_tuple(Stamp, (event.occurred_ns, edge, epoch, number))
            if type(event) is not AccessGranted:
                self._add_other(stamp, event, period_s)
                continue
            granted(stamp, event.holder, event.access_point, period_s)
            if doubtful:
                self.doubtful.append(stamp)
            if event.pass_id in blocked and is_replaced(event, blocked):
                self.replaced.append(stamp)
        self.rows[period_s] += len(records)

    def _add_other(self, stamp: Stamp, event: AnyEvent, period_s: int) -> None:
        """Take what is no grant; grants, by far the most, take a shorter way."""
        if type(event) in MARKS:
            self.acts.add(event, period_s, stamp)
        if isinstance(event, PassageSnapshot):
            self.snapshots.append((stamp, event))
        elif not restore(self._restoration, stamp, event, period_s):
            self._unwatched.add(stamp, event, period_s)
            self._take(stamp.edge, event)


def _open_priors(
    store: RecordStore, key_id: int, key: ContentKey, restoration: Restoration, damaged: Callable[[EdgeId], None]
) -> None:
    for number, sealed in store.priors(key_id):
        try:
            prior = decode_prior(key.open(number | PRIOR_FLAG, sealed))
        except (SealingError, msgspec.DecodeError):  # damaged, or written by another version
            damaged(key.name.edge)
            continue
        stamp = Stamp(prior.occurred_ns, key.name.edge, key.name.epoch, number)
        restoration.prior(stamp, prior.area, prior.left_ns)
