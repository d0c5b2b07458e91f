"""The law that deletes: what has left is forgotten at once, and what is too old dies with its key, on time.

The sweep of one period, in numbered steps (L4):

1. *forget*: the fold lets the period go, and tallies, priors and the marker "closed up to P" are committed;
2. *key*: the vault destroys the period's private key, cached content keys are dropped;
3. *rows*: sealed rows of the period are removed;
4. *log*: the write-ahead log is truncated with `busy=0`, so that no old page stands in it;
5. *receipt*: the ledger says what died when.

A crash after any step is finished at the next start, before anything is served: closed periods whose keys still live,
and keys past their time, die first. Belongs here: these steps. Does not belong here: the arithmetic of limits
(contract/periods.py).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

import msgspec

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.ids import AreaId
from contract.periods import Kind, Period, Retention
from controller.domain.presence.forgotten import Prior
from controller.domain.presence.stamp import Stamp
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.key_ring import KeyRing
from controller.service.movements import Movements
from controller.store.records import CLOSED, CUT, Change, RecordStore, SealedPrior, StoreBusyError
from controller.vault import FileVault

PRIOR_FLAG: Final = 1 << 63
"""Set in the number of a sealed prior, so that it is never taken for the record beside which it stands."""
DESTROYED: Final = "key-destroyed"
_REMEMBERED: Final = 64
T = TypeVar("T")


class InStore(Protocol):
    """Runs a call on the store's own thread and returns what it returned."""

    def __call__(self, call: Callable[[], T]) -> Awaitable[T]:
        """Await the result; exceptions of the call come through."""
        ...


class Sweep:
    """Forgets on time. `in_store` runs a call on the store's own thread."""

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        vault: FileVault,
        ledger: Ledger,
        key_ring: KeyRing,
        movements: Movements,
        alarms: Alarms,
        store: RecordStore,
        in_store: InStore,
    ) -> None:
        self._clock = clock
        self._retention = retention
        self._vault = vault
        self._ledger = ledger
        self._key_ring = key_ring
        self._movements = movements
        self._alarms = alarms
        self._store = store
        self._in_store = in_store
        self._dirty = False
        self.gone: Final[deque[Period]] = deque(maxlen=_REMEMBERED)
        """The last periods whose keys were destroyed."""
        self.lock: Final = asyncio.Lock()
        """Held while a group is ingested or a sweep runs: no event is committed under a period that is being closed."""

    @property
    def destroyed(self) -> int:
        """How many keys were destroyed since this ledger began."""
        return self._ledger.counts[DESTROYED]

    async def recover(self) -> None:
        """Finish what a crash interrupted and destroy what is past its time, before anything is served."""
        closed_s = self._movements.presence.closed_s
        late = [p for p in self._vault.periods() if p.kind is Kind.MOVEMENT and p.start_s <= closed_s]
        for period in late:
            await self._destroy(period, self._movements.overstays)
        if not late and closed_s >= 0:
            await self._in_store(lambda: self._store.drop_periods(closed_s))
            await self._clean()
        await self.run()

    async def run(self) -> bool:
        """Do what is due now; return whether any key died, so that new public keys can be published."""
        now_ns = self._clock.now_ns()
        due = [p for p in self._vault.periods() if self._retention.dies_at_s(p) * NS_PER_S <= now_ns]
        for period in due:
            if period.kind is Kind.MOVEMENT:
                async with self.lock:
                    overstays = await self._forget(period)
                    await self._destroy(period, overstays)
            else:
                self._vault.destroy([period])
                self._receipt(period, rows=0, overstays=0)
        if self._dirty:
            await self._clean()
        return bool(due)

    async def advance_cut(self, cut_ns: int) -> None:
        """Rule 7: forget the cycles that are complete at the cut, rows and free pages included."""
        presence = self._movements.presence
        if cut_ns <= presence.cut_ns:
            return
        async with self.lock:
            forgotten = presence.advance_cut(cut_ns)
            gone = self._movements.gone(forgotten)
            change = Change((CUT, presence.cut_ns), gone, forgotten.tallies, self._sealed(forgotten.priors))
            await self._in_store(lambda: self._store.apply(change))
        if gone:
            await self._clean()

    async def _forget(self, period: Period) -> int:
        forgotten = self._movements.presence.close_period(period.start_s)
        self._movements.gone(forgotten)
        self._movements.close(period.start_s)
        change = Change((CLOSED, period.start_s), (), forgotten.tallies, self._sealed(forgotten.priors))
        await self._in_store(lambda: self._store.apply(change))  # step 1
        return forgotten.overstays

    async def _destroy(self, period: Period, overstays: int) -> None:
        self._vault.destroy([period])  # step 2
        self._key_ring.drop({period})
        rows = await self._in_store(lambda: self._store.drop_periods(period.start_s))  # step 3
        await self._in_store(lambda: self._store.drop_known(period.start_s - self._retention.movement_keep_s))
        await self._clean()  # step 4
        self._receipt(period, rows, overstays)  # step 5

    def _receipt(self, period: Period, rows: int, overstays: int) -> None:
        now_ns = self._clock.now_ns()
        self.gone.append(period)
        self._ledger.append(
            DESTROYED,
            now_ns,
            period_kind=period.kind.value,
            period_start=to_datetime(period.start_s * NS_PER_S).isoformat(),
            period_s=period.length_s,
            planned=to_datetime(self._retention.dies_at_s(period) * NS_PER_S).isoformat(),
            rows=rows,
            became_unnamed=overstays,
        )

    async def _clean(self) -> None:
        try:
            await self._in_store(self._store.clean)
        except StoreBusyError:
            self._dirty = True
            self._alarms.of_system(self._clock.now_ns(), "deleted-rows-in-log", place="store")
        else:
            self._dirty = False
            self._alarms.settled("deleted-rows-in-log", place="store")

    def _sealed(self, priors: tuple[Prior, ...]) -> list[SealedPrior]:
        """Rule 4: a prior lies under the key of the record that it stands beside, and dies with it."""
        sealed = []
        for prior in priors:
            stamp = prior.stamp
            wraps, key = self._key_ring.wraps_of(stamp.edge, stamp.epoch, prior.period_s)
            body = None if prior.area is None else key.seal(stamp.number | PRIOR_FLAG, encode_prior(stamp, prior.area))
            sealed.append(SealedPrior(stamp, wraps, body))
        return sealed


def encode_prior(stamp: Stamp, area: AreaId) -> bytes:
    """Return what stands in a prior: when its record happened, and the area."""
    return msgspec.msgpack.encode((stamp.occurred_ns, area))


def decode_prior(data: bytes) -> tuple[int, AreaId]:
    """Return what `encode_prior` took. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(data, type=tuple[int, AreaId])
