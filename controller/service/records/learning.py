"""Learning: a controller that was not there for all that its figures rest on gives no exact figure until it caught up.

A new controller, one whose store was wiped, one that was restored from nothing: one case. Gates send again what it
lacks, another controller wraps to it what was not sealed to it (peer/), and what closed periods have left behind comes
from there as well. It is over when every gate is heard and nothing that gates have is lacking here, and in any case
when all keys of before are dead.

Belongs here: when it begins, and when it is over. Does not belong here: asking others (peer/exchange.py).
"""

from collections.abc import Iterable
from typing import Final

from contract.clock import NS_PER_S, Clock
from contract.periods import Kind, Period, Retention
from controller.domain.presence.fold import NEVER
from controller.domain.presence.tallies import Tally
from controller.service.records.gates import GateWatch
from controller.service.records.movements import Movements
from controller.service.records.retention import InStore, Sweep
from controller.store.changes import CLOSED
from controller.store.records import RecordStore
from controller.vault import Vault

_BEGAN: Final = "learning_s"
"""Marker: when learning began last, in seconds since 1970-01-01 UTC."""
_ENDED: Final = "learned_s"
"""Marker: when it was over last."""


def begin_learning(store: RecordStore, vault: Vault, clock: Clock, *, has_peers: bool) -> None:
    """Take note, at the start and before pairs are made, of whether there is something to learn.

    There is if nothing is stored, and either keys of before are there or other controllers are. Call on the store's
    thread. Raises sqlite3.Error.
    """
    now_s = clock.now_ns() // NS_PER_S
    is_empty = store.figure(CLOSED, NEVER) == NEVER and not store.known()
    was_there = any(period.kind is Kind.MOVEMENT and period.start_s <= now_s for period in vault.periods())
    if is_empty and (was_there or has_peers):
        store.raise_to(_BEGAN, now_s)


class Learning:
    """Whether this controller still learns."""

    def __init__(
        self,
        clock: Clock,
        retention: Retention,
        vault: Vault,
        movements: Movements,
        sweep: Sweep,
        gates: GateWatch,
        store: RecordStore,
        in_store: InStore,
        marks: tuple[int, int],
    ) -> None:
        """`marks`: when learning began and ended last, see `read_marks`."""
        self._clock = clock
        self._retention = retention
        self._vault = vault
        self._movements = movements
        self._sweep = sweep
        self._gates = gates
        self._store = store
        self._in_store = in_store
        self._began_s, ended_s = marks
        self.is_on = self._began_s > ended_s
        self.since_ns: Final = self._began_s * NS_PER_S
        """When learning began last, in nanoseconds since 1970-01-01 UTC."""
        self.has_adopted = False
        """Whether another controller has told, in this run, what closed periods have left behind."""
        self.may_be_told = False
        """Whether there is another controller that could still tell it."""

    async def tick(self) -> None:
        """Look whether it is over. Raises sqlite3.Error: call again."""
        if not self.is_on:
            return
        now_s = self._clock.now_ns() // NS_PER_S
        is_dead = now_s >= self._began_s + self._retention.movement_keep_s
        is_told = self._gates.all_told() and (self.has_adopted or not self.may_be_told)
        if is_dead or is_told:
            await self._in_store(lambda: self._store.raise_to(_ENDED, max(now_s, self._began_s)))
            self.is_on = False

    async def adopt(self, closed_s: int, table: Iterable[Tally]) -> None:
        """Take what closed periods have left behind from a controller that was there. Raises sqlite3.Error.

        `closed_s`: start of its last closed period. What we have no key for is closed here as well from then on; a
        period that is still open here waits for the next time.
        """
        presence = self._movements.presence
        async with self._sweep.lock:
            upto_s = min(closed_s, presence.closed_s)
            if closed_s > presence.closed_s and self._is_dead(closed_s):
                upto_s = closed_s
            if upto_s == NEVER:
                self.has_adopted |= closed_s == NEVER  # it has nothing to tell; else what it tells is too early for us
                return
            rows = [tally for tally in table if tally.period_s <= upto_s]
            closes_s = max(upto_s, presence.closed_s)
            await self._in_store(lambda: self._store.adopt(rows, upto_s, closes_s))
            if upto_s > presence.closed_s:  # nothing of these periods was ever readable here
                presence.close_period(upto_s)
            presence.adopt(await self._in_store(self._store.tallies))
            self.has_adopted = True

    def _is_dead(self, start_s: int) -> bool:
        """Whether the period that starts there is past its time, and no key up to it is left here."""
        length_s = self._retention.movement_period_s
        dies_ns = self._retention.dies_at_s(Period(Kind.MOVEMENT, start_s, length_s)) * NS_PER_S
        alive = [period for period in self._vault.periods() if period.kind is Kind.MOVEMENT]
        return dies_ns <= self._clock.now_ns() and all(period.start_s > start_s for period in alive)


def read_marks(store: RecordStore) -> tuple[int, int]:
    """Return when learning began and ended last; 0 for never. Call on the store's thread."""
    return store.figure(_BEGAN, 0), store.figure(_ENDED, 0)
