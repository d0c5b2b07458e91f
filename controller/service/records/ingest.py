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

import msgspec
import structlog

from contract.clock import NS_PER_S, Clock
from contract.events import (
    AccessGranted,
    AccessNotTaken,
    AccessTaken,
    AccountedFor,
    Admitted,
    AnyEvent,
    AreaSwept,
    BadEventError,
    DoorForced,
    DoorHeld,
    ExitRequested,
    FireRelease,
    FreeExit,
    MarkWithdrawn,
    Occupants,
    OccupantsDiffer,
    PassageSnapshot,
    PassageWithoutGrant,
    PeopleCrossed,
    Reconfirmed,
    ScreenSession,
    StaysByOrder,
    UnnamedPassed,
    UnnamedSeen,
    VehicleGranted,
    VehicleTurnedAway,
    VehicleUnseen,
    decode_event,
    encode_event,
)
from contract.ids import EdgeId, Epoch
from contract.messages import BadBatchError, SealedBatch, decode_batch
from contract.periods import Period
from contract.sealing import ContentKey, KeyName, NotWrappedForError, SealingError, WrapRefusedError
from contract.signing import SignatureError
from controller.domain.known import NumberSet
from controller.domain.presence.passback import Contradiction
from controller.domain.presence.unwatched import unread_at
from controller.service.alarms import Alarms
from controller.service.records.key_ring import ExpiredError, ForeignSourceError, KeyRing, PairReplacedError
from controller.service.records.movements import Movements
from controller.service.records.replacements import Replacements
from controller.store.changes import Group
from controller.vault import VaultError

STORED: Final = "events_stored"
EXPIRED: Final = "events_expired"
AHEAD: Final = "events_ahead"
"""Of a time to come: put under the present period, and doubtful."""
MISDATED: Final = "events_misdated"
"""Sealed to another period than that of their time: put under their own, and doubtful."""
REPLACED: Final = "events_to_replaced"
"""Sealed to a pair that was replaced by another one: nobody can open them."""
AHEAD_S: Final = 300
"""How far in the future a record may lie, or the period begin that it is sealed to (architecture.md, "Time")."""
LATE: Final = "events_late"
_UNREAD: Final = frozenset({DoorForced, DoorHeld, PassageWithoutGrant, PeopleCrossed})
"""What is counted by place and period, so that whoever entered then stays in doubt when its key is dead."""
TOTALS: Final = (STORED, EXPIRED, AHEAD, MISDATED, REPLACED, LATE)
"""Counters that outlive a restart."""
EVERYWHERE: Final = EdgeId("")
_PASSAGES: Final = frozenset(
    str(each.__struct_config__.tag)
    for each in (
        AccessGranted,
        AccessTaken,
        AccessNotTaken,
        ExitRequested,
        FreeExit,
        PassageSnapshot,
        Admitted,
        Occupants,
        UnnamedPassed,
        VehicleGranted,
    )
)
_CONTROLLERS_ALONE: Final = (Reconfirmed, AccountedFor, MarkWithdrawn, UnnamedSeen, AreaSwept, StaysByOrder)
"""Officers' marks that no gate seals."""
_GATES_ALONE: Final = (VehicleGranted, VehicleTurnedAway, VehicleUnseen, OccupantsDiffer, PeopleCrossed)
"""What only a gate can see."""
_log = structlog.get_logger()


class ForgedMarkError(Exception):
    """A gate sent what only an officer at a controller can say, or a controller what only a gate can see."""


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
    doubtful: bool = False


