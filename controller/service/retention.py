"""The law that deletes: what has left is forgotten at once, and what is too old dies with its key, on time.

The sweep of one period, in numbered steps (L4, L5):

1. *forget*: the fold lets the period go; tallies, priors, the marker "closed up to P" and what the receipt will say are
   committed together;
2. *key*: cached content keys are dropped, the vault destroys the period's private key, on a full disk too;
3. *rows*: sealed rows of the period are removed;
4. *log*: the write-ahead log is truncated with `busy=0`, so that no old page stands in it;
5. *receipt*: the ledger says what died when.

A crash after any step is finished at the next start, before anything is served. Where the disk refuses step 1, it is
tried again, but not past the limit: then the key dies all the same, for the law is above the count. What the fold has
forgotten in memory is owed to the store until it is there. Belongs here: these steps. Does not belong here: the
arithmetic of limits (contract/periods.py).
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Protocol, TypeVar

import msgspec

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.ids import AreaId, EdgeId, Epoch
from contract.periods import DAY_S, Kind, Period, Retention
from controller.domain.known import NumberSet
from controller.domain.presence.forgotten import Prior
from controller.domain.presence.stamp import Stamp
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.key_ring import KeyRing
from controller.service.movements import Movements
from controller.store.records import CLOSED, CUT, Change, Closing, RecordStore, SealedPrior, StoreBusyError
from controller.vault import Vault, VaultFault

PRIOR_FLAG: Final = 1 << 63
"""Set in the number of a sealed prior, so that it is never taken for the record beside which it stands."""
DESTROYED: Final = "key-destroyed"
FIGURES_KEPT_S: Final = 28 * DAY_S
"""How long it stays on record how many events of a gate and period could not be opened."""
_REMEMBERED: Final = 64
T = TypeVar("T")


class InStore(Protocol):
    """Runs a call on the store's own thread and returns what it returned."""

    def __call__(self, call: Callable[[], T]) -> Awaitable[T]:
        """Await the result; exceptions of the call come through."""
        ...


