"""The truth: one controller's services put together, and the live picture that they give.

Belongs here: what happens when a group arrives, when a second has passed, and when a page asks. Does not belong here:
how any of it is done.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.ids import AccessPointId, ControllerId, EdgeId, HolderId
from contract.messages import VERSION, Have, PeriodKeys
from contract.periods import Kind, Period
from contract.site import Site
from controller.domain.operation import Operation
from controller.domain.presence import bounds
from controller.domain.presence.bounds import Headcount
from controller.domain.presence.compared import Comparison
from controller.domain.presence.flows import Usual
from controller.domain.presence.layout import WHOLE_SITE
from controller.live import Cause, KeyLine, Live, OperationLine, ReceivedLine
from controller.live import Headcount as HeadcountLine
from controller.service.alarm_cases import AlarmCases
from controller.service.alarms import Alarms
from controller.service.crowding import watch_capacity
from controller.service.escorting import EscortWatch
from controller.service.operating.operations import Operations
from controller.service.operating.reduced import reduced
from controller.service.records.figures import Figures
from controller.service.records.gates import GateWatch
from controller.service.records.ingest import EXPIRED, LATE, STORED, Delivery, Ingest
from controller.service.records.key_ring import KeyRing
from controller.service.records.learning import Learning
from controller.service.records.movements import Movements
from controller.service.records.replacements import Replacements
from controller.service.records.retention import Sweep
from controller.store.records import RecordStore
from controller.vault import Vault

RETRY_S: Final = 1.0
"""How soon a group that the disk refused is taken again."""
_KEYS_SHOWN: Final = 12
_FOR_EVER_NS: Final = 2**63 - 1
T = TypeVar("T")


class StoreThread:
    """The one thread that may touch the record store."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def __call__(self, call: Callable[[], T]) -> T:
        """Run `call` there and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    def now(self, call: Callable[[], T]) -> T:
        """Run `call` there and wait: for start and stop, when no loop must be kept free."""
        return self._pool.submit(call).result()

    def close(self) -> None:
        """End the thread after what it is doing."""
        self._pool.shutdown()


@dataclass
class Truth:
    """All parts of one controller that know something."""

    clock: Clock
    site: Site
    controller: ControllerId
    vault: Vault
    store: RecordStore
    in_store: StoreThread
    movements: Movements
    ingest: Ingest
    sweep: Sweep
    gates: GateWatch
    alarms: Alarms
    cases: AlarmCases
    operations: Operations
    replacements: Replacements
    key_ring: KeyRing
    learning: Learning
    comparison: Comparison
    figures: Figures
    on_news: list[Callable[[], None]] = field(default_factory=list)
    """Called when more is known than before, from whatever source."""
    marks_heard_ns: Callable[[], int] = lambda: _FOR_EVER_NS
    """Up to when the marks of all other controllers are known: their marks hold the cut as gates' events do."""
    escorts: Callable[[], Mapping[HolderId, HolderId]] = dict
    """Tells who escorts each visitor."""
    _issued_ns: int = 0
    _keys_changed: bool = False
    _usual_owed: dict[tuple[AccessPointId, int], Usual] = field(default_factory=dict)
    _densest_stored: dict[AccessPointId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.escort_watch = EscortWatch(self.movements.presence, self.alarms)

    async def take(self, deliveries: list[Delivery]) -> set[EdgeId]:
        """Ingest one group, as often as the disk needs; return the gates of which more is here than before.

        Between two attempts the sweep has its turn: a full disk must not keep a key alive (L4).
        """
        while True:
            await self.sweep.catch_up()
            with contextlib.suppress(sqlite3.OperationalError):  # alarmed there
                async with self.sweep.lock:
                    more = await self.ingest.take(deliveries)
                for call in self.on_news if more else ():
                    call()
                return more
            await asyncio.sleep(RETRY_S)

    async def tick(self) -> bool:
        """Do what time demands: destroy, make, forget. Returns whether public keys changed.

        Raises sqlite3.Error, OSError or VaultError where the disk refuses: call again.
        """
        self.gates.watch()
        watch_capacity(self.site, lambda: self.headcounts()[1], self.alarms, self.clock.now_ns())
        self.escort_watch.tick(self.escorts(), self.clock.now_ns())
        self.operations.tick()
        self.cases.tick()
        self._keys_changed |= await self.sweep.run()
        self._keys_changed |= self.vault.ensure(self.site.retention, self.clock.now_ns())
        await self.replacements.run()
        self._keys_changed |= self.replacements.taken()
        await self.learning.tick()
        retention = self.site.retention
        cut_ns = min(self.gates.cut_ns(retention), self.marks_heard_ns() - retention.settle_s * NS_PER_S)
        await self.sweep.keep_watermarks(self.gates.counted)
        await self._keep_flows()
        if not self.operations.open_now(self.clock.now_ns()):  # rule 6: what tablets know must not shift under them
            await self.sweep.advance_cut(cut_ns)
        changed, self._keys_changed = self._keys_changed, False
        return changed

    async def _keep_flows(self) -> None:
        """Store what was learned, again and again until the disk takes it: a restart without it narrows a bound."""
        self._usual_owed |= {(usual.access_point, usual.hour): usual for usual in self.figures.learn()}
        if usual := dict(self._usual_owed):
            await self.in_store(lambda: self.store.keep_usual(usual.values()))
            self._usual_owed.clear()
        densest = dict(self.movements.unwatched.flows.densest)
        if densest != self._densest_stored:
            await self.in_store(lambda: self.store.keep_densest(densest))
            self._densest_stored = densest

    def delivery_progress(self) -> object | None:
        """Return something that changes as long as what gates say comes through; None while none was ever heard."""
        come_through = self.gates.come_through()
        if come_through:
            return self.clock.now_ns()
        ingest = self.ingest
        return None if come_through is None else (ingest.totals.total(), ingest.duplicates, ingest.refused.total())

    def have_of(self, edge: EdgeId) -> Have:
        """Return which numbers of a gate are committed here."""
        known = {epoch: numbers.intervals() for (of, epoch), numbers in self.ingest.known.items() if of == edge}
        return Have(VERSION, self.controller, edge, known)

    def period_keys(self) -> PeriodKeys:
        """Return the public halves of all periods whose keys are alive and that are not over, as of a new moment."""
        self._issued_ns = max(self.clock.now_ns(), self._issued_ns + 1)
        now_s = self._issued_ns // NS_PER_S
        coming = [period for period in self.vault.periods() if period.end_s > now_s]
        keys = [(period, self.vault.public_key(period)) for period in coming]
        return PeriodKeys(VERSION, self.controller, self._issued_ns, keys)

    def headcounts(self) -> tuple[HeadcountLine, list[HeadcountLine]]:
        """Return the figures of the premises and of each area; unknown ones as long as this controller learns."""
        names = {area.id: area.name or area.id for area in self.site.area}
        counts = self.figures.headcounts()
        lines = [_line(area, names.get(area, area), count) for area, count in counts.items() if area != WHOLE_SITE]
        return _line(WHOLE_SITE, self.site.site.name, counts[WHOLE_SITE]), lines

    def oldest_readable_s(self) -> float:
        """Return an upper bound of the oldest readable record's age in seconds: since its period began.

        A period that lies ahead counts by how far it does: by so much longer are its records readable.
        """
        now_s = self.clock.now_ns() / NS_PER_S
        return max((abs(now_s - start_s) for start_s in self.movements.readable_periods_s()), default=0.0)

    def live(self, *, broker_connected: bool) -> Live:
        """Return the live picture: all of it in an operation, else without what would tell of single persons."""
        operations = self.operations.open_now(self.clock.now_ns())
        picture = self._picture(operations, broker_connected=broker_connected)
        return picture if operations else reduced(picture, {area.id: area.within for area in self.site.area})

    def _picture(self, operations: tuple[Operation, ...], *, broker_connected: bool) -> Live:
        premises, areas = self.headcounts()
        totals = self.ingest.totals
        return Live(
            at=to_datetime(self.clock.now_ns()).isoformat(),
            site=self.site.site.name or self.site.site.id,
            time_zone=self.site.site.time_zone,
            learning=self.learning.is_on,
            premises=premises,
            areas=areas,
            gates=self.gates.lines(),
            alarms=self.alarms.lines(),
            cases=self.cases.lines(),
            keys=self._key_lines(),
            keys_destroyed=self.sweep.destroyed,
            oldest_readable_s=self.oldest_readable_s(),
            limit_s=self.site.retention.movement_keep_s,
            events_journaled=self.gates.journaled(),
            events_stored=totals[STORED],
            events_duplicate=self.ingest.duplicates,
            events_expired=totals[EXPIRED],
            events_late=totals[LATE],
            broker_connected=broker_connected,
            received=[ReceivedLine(gate, kind, count) for (gate, kind), count in sorted(self.ingest.received.items())],
            operations=[
                OperationLine(each.kind, each.plan, to_datetime(each.opened_ns).isoformat()) for each in operations
            ],
            smallest_area_shown=self.site.law.smallest_area_shown,
        )

    def _key_lines(self) -> list[KeyLine]:
        """Return keys that have begun, alive and lately destroyed, oldest first."""
        alive = set(self.vault.periods())
        ever_lived = alive.union(self.sweep.gone)
        shown: list[Period] = []
        for kind in Kind:
            newest = self.site.retention.period_at(kind, self.clock.now_ns())
            length_s = newest.length_s
            keep = self.site.retention.keep_s(kind) // length_s
            count = min(_KEYS_SHOWN, keep) + 3
            shown += [Period(kind, newest.start_s - back * length_s, length_s) for back in reversed(range(count))]
        return [self._key_line(period, period in alive) for period in shown if period in ever_lived]

    def _key_line(self, period: Period, alive: bool) -> KeyLine:  # noqa: FBT001  one of its facts
        rows = self.movements.rows[period.start_s] if period.kind is Kind.MOVEMENT else 0
        return KeyLine(
            kind=period.kind.value,
            starts_at=to_datetime(period.start_s * NS_PER_S).isoformat(),
            ends_at=to_datetime(period.end_s * NS_PER_S).isoformat(),
            dies_at=to_datetime(self.site.retention.dies_at_s(period) * NS_PER_S).isoformat(),
            alive=alive,
            rows=max(0, rows),
        )


def _line(area: str, name: str, count: Headcount) -> HeadcountLine:
    causes = [_cause(cause) for cause in count.causes]
    if count.unknown:
        return HeadcountLine(area, name, None, None, None, count.unnamed, causes, count.named)
    return HeadcountLine(area, name, count.lowest, count.best, count.highest, count.unnamed, causes, count.named)


def _cause(cause: bounds.Cause) -> Cause:
    since = to_datetime(cause.since_ns).isoformat() if cause.since_ns else None
    return Cause(cause.reason.value, cause.up_to, cause.fewer, cause.more, since, cause.place)
