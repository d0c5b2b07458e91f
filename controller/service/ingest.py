"""Ingest: sealed batches in; opened, told from what is known, committed in one group, then folded.

The order is the promise: what the fold knows is on disk, and what a gate is told we *have* is on disk. A group whose
commit fails changes nothing, and is taken again (truth.py). Belongs here: that order. Does not belong here: what an
event means (controller/domain/presence), or MQTT.
"""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import structlog

from contract.clock import NS_PER_S, Clock
from contract.events import AnyEvent, BadEventError, PassageSnapshot, decode_event
from contract.ids import EdgeId, Epoch
from contract.messages import BadBatchError, SealedBatch, decode_batch
from contract.periods import Period
from contract.sealing import ContentKey, KeyName, SealingError
from contract.signing import SignatureError
from controller.domain.known import NumberSet
from controller.domain.presence.passback import Contradiction
from controller.service.alarms import Alarms
from controller.service.key_ring import ClockAheadError, ExpiredError, ForeignSourceError, KeyRing
from controller.service.movements import Movements
from controller.store.records import Group
from controller.vault import VaultError

STORED: Final = "events_stored"
EXPIRED: Final = "events_expired"
AHEAD: Final = "events_ahead"
AHEAD_S: Final = 300
"""How far in the future a period may begin that records are sealed to (architecture.md, "Time")."""
LATE: Final = "events_late"
_log = structlog.get_logger()


class Delivery(NamedTuple):
    """One message as the broker brought it: whose topic, and what."""

    edge: EdgeId
    payload: bytes
    are_events: bool = True
    """False for pictures, which no count of events includes."""


class _Opened(NamedTuple):
    name: KeyName
    number: int
    event: AnyEvent


@dataclass
class _Gathering:
    keys: dict[bytes, KeyName] = field(default_factory=dict)
    rows: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    opened: list[_Opened] = field(default_factory=list)
    new: dict[tuple[EdgeId, Epoch], NumberSet] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    refused: list[tuple[EdgeId, Exception]] = field(default_factory=list)
    ahead: set[Period] = field(default_factory=set)


