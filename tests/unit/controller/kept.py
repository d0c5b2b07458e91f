"""A controller's memory without its wire: vault, ledger, store, fold, ingest and sweep on one folder."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import TypeVar

from contract.clock import ManualClock
from contract.events import AccessGranted, AccessTaken, AnyEvent
from contract.ids import OUTSIDE, AccessPointId, AreaId, ControllerId, EdgeId, Epoch, HolderId, PassId
from contract.periods import Kind, Retention
from contract.site import parse_site
from controller.domain.known import NumberSet
from controller.domain.presence.flows import Flows
from controller.domain.presence.layout import Layout
from controller.domain.presence.unwatched import Unwatched
from controller.ledger import Entry, Ledger
from controller.service.alarms import Alarms
from controller.service.records.ingest import Delivery, Ingest
from controller.service.records.key_ring import KeyRing
from controller.service.records.movements import Movements
from controller.service.records.opening import load_known, open_stored
from controller.service.records.replacements import Replacements
from controller.service.records.retention import DESTROYED, Sweep
from controller.store.changes import Group
from controller.store.records import RecordStore
from controller.vault import FileVault
from tests.unit.controller.sources import MAIN, Source, at_ns, signer_of, verify_keys

START_S = 1_800_000_000
RETENTION = Retention(movement_period_s=60, movement_keep_s=300, video_period_s=86400, settle_s=60)
HALL = AreaId("hall")
SITE = parse_site(
    """
    area = [{id = "hall"}]
    access_point = [{id = "in", from = "outside", to = "hall"}, {id = "out", from = "hall", to = "outside"}]
    """
)
LAYOUT = Layout({HALL: None}, {AccessPointId("in"): (OUTSIDE, HALL), AccessPointId("out"): (HALL, OUTSIDE)})
NORTH = EdgeId("north")
T = TypeVar("T")


def went(way: str, holder: str, second: float) -> AccessGranted:
    """Somebody passes, `second` seconds after the start."""
    return AccessGranted(at_ns(START_S + second), AccessPointId(way), HolderId(holder), PassId("pass"), "card")


def taken(way: str, grant_number: int, second: float) -> AccessTaken:
    """The gate saw it happen."""
    return AccessTaken(at_ns(START_S + second), AccessPointId(way), grant_number)


async def in_store(call: Callable[[], T]) -> T:
    """Run a call of the store at once: one thread will do here."""
    return call()


@dataclass
class Kept:
    """One run. Make another one on the same folder to start again."""

    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(at_ns(START_S)))
    controller: ControllerId = MAIN
    blocked: dict[PassId, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.signer = signer_of("controller" if self.controller == MAIN else self.controller)
        self.alarms = Alarms()
        self.vault = FileVault(self.folder / "vault", self.controller)
        self.ledger = Ledger(self.folder / "state" / "ledger.jsonl", self.controller, self.signer)
        self.store = RecordStore(self.folder / "state" / "records.db")
        used_early = self.store.used_early()
        sources = {**verify_keys(NORTH, "south"), MAIN: signer_of("controller").public_key()}
        self.key_ring = KeyRing(self.vault, sources, self.controller, self.signer, used_early)
        self.known: dict[tuple[EdgeId, Epoch], NumberSet] = load_known(self.store)
        self.damaged: list[EdgeId] = []
        self.unwatched = Unwatched(SITE, Flows(UTC, 0))
        self.movements: Movements = open_stored(
            self.store,
            self.key_ring,
            LAYOUT,
            self.unwatched,
            60,
            lambda: self.blocked,
            self.alarms.of_event,
            self.damaged.append,
            lambda _: None,
        )
        self.replacements = Replacements(self.clock, self.key_ring, self.ledger, self.store, in_store, used_early)
        self.ingest = Ingest(
            self.clock, self.key_ring, self.known, self.movements, self.commit, self.alarms, self.replacements
        )
        self.sweep = Sweep(
            self.clock, RETENTION, self.vault, self.ledger, self.key_ring, self.movements, self.alarms, self.store,
            in_store, self.known,
        )  # fmt: skip

    async def begin(self) -> "Kept":
        """What a program does before it serves anybody."""
        await self.sweep.recover()
        self.vault.ensure(RETENTION, self.clock.now_ns())
        return self

    def commit(self, group: Group) -> Awaitable[None]:
        """Commit a group."""
        return in_store(lambda: self.store.commit(group))

    def source(self, edge: EdgeId = NORTH, epoch: bytes = bytes(16)) -> Source:
        """A gate that seals to this vault."""
        return Source(edge, Epoch(epoch), self.vault, RETENTION)

    async def take(self, source: Source, records: Mapping[int, AnyEvent]) -> set[EdgeId]:
        """Ingest events, each in a message of its own."""
        return await self.ingest.take([Delivery(source.edge, source.batch({n: e})) for n, e in records.items()])

    def at(self, second: float) -> None:
        """Let it be so many seconds after the start."""
        self.clock.advance_to(at_ns(START_S + second))

    def named(self) -> int:
        """How many persons the fold places in the hall."""
        return self.movements.presence.headcount(HALL).named

    def receipts(self) -> list[Entry]:
        """What the ledger's file says of movement keys."""
        destroyed = [entry for entry in self.ledger.entries() if entry.kind == DESTROYED]
        return [entry for entry in destroyed if entry.facts["period_kind"] == Kind.MOVEMENT.value]

    def state(self) -> tuple[object, ...]:
        """All that must be the same again, whatever happened in between."""
        return (
            self.vault.periods(),
            {source: numbers.intervals() for source, numbers in self.known.items()},
            dict(self.store.known().items()),
            sorted(self.store.tallies()),
            sorted(n for key_id, _ in self.store.keys(-1) for n, _ in self.store.records(key_id)),
            sorted(n for key_id, _ in self.store.keys(-1) for n, _ in self.store.priors(key_id)),
            self.store.closings(),
            self.store.figure("closed_s", -1),
            self.store.figure("cut_ns", 0),
            self.store.used_early(),
            {area: self.movements.presence.headcount(area) for area in LAYOUT.areas},
            {period_s: rows for period_s, rows in self.movements.rows.items() if rows},
            [entry.facts for entry in self.receipts()],
        )

    def close(self) -> None:
        """Close the store's file."""
        self.store.close()