@dataclass
class _Gathering:
    keys: dict[bytes, KeyName] = field(default_factory=dict)
    rows: list[tuple[bytes, int, bytes]] = field(default_factory=list)
    opened: list[_Opened] = field(default_factory=list)
    new: dict[tuple[EdgeId, Epoch], NumberSet] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    refused: list[tuple[EdgeId, Exception]] = field(default_factory=list)
    used_early: set[Period] = field(default_factory=set)


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
        replacements: Replacements,
    ) -> None:
        """`commit` stores a group durably; `known` is what is committed, and only the sweep takes from it."""
        self._clock = clock
        self._key_ring = key_ring
        self._movements = movements
        self._commit = commit
        self._alarms = alarms
        self.known = known
        self._faults: set[str] = set()
        self._replacements = replacements
        self.duplicates = 0
        self.refused: Counter[str] = Counter()
        self.totals: Counter[str] = Counter()
        self.received: Counter[tuple[EdgeId, str]] = Counter()
        """Events that were opened and folded since the start, by gate and kind: which gate says what, of nobody.

        Passages are counted for all gates together: those of the gates before an area would tell how many are in it.
        """
        self.on_fire: Callable[[EdgeId, FireRelease], None] = lambda _edge, _event: None
        """Told of each fire release as it comes in; what is folded again at a start is old news."""
        self.on_screen: Callable[[EdgeId, ScreenSession], None] = lambda _edge, _event: None
        """Told of each officer who begins or ends to look at a gate's screen."""
        self.may_mark: Callable[[EdgeId], bool] = lambda _edge: False
        """Whether an officer's mark may come from that source: it is a controller."""
        self.on_contradiction: Callable[[EdgeId, AnyEvent, Contradiction], None] = self._alarm_contradiction

    async def take(self, deliveries: Sequence[Delivery]) -> set[EdgeId]:
        """Open, commit and fold one group; return the gates of which we have more than before.

        Raises sqlite3.OperationalError, after an alarm, if the disk refuses: then nothing has changed; take it again.
        """
        gathering = _Gathering()
        for delivery in deliveries:
            self._gather(delivery, gathering)
        if gathering.new:
            await self._store(gathering)
        self._replacements.due |= gathering.used_early  # only now: what opens with the old pair is safe under another
        with contextlib.suppress(OSError, VaultError, sqlite3.Error):  # asked for again, and told, each second
            await self._replacements.run()
        self.duplicates += gathering.duplicates
        for edge, error in gathering.refused:
            self.refuse(edge, error)
        self.totals.update(gathering.counts)
        for name, number, event, doubtful in gathering.opened:
            kind = str(event.__struct_config__.tag)
            self.received[EVERYWHERE if kind in _PASSAGES else name.edge, kind] += 1
            contradiction = self._movements.add(name, number, event, doubtful=doubtful)
            self._alarms.of_event(name.edge, event)
            if type(event) is FireRelease:
                self.on_fire(name.edge, event)
            elif type(event) is ScreenSession:
                self.on_screen(name.edge, event)
            if contradiction is not None:
                self.on_contradiction(name.edge, event, contradiction)
        return {edge for edge, _ in gathering.new}

    def _gather(self, delivery: Delivery, gathering: _Gathering) -> None:
        try:
            batch = decode_batch(delivery.payload)
            key = self._key_ring.open(batch.key, delivery.edge)
        except (NotWrappedForError, WrapRefusedError):  # another controller is asked, and the gate sends it again
            self._alarms.of_system(self._clock.now_ns(), "not-sealed-here", delivery.edge)
        except ExpiredError as expired:
            if self._pass_over(EXPIRED, expired.name, batch, gathering, are_events=delivery.are_events):
                self._alarms.of_system(self._clock.now_ns(), "expired", delivery.edge)
        except PairReplacedError as replaced:
            if self._pass_over(REPLACED, replaced.name, batch, gathering, are_events=delivery.are_events):
                self._alarms.of_system(self._clock.now_ns(), "pair-replaced", delivery.edge)
        except (BadBatchError, ForeignSourceError, SealingError, SignatureError) as error:
            gathering.refused.append((delivery.edge, error))
        else:
            self._open(key, self._key_ring.kept_as(batch.key), batch, gathering)

    def _open(self, key: ContentKey, wraps: bytes, batch: SealedBatch, gathering: _Gathering) -> None:
        """`wraps`: those under which the records are kept."""
        name = key.name
        source = (name.edge, name.epoch)
        known, new = self.known.get(source, NumberSet()), gathering.new.get(source, NumberSet())
        first_ns, last_ns = name.period.start_s * NS_PER_S, self._clock.now_ns() + AHEAD_S * NS_PER_S
        if first_ns > last_ns:
            gathering.used_early.add(name.period)
        last_ns = min(last_ns, name.period.end_s * NS_PER_S - 1)
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
            if isinstance(event, _CONTROLLERS_ALONE) and not self.may_mark(name.edge):
                gathering.refused.append((name.edge, ForgedMarkError("a gate speaks for no officer")))
            elif isinstance(event, _GATES_ALONE) and self.may_mark(name.edge):
                gathering.refused.append((name.edge, ForgedMarkError("a controller sees no vehicle")))
            elif first_ns <= event.occurred_ns <= last_ns:
                self._keep(_Opened(name, number, event), wraps, sealed, gathering)
            else:
                self._redate(_Opened(name, number, event), gathering)

    def _keep(self, opened: _Opened, wraps: bytes, sealed: bytes, gathering: _Gathering) -> None:
        is_event = self._is_journaled(opened.name.edge, opened.event)
        if self._movements.too_late(opened.name, opened.event):
            gathering.counts[LATE] += is_event
            self._alarms.of_system(self._clock.now_ns(), "late", opened.name.edge)
            return
        gathering.rows.append((wraps, opened.number, sealed))
        gathering.counts[STORED] += is_event
        if type(opened.event) in _UNREAD and (unread := unread_at(opened.event)) is not None:
            why, place, times = unread
            gathering.counts["/".join((why, place, str(opened.name.period.start_s)))] += times
        gathering.keys[wraps] = opened.name
        gathering.opened.append(opened)

    def _is_journaled(self, edge: EdgeId, event: AnyEvent) -> bool:
        """Whether a gate counts this among the events that it journaled: no picture is, and no officer's mark."""
        return not isinstance(event, PassageSnapshot) and not self.may_mark(edge)

    def _redate(self, came: _Opened, gathering: _Gathering) -> None:
        """Keep a record under the period of its own time, which is not the one that it came with, or at most of now.

        Under a later key than that of its time it would live too long (L4).
        """
        now_ns, (name, number, event, _) = self._clock.now_ns(), came
        latest_ns, period = now_ns + AHEAD_S * NS_PER_S, name.period
        is_ahead = max(event.occurred_ns, period.start_s * NS_PER_S) > latest_ns
        at_ns = min(event.occurred_ns, now_ns) if is_ahead else event.occurred_ns
        own = Period(period.kind, at_ns // NS_PER_S // period.length_s * period.length_s, period.length_s)
        is_event = self._is_journaled(name.edge, event)
        self._count_of(AHEAD if is_ahead else MISDATED, name.edge, own, int(is_event), gathering)
        if is_ahead:
            self._alarms.of_system(now_ns, "clock-ahead", name.edge)
        else:
            self._alarms.of_system(now_ns, "misdated", name.edge)
        try:
            wraps, key = self._key_ring.own(name.edge, name.epoch, own)
        except ExpiredError:
            self._count_of(EXPIRED, name.edge, own, int(is_event), gathering)
            self._alarms.of_system(now_ns, "expired", name.edge)
            return
        event = msgspec.structs.replace(event, occurred_ns=at_ns)
        kept = _Opened(key.name, number, event, doubtful=True)
        self._keep(kept, wraps, key.seal(number, encode_event(event)), gathering)

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
            self._count_of(why, name.edge, name.period, count * are_events, gathering)
        return count > 0

    def _count_of(self, why: str, edge: EdgeId, period: Period, count: int, gathering: _Gathering) -> None:
        if not self.may_mark(edge):
            gathering.counts[why] += count
        gathering.counts[f"{why}/{edge}/{period.start_s}"] += count

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
            gathering.used_early,
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
