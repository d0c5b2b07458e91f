"""Start: open what is stored and fold it again (rule 9).

Belongs here: reading all readable rows once, fast. Does not belong here: deciding what may still be read: the sweep has
recovered before (retention.py).
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from contract.events import (
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    AnyEvent,
    BadEventError,
    PassageSnapshot,
    Reconfirmed,
    decode_event,
)
from contract.ids import EdgeId, Epoch
from contract.sealing import ContentKey, SealingError
from contract.signing import SignatureError
from controller.domain.known import NumberSet
from controller.domain.presence.fold import NEVER
from controller.domain.presence.layout import Layout
from controller.domain.presence.restore import Restoration
from controller.domain.presence.stamp import Stamp
from controller.service.key_ring import ExpiredError, ForeignSourceError, KeyRing
from controller.service.movements import Movements
from controller.service.retention import PRIOR_FLAG, decode_prior
from controller.store.records import CLOSED, CUT, RecordStore

Progress = Callable[[int], None]


def load_known(store: RecordStore) -> dict[tuple[EdgeId, Epoch], NumberSet]:
    """Return the numbers that are stored as known."""
    return {source: NumberSet(intervals) for source, intervals in store.known().items()}


def open_stored(
    store: RecordStore,
    key_ring: KeyRing,
    layout: Layout,
    period_length_s: int,
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
        return _open_stored(store, key_ring, layout, period_length_s, take, damaged, progress)


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
    period_length_s: int,
    take: Callable[[EdgeId, AnyEvent], None],
    damaged: Callable[[EdgeId], None],
    progress: Progress,
) -> Movements:
    closed_s = store.figure(CLOSED, NEVER)
    restoration = Restoration(layout, store.tallies(), closed_s=closed_s, cut_ns=store.figure(CUT, 0))
    rows: Counter[int] = Counter()
    snapshots: list[tuple[Stamp, PassageSnapshot]] = []
    done = 0
    for key_id, wraps in store.keys(closed_s):
        try:
            key = key_ring.open(wraps)
        except ExpiredError as expired:  # its period was never closed: the vault is not the one that it was
            damaged(expired.name.edge)
            continue
        except (ForeignSourceError, SealingError, SignatureError):
            damaged(EdgeId(""))
            continue
        records = store.records(key_id)
        period_s = key.name.period.start_s
        for number, sealed in records:
            try:
                event = decode_event(key.open(number, sealed))
            except (SealingError, BadEventError):  # one bad sector must not take the headcount down
                damaged(key.name.edge)
                continue
            stamp = Stamp(event.occurred_ns, key.name.edge, key.name.epoch, number)
            if isinstance(event, AccessGranted):
                restoration.granted(stamp, event.holder, event.access_point, period_s)
            elif isinstance(event, AccessTaken):
                restoration.taken(stamp, event.grant_number, period_s)
            elif isinstance(event, AccessNotTaken):
                restoration.not_taken(stamp, event.grant_number, period_s)
            elif isinstance(event, PassageSnapshot):
                snapshots.append((stamp, event))
            elif isinstance(event, Reconfirmed):
                restoration.reconfirmed(stamp, event.holder, event.area, period_s)
            else:
                take(key.name.edge, event)
        _open_priors(store, key_id, key, restoration, damaged)
        rows[period_s] += len(records)
        done += len(records)
        progress(done)
    return Movements(restoration.done(), period_length_s, rows, snapshots)


def _open_priors(
    store: RecordStore, key_id: int, key: ContentKey, restoration: Restoration, damaged: Callable[[EdgeId], None]
) -> None:
    for number, sealed in store.priors(key_id):
        try:
            occurred_ns, area = decode_prior(key.open(number | PRIOR_FLAG, sealed))
        except (SealingError, msgspec.DecodeError):  # damaged, or written by another version
            damaged(key.name.edge)
            continue
        restoration.prior(Stamp(occurred_ns, key.name.edge, key.name.epoch, number), area)
