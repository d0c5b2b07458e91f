"""What knows something of one controller, opened: store, fold, ingest, sweep, operations, learning, put together.

Belongs here: the order in which they open, before anybody is served. Does not belong here: the wire, reference data,
officers (assembly.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.clock import Clock
from contract.ids import ControllerId, EdgeId
from contract.site import Site
from controller.composition.people import PassFacts
from controller.domain.presence.compared import Comparison
from controller.domain.presence.flows import Flows
from controller.domain.presence.layout import Layout
from controller.domain.presence.unwatched import Unwatched
from controller.domain.ways_out import ways_out
from controller.ledger import Ledger
from controller.service.alarm_cases import AlarmCases
from controller.service.alarms import Alarms
from controller.service.operating.operations import Operations, figures_of
from controller.service.records.figures import Figures
from controller.service.records.gates import GateWatch
from controller.service.records.ingest import TOTALS, Ingest
from controller.service.records.key_ring import KeyRing
from controller.service.records.learning import Learning, begin_learning, read_marks
from controller.service.records.opening import load_known, open_stored
from controller.service.records.replacements import Replacements
from controller.service.records.retention import Sweep
from controller.service.records.truth import StoreThread, Truth
from controller.store.changes import Group
from controller.store.records import RecordStore
from controller.vault import Vault


@dataclass(frozen=True)
class Kept:
    """What the truth rests on. `has_peers`: whether the root lists other controllers."""

    vault: Vault
    ledger: Ledger
    signer: Ed25519PrivateKey
    gate_keys: Mapping[str, Ed25519PublicKey]
    policies_wanted: Mapping[EdgeId, int]
    passes: PassFacts
    has_peers: bool


async def open_truth(
    site: Site, controller: ControllerId, state: Path, clock: Clock, kept: Kept, progress: Callable[[int], None]
) -> Truth:
    """Open the store, fold what it holds, and destroy what is past its time before anybody is served."""
    vault = kept.vault
    in_store = StoreThread()
    store = in_store.now(lambda: RecordStore(state / "records.db"))
    alarms = Alarms(ways_out(site))
    cases = AlarmCases(clock, kept.ledger, alarms)
    used_early = in_store.now(store.used_early)
    key_ring = KeyRing(vault, kept.gate_keys, controller, kept.signer, used_early)
    layout, period_s = Layout.of(site), site.retention.movement_period_s
    known = in_store.now(lambda: load_known(store))
    now_ns = clock.now_ns()

    def damaged(edge: EdgeId) -> None:
        alarms.of_system(now_ns, "damaged-row", edge, "store")

    unwatched = Unwatched(
        site, Flows(site.time_zone(), now_ns, in_store.now(store.usual_flows), in_store.now(store.densest_flows))
    )
    movements = in_store.now(
        lambda: open_stored(
            store, key_ring, layout, unwatched, period_s, kept.passes.blocked.all, alarms.of_event, damaged, progress
        )
    )
    totals = {name: in_store.now(partial(store.figure, name, 0)) for name in TOTALS}
    totals |= in_store.now(store.figures_by_gate)

    async def commit(group: Group) -> None:
        await in_store(lambda: store.commit(group))

    replacements = Replacements(clock, key_ring, kept.ledger, store, in_store, used_early)
    ingest = Ingest(clock, key_ring, known, movements, commit, alarms, replacements)
    ingest.totals.update(totals)
    in_store.now(lambda: begin_learning(store, vault, clock, has_peers=kept.has_peers))
    marks = in_store.now(lambda: read_marks(store))
    sweep = Sweep(clock, site.retention, vault, kept.ledger, key_ring, movements, alarms, store, in_store, known)
    await sweep.recover()
    vault.ensure(site.retention, clock.now_ns())
    gates = GateWatch(clock, site, known, alarms, kept.policies_wanted, in_store.now(store.watermarks))
    learning = Learning(clock, site.retention, vault, movements, sweep, gates, store, in_store, marks)
    if learning.is_on and kept.has_peers:
        vault.ensure_past(site.retention, clock.now_ns())
    comparison = Comparison(movements.presence)
    figures = Figures(clock, site.retention, movements, gates, learning, comparison, ingest.totals)
    operations = Operations(clock, kept.ledger, alarms, lambda: figures_of(figures.headcount()))
    figures.open_operations = lambda: operations.open_now(clock.now_ns())
    return Truth(
        clock,
        site,
        controller,
        vault,
        store,
        in_store,
        movements,
        ingest,
        sweep,
        gates,
        alarms,
        cases,
        operations,
        replacements,
        key_ring,
        learning,
        comparison,
        figures,
        escorts=kept.passes.escorts.all,
    )
