"""The law that deletes: what has left is forgotten at once, and what is too old dies with its key, on time.

The sweep of one period, in numbered steps (L4, L5). Each says what holds once it is done, whatever comes after it:

1. *forget*: the fold lets the period go; tallies, priors, the marker "closed up to P" and what the receipt will say are
   committed together. No event of the period is folded or stored any more, not at a restart either, and every person
   who was inside by it is one unnamed.
2. *key*: cached content keys are dropped, the vault destroys the period's private key, on a full disk too. No copy of
   any record of the period opens.
3. *note*: when that was is committed. The receipt says a time at which the key was gone.
4. *rows*: sealed rows of the period are removed. No query finds one.
5. *log*: the file is rebuilt and the write-ahead log truncated with `busy=0`. No byte of the rows is in either.
6. *receipt*: the ledger says what died when. It says so once.
7. *done*: the period is no longer closing.

A crash after any step is finished at the next start, before anything is served. Where the disk refuses step 1, it is
tried again, but not past the limit: then the key dies all the same, for the law is above the count. What the fold has
forgotten in memory is owed to the store until it is there. A period with very many records is forgotten in parts before
its time, so that step 1 is short and the key dies within a second whatever the volume (P7). Belongs here: these steps.
Does not belong here: the arithmetic of limits (contract/periods.py).
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Final, Protocol, TypeVar

import msgspec

from contract.clock import NS_PER_S, Clock, from_datetime, to_datetime
from contract.ids import AreaId, EdgeId, Epoch
from contract.periods import DAY_S, Kind, Period, Retention
from controller.domain.known import NumberSet
from controller.domain.presence.forgotten import Forgotten, Prior
from controller.ledger import Ledger
from controller.service.alarms import Alarms
from controller.service.records.key_ring import KeyRing
from controller.service.records.movements import Movements
from controller.store.changes import CLOSED, CUT, Change, Closing, SealedPrior
from controller.store.records import RecordStore, StoreBusyError
from controller.vault import Vault, VaultError, VaultFault

PRIOR_FLAG: Final = 1 << 63
"""Set in the number of a sealed prior, so that it is never taken for the record beside which it stands."""
DESTROYED: Final = "key-destroyed"
CAME_BACK: Final = "rows-came-back"
KEY_CAME_BACK: Final = "key-came-back"
SHRINK_PER_S: Final = 20_000
"""At most so many records of a period are left for each second that its key still has: as many are forgotten in one."""
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
        self._gone_ns: dict[Period, int] = {}
        self._receipted: set[Period] = set()  # of those that are closing
        self._began_at = ledger.number
        self._next_death_ns: int | None = None
        self._watermarks: dict[EdgeId, int] = {}
        self._dirty = True
        self.gone: Final[deque[Period]] = deque(maxlen=_REMEMBERED)
        """The last periods whose keys were destroyed."""
        self.lock: Final = asyncio.Lock()
        """Held while a group is ingested or a sweep runs: no event is committed under a period that is being closed."""

    @property
    def destroyed(self) -> int:
        """How many keys were destroyed since this ledger began."""
        return self._ledger.counts[DESTROYED]

    @property
    def is_due(self) -> bool:
        """Whether the time of some key has come, or was slept through, and it may still be alive."""
        if self._next_death_ns is None:  # pairs are only ever made for later periods, so this is looked up seldom
            self._next_death_ns = min(map(self._dies_at_ns, self._vault.periods()), default=None)
        return self._next_death_ns is not None and self._clock.now_ns() >= self._next_death_ns

    async def catch_up(self) -> None:
        """Sweep if that is due, before anything is served: the machine may have slept past a limit.

        What the disk refuses is tried again, and alarmed, with each tick.
        """
        if self.is_due:
            with contextlib.suppress(sqlite3.Error, OSError, VaultError):
                await self.run()

    async def recover(self) -> None:
        """Finish what a crash interrupted and destroy what is past its time, before anything is served."""
        closed_s, receipts = self._movements.presence.closed_s, self._receipts()
        dead = {period for period, vault in receipts.items() if vault != VaultFault.TOKEN_GONE}
        self._receipted = {closing.period for closing in await self._in_store(self._store.closings)} & receipts.keys()
        alive = self._vault.periods()
        now_ns = self._clock.now_ns()
        back = [period for period in alive if period in dead and self._dies_at_ns(period) <= now_ns]
        for period in back:
            self._alarms.of_system(now_ns, "vault-restored", place="vault")
            self._ledger.append(KEY_CAME_BACK, now_ns, **_named(period))
        self._destroy([*back, *(p for p in alive if p.kind is Kind.MOVEMENT and p.start_s <= closed_s)])
        await self._bury(dead)
        await self.run()

    def _receipts(self) -> dict[Period, str]:
        """Return the periods that have a receipt, each with what that says of the vault: its kind, or its fault."""
        return {
            Period(
                Kind(str(entry.facts["period_kind"])),
                from_datetime(datetime.fromisoformat(str(entry.facts["period_start"]))) // NS_PER_S,
                int(entry.facts["period_s"]),
            ): str(entry.facts["vault"])
            for entry in self._ledger.entries()
            if entry.kind == DESTROYED
        }

    async def _bury(self, dead: set[Period]) -> None:
        """Remove rows whose time is over and whose key is gone, of periods that were never closed here.

        Nothing can be counted of them any more. Of those that are `dead` by a receipt somebody put back an older copy
        of the store; the others died while the disk refused to note it, and are owed theirs.
        """
        now_s, alive = self._clock.now_ns() // NS_PER_S, set(self._vault.periods())
        stored = await self._in_store(self._store.periods)
        lost = {p: rows for p, rows in stored.items() if p not in alive and self._retention.dies_at_s(p) <= now_s}
        for period, rows in sorted(lost.items()):
            self._movements.presence.close_period(period.start_s)
            if period not in dead:
                self._owed.append(Change((CLOSED, period.start_s), closing=Closing(period, 0)))
                await self._settle()
                continue
            self._alarms.of_system(self._clock.now_ns(), "store-restored", place="store")
            self._ledger.append(CAME_BACK, self._clock.now_ns(), **_named(period), rows=rows)
            self._owed.append(Change((CLOSED, period.start_s)))
            await self._settle()
            await self._in_store(partial(self._store.drop_periods, period.start_s))
            self._dirty = True

    async def run(self) -> bool:
        """Do what is due now; return whether any key died, so that new public keys can be published.

        Raises sqlite3.Error, OSError or VaultError where the disk refuses: call again.
        """
        async with self.lock:
            now_ns = self._clock.now_ns()
            due = [p for p in self._vault.periods() if self._dies_at_ns(p) <= now_ns]
            if not due:
                self._shrink(now_ns)
            for period in due:
                self._forget(period)
            try:
                await self._settle()  # step 1
            except sqlite3.Error:
                keep_s = self._retention.keep_s
                self._destroy([p for p in due if (p.start_s + keep_s(p.kind)) * NS_PER_S <= now_ns])
                raise
            self._destroy(due)  # step 2
            self._next_death_ns = None
            for closing in await self._in_store(self._store.closings):
                if not await self._finish(closing):
                    break
            if self._dirty:
                await self._clean()
        return bool(due)

    def _dies_at_ns(self, period: Period) -> int:
        return self._retention.dies_at_s(period) * NS_PER_S

    def _shrink(self, now_ns: int) -> None:
        """Forget a part of the period that dies next, if all of it would keep the key waiting."""
        period = next((p for p in self._vault.periods() if p.kind is Kind.MOVEMENT), None)
        if period is None:
            return
        left_s = 1 + (self._dies_at_ns(period) - now_ns) // NS_PER_S
        too_many = self._movements.rows[period.start_s] - SHRINK_PER_S * left_s
        if too_many > 0:
            forgotten = self._movements.presence.shrink_period(period.start_s, min(too_many, SHRINK_PER_S))
            self._owe(forgotten, period_s=period.start_s)

    def _owe(self, forgotten: Forgotten, marker: tuple[str, int] | None = None, period_s: int | None = None) -> None:
        """Owe to the store what goes before its key does. `period_s`: which key, where persons become unnamed by it."""
        gone = self._movements.gone(forgotten)
        before = {start_s: (rows, 0) for start_s, rows in self._movements.by_period(gone).items()}
        if period_s is not None and gone:
            before[period_s] = (before.get(period_s, (0, 0))[0], forgotten.overstays)
        if gone or marker is not None:
            priors = self._sealed(forgotten.priors)
            self._owed.append(Change(marker, gone, forgotten.tallies, priors, gone_before=before))

    async def keep_watermarks(self, counted: Mapping[EdgeId, int]) -> None:
        """Keep which statements of gates count (rule 9). Raises sqlite3.Error."""
        if self._watermarks != counted:
            kept = dict(counted)
            await self._in_store(lambda: self._store.count_on(kept))
            self._watermarks = kept

    async def advance_cut(self, cut_ns: int) -> None:
        """Rule 7: forget the cycles that are complete at the cut, rows and free pages too. Raises sqlite3.Error."""
        presence = self._movements.presence
        if cut_ns <= presence.cut_ns:
            return
        async with self.lock:
            forgotten = presence.advance_cut(cut_ns)
            self._owe(forgotten, (CUT, presence.cut_ns))
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
        owed = [fault for fault in VaultFault if fault is self._vault.fault]  # tried again with each sweep
        self._alarms.of_states(VaultFault, owed, self._clock.now_ns(), gate="", place="vault")
        self._forgotten.difference_update(periods)
        self._gone_ns |= dict.fromkeys(periods, self._clock.now_ns())
        self.gone.extend(periods)

    async def _finish(self, closing: Closing) -> bool:
        """Steps 3 to 7; return whether they came to their end."""
        period = closing.period
        rows = closing.rows
        gone_ns = closing.key_gone_ns
        if gone_ns is None:  # where a crash came between, now is a time at which it was gone
            gone_ns = self._gone_ns.get(period, self._clock.now_ns())
            await self._in_store(partial(self._store.key_gone, [period], gone_ns))  # step 3
        if period.kind is Kind.MOVEMENT:
            rows += await self._in_store(lambda: self._store.drop_periods(period.start_s))  # step 4
            self._key_ring.forget(period.start_s)
            heard_s = period.start_s - self._retention.movement_keep_s
            for source in await self._in_store(lambda: self._store.drop_known(heard_s)):
                self._known.pop(source, None)
            await self._in_store(partial(self._store.drop_figures, period.start_s - FIGURES_KEPT_S))
            if not await self._clean(at_once=True):  # step 5
                return False
        self._receipt(closing, rows, gone_ns)  # step 6
        await self._in_store(lambda: self._store.closed(period))  # step 7
        self._gone_ns.pop(period, None)
        self._receipted.discard(period)
        return True

    def _receipt(self, closing: Closing, rows: int, gone_ns: int) -> None:
        """Write the receipt of a period, unless a crash came between it and taking note of it."""
        named = _named(closing.period)
        last = self._ledger.last.get(DESTROYED)
        is_there = last is not None and last.number > self._began_at and last.facts.items() >= named.items()
        if is_there or closing.period in self._receipted:
            return
        now_ns = self._clock.now_ns()
        self._ledger.append(
            DESTROYED,
            now_ns,
            **named,
            planned=to_datetime(self._dies_at_ns(closing.period)).isoformat(),
            key_gone=to_datetime(gone_ns).isoformat(),
            rows_gone=to_datetime(now_ns).isoformat(),
            records=closing.rows_before + rows,
            rows_before=closing.rows_before,
            rows=rows,
            became_unnamed=closing.became_unnamed,
            vault=self._vault.protection.kind if self._vault.fault is None else self._vault.fault.value,
        )
        self._receipted.add(closing.period)

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
            body = None if prior.area is None else key.seal(stamp.number | PRIOR_FLAG, encode_prior(prior))
            sealed.append(SealedPrior(stamp, key.name, wraps, body))
        return sealed


def _named(period: Period) -> dict[str, str | int]:
    """Return how an entry names a period."""
    return {
        "period_kind": period.kind.value,
        "period_start": to_datetime(period.start_s * NS_PER_S).isoformat(),
        "period_s": period.length_s,
    }


class StoredPrior(msgspec.Struct, frozen=True, array_like=True):
    """What stands in a prior: when its record happened, the area, and up to when sweeps have left the stay as it is."""

    occurred_ns: int
    area: AreaId
    left_ns: int = 0


def encode_prior(prior: Prior) -> bytes:
    """Return what stands in a prior, of one that has an area."""
    return msgspec.msgpack.encode(StoredPrior(prior.stamp.occurred_ns, prior.area or AreaId(""), prior.left_ns))


def decode_prior(data: bytes) -> StoredPrior:
    """Return what `encode_prior` wrote. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(data, type=StoredPrior)