class Ingest:
    """Takes groups of deliveries, one group after the other."""

    def __init__(
        self,
        clock: Clock,
        key_ring: KeyRing,
        known: dict[tuple[EdgeId, Epoch], NumberSet],
        movements: Movements,
        commit: Callable[[Group], Awaitable[None]],
        alarms: Alarms,
    ) -> None:
        """`commit` stores a group durably; `known` is what is committed, and only the sweep takes from it."""
        self._clock = clock
        self._key_ring = key_ring
        self._movements = movements
        self._commit = commit
        self._alarms = alarms
        self.known = known
        self._faults: set[str] = set()
        self._to_renew: set[Period] = set()
        self._has_renewed = False
        self.duplicates = 0
        self.refused: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self.received: Counter[tuple[EdgeId, str]] = Counter()
        """Events that were opened and folded since the start, by gate and kind: which gate says what, of nobody."""
        self.on_contradiction: Callable[[EdgeId, AnyEvent, Contradiction], None] = self._alarm_contradiction

    async def take(self, deliveries: Sequence[Delivery]) -> set[EdgeId]:
        """Open, commit and fold one group; return the gates of which we have more than before.

        Raises sqlite3.OperationalError, after an alarm, if the disk refuses: then nothing has changed; take it again.
        """
        gathering = _Gathering()
        for delivery in deliveries:
            self._gather(delivery, gathering)
        self._to_renew |= gathering.ahead
        with contextlib.suppress(OSError, VaultError):  # asked for again, and told, each second (truth.py)
            self._renew()  # before its gate is told that it need not send again
        if gathering.new:
            await self._store(gathering)
        self.duplicates += gathering.duplicates
        for edge, error in gathering.refused:
            self.refuse(edge, error)
        self.totals.update(gathering.counts)
        for name, number, event in gathering.opened:
            self.received[name.edge, str(event.__struct_config__.tag)] += 1
            contradiction = self._movements.add(name, number, event)
            self._alarms.of_event(name.edge, event)
            if contradiction is not None:
                self.on_contradiction(name.edge, event, contradiction)
        return {edge for edge, _ in gathering.new}

    def _gather(self, delivery: Delivery, gathering: _Gathering) -> None:
        latest_start_s = self._clock.now_ns() // NS_PER_S + AHEAD_S
        try:
            batch = decode_batch(delivery.payload)
            key = self._key_ring.open(batch.key, delivery.edge, latest_start_s)
        except ExpiredError as expired:
            if self._pass_over(EXPIRED, expired.name, batch, gathering, are_events=delivery.are_events):
                self._alarms.of_system(self._clock.now_ns(), "expired", delivery.edge)
        except ClockAheadError as ahead:
            if ahead.opens:
                gathering.ahead.add(ahead.name.period)
            if self._pass_over(AHEAD, ahead.name, batch, gathering, are_events=delivery.are_events):
                self._alarms.of_system(self._clock.now_ns(), "clock-ahead", delivery.edge)
        except (BadBatchError, ForeignSourceError, SealingError, SignatureError) as error:
            gathering.refused.append((delivery.edge, error))
        else:
            self._open(key, batch, gathering)

    def _open(self, key: ContentKey, batch: SealedBatch, gathering: _Gathering) -> None:
        name = key.name
        source = (name.edge, name.epoch)
        known, new = self.known.get(source, NumberSet()), gathering.new.get(source, NumberSet())
        opened: list[_Opened] = []
        for number, sealed in batch.records:
            if number in known or number in new:
                gathering.duplicates += 1
                continue
            try:
                plaintext = key.open(number, sealed)
            except SealingError as error:  # perhaps damaged on its way: its gate shall send it again
                gathering.refused.append((name.edge, error))
                continue
            new.add(number)
            gathering.new[source] = new
            try:
                event = decode_event(plaintext)
            except BadEventError as error:  # as its gate sealed it: no other copy will read better
                gathering.refused.append((name.edge, error))
                continue
            if self._movements.too_late(name, event):
                gathering.counts[LATE] += not isinstance(event, PassageSnapshot)
                self._alarms.of_system(self._clock.now_ns(), "late", name.edge)
                continue
            gathering.rows.append((batch.key, number, sealed))
            gathering.counts[STORED] += not isinstance(event, PassageSnapshot)
            opened.append(_Opened(name, number, event))
        if opened:
            gathering.keys[batch.key] = name
            gathering.opened += opened

    def _pass_over(
        self, why: str, name: KeyName, batch: SealedBatch, gathering: _Gathering, *, are_events: bool
    ) -> bool:
        """Count what nobody may open: it is known from now on, so that its gate need not send it for ever.

        Returns whether any of it was not known before.
        """
        source = (name.edge, name.epoch)
        known, new = self.known.get(source, NumberSet()), gathering.new.get(source, NumberSet())
        count = sum(new.add(number) for number, _ in batch.records if number not in known)
        if count:
            gathering.new[source] = new
            gathering.counts[why] += count * are_events
            gathering.counts[f"{why}/{name.edge}/{name.period.start_s}"] += count * are_events
        return count > 0

    def renewed(self) -> bool:
        """Return whether pairs of coming periods were replaced since this was last asked: publish them.

        Raises OSError or controller.vault.VaultError if one must be replaced and the disk refuses: ask again.
        """
        self._renew()
        has_renewed, self._has_renewed = self._has_renewed, False
        return has_renewed

    def _renew(self) -> None:
        """Replace the pairs that a gate used too early: its records would stay readable past their limit (L4)."""
        for period in sorted(self._to_renew):
            self._key_ring.renew(period)
            self._to_renew.remove(period)
            self._has_renewed = True

    def refuse(self, edge: EdgeId, error: Exception) -> None:
        """Count and alarm a message that can not be taken: a damaged one, a foreign one, a forged one."""
        kind = type(error).__name__
        self.refused[kind] += 1
        self._alarms.of_system(self._clock.now_ns(), "refused-message", edge, kind)
        _log.warning("message refused", edge=edge, error=kind)

    def _alarm_contradiction(self, edge: EdgeId, event: AnyEvent, contradiction: Contradiction) -> None:
        self._alarms.of_passage(edge, event.occurred_ns, contradiction)

    async def _store(self, gathering: _Gathering) -> None:
        known = {
            source: NumberSet(self.known.get(source, NumberSet()).intervals() + new.intervals())
            for source, new in gathering.new.items()
        }
        group = Group(
            gathering.keys,
            gathering.rows,
            {source: numbers.intervals() for source, numbers in known.items()},
            gathering.counts,
            self._clock.now_ns() // NS_PER_S,
        )
        try:
            await self._commit(group)
        except sqlite3.OperationalError as error:
            self._faults.add(error.sqlite_errorname)
            self._alarms.of_system(self._clock.now_ns(), "store-failed", place=error.sqlite_errorname)
            _log.error("store failed", error=error.sqlite_errorname)
            raise
        self.known.update(known)  # only now: meanwhile gates are told what we have
        while self._faults:
            self._alarms.settled("store-failed", place=self._faults.pop())
