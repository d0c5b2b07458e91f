"""Figures for Prometheus: how the controller does, and never who is where.

A label names a gate of the site, a kind of alarm, a kind of key, a cause of refusal or a way out of memory, and nothing
else: LABELS is the whole list, and nothing here counts one access point or one person. Belongs here: the figures and
their form. Does not belong here: who may ask (api/metrics.py).
"""

import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from contract.periods import Kind
from controller.files import write_atomically
from controller.ledger import Ledger
from controller.link import Link
from controller.live import GateState, Live
from controller.service.records.truth import Truth
from process.exposure import Exposure
from process.memory import open_ways

LABELS: Final = frozenset({"gate", "kind", "cause", "way"})
"""All labels that there are."""
_MS_PER_S: Final = 1000


def collector_token(state: Path) -> str:
    """Return what a collector shows, from STATE/metrics.token; drawn at the first start. Raises OSError."""
    path = state / "metrics.token"
    if not path.exists():
        write_atomically(path, secrets.token_urlsafe(24).encode())
    return path.read_text(encoding="ascii").strip()


class Metrics:
    """The figures of one controller."""

    def __init__(self, truth: Truth, link: Link, ledger: Ledger) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Figures(truth, link, ledger))
        ProcessCollector(namespace="sacs", registry=self._registry)

    def exposition(self) -> bytes:
        """Return all figures as they are now, in Prometheus' text form (version 0.0.4)."""
        return generate_latest(self._registry)


class _Figures(Collector):
    def __init__(self, truth: Truth, link: Link, ledger: Ledger) -> None:
        self._truth = truth
        self._link = link
        self._ledger = ledger

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: nobody is asked before somebody scrapes."""
        return ()

    def collect(self) -> Iterator[Metric]:
        live = self._truth.live(broker_connected=self._link.connected)
        yield from self._records(live)
        yield from self._keys(live)
        yield from _gates(live)
        yield from self._proof()
        alarms = CounterMetricFamily("sacs_alarms", "Alarms and notices since the start.", labels=["kind"])
        for kind, count in sorted(self._truth.alarms.raised.items()):
            alarms.add_metric([kind], count)
        yield alarms
        exposed = GaugeMetricFamily("sacs_memory_exposed", "1: memory could come to lie on a disk.", labels=["way"])
        found = open_ways()
        for way in Exposure:
            exposed.add_metric([way.value], float(way in found))
        yield exposed

    def _records(self, live: Live) -> Iterator[Metric]:
        yield CounterMetricFamily("sacs_events_stored", "Events stored since the store began.", live.events_stored)
        yield CounterMetricFamily("sacs_events_duplicate", "Events that were here already.", live.events_duplicate)
        yield CounterMetricFamily("sacs_events_expired", "Events that came after their key's end.", live.events_expired)
        yield CounterMetricFamily("sacs_events_late", "Events that came too late for the count.", live.events_late)
        yield GaugeMetricFamily("sacs_events_journaled", "Events that gates say they journaled.", live.events_journaled)
        refused = CounterMetricFamily("sacs_messages_refused", "Messages that were not taken.", labels=["cause"])
        for cause, count in sorted(self._truth.ingest.refused.items()):
            refused.add_metric([cause], count)
        yield refused
        yield GaugeMetricFamily("sacs_messages_waiting", "Messages of gates that wait to be taken.", self._link.waiting)
        yield GaugeMetricFamily("sacs_broker_connected", "1: the broker is there.", float(live.broker_connected))

    def _keys(self, live: Live) -> Iterator[Metric]:
        yield GaugeMetricFamily("sacs_oldest_readable_seconds", "Age of the oldest record.", live.oldest_readable_s)
        yield GaugeMetricFamily("sacs_limit_seconds", "The limit of that age (L4).", float(live.limit_s))
        yield CounterMetricFamily("sacs_keys_destroyed", "Keys destroyed since the ledger began.", live.keys_destroyed)
        alive = GaugeMetricFamily("sacs_keys_alive", "Keys that open something, or will.", labels=["kind"])
        periods = self._truth.vault.periods()
        for kind in Kind:
            alive.add_metric([kind.value], sum(period.kind is kind for period in periods))
        yield alive
        is_owed = self._truth.vault.fault is not None
        yield GaugeMetricFamily("sacs_vault_owes", "1: a destroyed key is not yet off the disk.", float(is_owed))

    def _proof(self) -> Iterator[Metric]:
        yield CounterMetricFamily("sacs_ledger_entries", "Entries of the ledger.", self._ledger.number)
        last = self._ledger.last.get("canary-scan")
        if last is not None:  # nothing is said of a search that was never made
            searched_s = datetime.fromisoformat(last.at).timestamp()
            yield GaugeMetricFamily("sacs_canary_search_timestamp_seconds", "The last search for canaries.", searched_s)
            yield GaugeMetricFamily("sacs_canary_hits", "Canaries found in clear by it.", float(last.facts["hits"]))


def _gates(live: Live) -> Iterator[Metric]:
    up = GaugeMetricFamily("sacs_gate_up", "1: the gate is heard.", labels=["gate"])
    behind = GaugeMetricFamily("sacs_gate_policy_behind", "1: its policy is not the newest.", labels=["gate"])
    offset = GaugeMetricFamily("sacs_gate_clock_offset_seconds", "Its clock against ours.", labels=["gate"])
    readers = GaugeMetricFamily("sacs_gate_readers_lost", "Readers that do not answer.", labels=["gate"])
    for gate in live.gates:
        up.add_metric([gate.gate], float(gate.state in {GateState.ONLINE, GateState.CATCHING_UP}))
        behind.add_metric([gate.gate], float(gate.policy_version < gate.policy_wanted))
        offset.add_metric([gate.gate], gate.clock_offset_ms / _MS_PER_S)
        readers.add_metric([gate.gate], sum(not reader.online for reader in gate.readers))
    yield from (up, behind, offset, readers)