class Sweep:
    """Forgets on time. `in_store` runs a call on the store's own thread.

    `known`: the numbers of each epoch, of which those that nobody has heard from for long are forgotten.
    """

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        vault: Vault,
        ledger: Ledger,
        key_ring: KeyRing,
        movements: Movements,
        alarms: Alarms,
        store: RecordStore,
        in_store: InStore,
        known: dict[tuple[EdgeId, Epoch], NumberSet],
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
        self._known = known
        self._owed: deque[Change] = deque()
        self._forgotten: set[Period] = set()
        self._dirty = True
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
        self._destroy([p for p in self._vault.periods() if p.kind is Kind.MOVEMENT and p.start_s <= closed_s])
        await self.run()

    async def run(self) -> bool:
        """Do what is due now; return whether any key died, so that new public keys can be published.

        Raises sqlite3.Error, OSError or VaultError where the disk refuses: call again.
        """
        now_ns = self._clock.now_ns()
        due = [p for p in self._vault.periods() if self._retention.dies_at_s(p) * NS_PER_S <= now_ns]
        async with self.lock:
            for period in due:
                self._forget(period)
            try:
                await self._settle()  # step 1
            except sqlite3.Error:
                keep_s = self._retention.keep_s
                self._destroy([p for p in due if (p.start_s + keep_s(p.kind)) * NS_PER_S <= now_ns])
                raise
            self._destroy(due)  # step 2
            for closing in await self._in_store(self._store.closings):
                if not await self._finish(closing):
                    break
            if self._dirty:
                await self._clean()
        return bool(due)

    async def advance_cut(self, cut_ns: int) -> None:
        """Rule 7: forget the cycles that are complete at the cut, rows and free pages too. Raises sqlite3.Error."""
        presence = self._movements.presence
        if cut_ns <= presence.cut_ns:
            return
        async with self.lock:
            forgotten = presence.advance_cut(cut_ns)
            gone = self._movements.gone(forgotten)
            marker = (CUT, presence.cut_ns)
            self._owed.append(Change(marker, gone, forgotten.tallies, self._sealed(forgotten.priors)))
            await self._settle()
            if self._dirty:
                await self._clean()

    def _forget(self, period: Period) -> None:
        """Let a period go, once; what that leaves behind is owed to the store."""
        if period in self._forgotten:
            return
        self._forgotten.add(period)
        if period.kind is not Kind.MOVEMENT:
            self._owed.append(Change(closing=Closing(period, 0)))
            return
        forgotten = self._movements.presence.close_period(period.start_s)
        self._movements.gone(forgotten)
        self._movements.close(period.start_s)
        priors = self._sealed(forgotten.priors)
        closing = Closing(period, forgotten.overstays)
        self._owed.append(Change((CLOSED, period.start_s), (), forgotten.tallies, priors, closing))

    async def _settle(self) -> None:
        """Commit what is owed to the store, in order."""
        while self._owed:
            change = self._owed[0]
            gone = await self._in_store(lambda: self._store.apply(change))  # noqa: B023  awaited in the same turn
            self._owed.popleft()
            self._dirty |= gone > 0

    def _destroy(self, periods: list[Period]) -> None:
        self._key_ring.drop(set(periods))
        self._vault.destroy(periods)
        for fault in VaultFault:
            if fault is self._vault.fault:  # tried again with each sweep
                self._alarms.of_system(self._clock.now_ns(), fault, place="vault")
            else:
                self._alarms.settled(fault, place="vault")
        self._forgotten.difference_update(periods)
        self.gone.extend(periods)

    async def _finish(self, closing: Closing) -> bool:
        """Steps 3 to 5; return whether they came to their end."""
        period = closing.period
        rows = closing.rows
        if period.kind is Kind.MOVEMENT:
            rows += await self._in_store(lambda: self._store.drop_periods(period.start_s))  # step 3
            heard_s = period.start_s - self._retention.movement_keep_s
            for source in await self._in_store(lambda: self._store.drop_known(heard_s)):
                self._known.pop(source, None)
            await self._in_store(partial(self._store.drop_figures, period.start_s - FIGURES_KEPT_S))
            if not await self._clean(at_once=True):  # step 4
                return False
        self._receipt(period, rows, closing.became_unnamed)  # step 5
        await self._in_store(lambda: self._store.closed(period))
        return True

    def _receipt(self, period: Period, rows: int, became_unnamed: int) -> None:
        """Write the receipt of a period, unless a crash came between it and taking note of it."""
        named: dict[str, str | int] = {
            "period_kind": period.kind.value,
            "period_start": to_datetime(period.start_s * NS_PER_S).isoformat(),
            "period_s": period.length_s,
        }
        last = self._ledger.last.get(DESTROYED)
        if last is not None and last.facts.items() >= named.items():
            return
        self._ledger.append(
            DESTROYED,
            self._clock.now_ns(),
            **named,
            planned=to_datetime(self._retention.dies_at_s(period) * NS_PER_S).isoformat(),
            rows=rows,
            became_unnamed=became_unnamed,
            vault=self._vault.protection.kind if self._vault.fault is None else self._vault.fault.value,
        )

    async def _clean(self, *, at_once: bool = False) -> bool:
        """Take deleted rows out of gaps and log.

        Return whether nothing of them is left, and alarm it if it can not be.
        """
        try:
            clean = await self._in_store(partial(self._store.clean, at_once=at_once))
        except StoreBusyError:
            self._dirty = True
            self._alarms.of_system(self._clock.now_ns(), "deleted-rows-in-log", place="store")
        else:
            self._dirty = not clean
            self._alarms.settled("deleted-rows-in-log", place="store")
        return not self._dirty

    def _sealed(self, priors: tuple[Prior, ...]) -> list[SealedPrior]:
        """Rule 4: a prior lies under the key of the record that it stands beside, and dies with it."""
        sealed = []
        for prior in priors:
            stamp = prior.stamp
            wraps, key = self._key_ring.wraps_of(stamp.edge, stamp.epoch, prior.period_s)
            body = None if prior.area is None else key.seal(stamp.number | PRIOR_FLAG, encode_prior(stamp, prior.area))
            sealed.append(SealedPrior(stamp, key.name, wraps, body))
        return sealed


def encode_prior(stamp: Stamp, area: AreaId) -> bytes:
    """Return what stands in a prior: when its record happened, and the area."""
    return msgspec.msgpack.encode((stamp.occurred_ns, area))


def decode_prior(data: bytes) -> tuple[int, AreaId]:
    """Return what `encode_prior` took. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(data, type=tuple[int, AreaId])
