"""Figures for Prometheus: they move with what happens, and their labels name no person, card or access point."""

import re

import httpx
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from contract.events import AccessDenied, DenialReason
from contract.ids import AccessPointId
from contract.periods import Kind
from controller.api.access import Access, answer_refusals
from controller.api.metrics import metrics_router
from controller.composition.assembly import Assembly
from controller.console import words
from controller.metrics import LABELS, Metrics
from controller.service.records.ingest import STORED
from process.exposure import Exposure
from tests.integration.controller.conftest import DEATH_S, PLANTS, Premises, at_ns, until, went

TOKEN = "the-collectors-own"
PROCESS = re.compile(r"sacs_process_\w+")


def figures_of(text: str) -> dict[tuple[str, str], float]:
    """Each sample by its name and its only label's value."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert all(set(sample.labels) <= LABELS and len(sample.labels) <= 1 for sample in samples)
    return {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples}


async def scrape(assembly: Assembly, path: str, **headers: str) -> httpx.Response:
    office = assembly.office
    access = Access(office.sessions, office.officers, office.trail)
    app = FastAPI()
    answer_refusals(app)
    app.include_router(metrics_router(access, Metrics(assembly.truth, assembly.link, assembly.ledger), TOKEN))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sacs") as client:
        return await client.get(path, headers=headers)


async def test_figures_move_and_name_nobody(one_premises: Premises) -> None:
    async with one_premises.running() as assembly, one_premises.gate() as gate:
        denied = AccessDenied(at_ns(2), AccessPointId("in"), DenialReason.UNKNOWN_CREDENTIAL, PLANTS[1], None)
        await gate.send({1: went("in", "ada", 1), 2: denied}, 1)
        await until(lambda: assembly.truth.ingest.totals[STORED] == 2)
        await gate.say(3, 2)
        await until(lambda: assembly.truth.gates.journaled() == 2)
        one_premises.clock.advance_to(at_ns(DEATH_S))
        await assembly.truth.tick()
        await assembly.canary_scan.search()
        answer = await scrape(assembly, "/api/metrics/collector", Authorization=f"Bearer {TOKEN}")
        assert answer.status_code == 200
        told = figures_of(answer.text)
        for path, headers in (
            ("/api/metrics", {}),
            ("/api/metrics/collector", {}),
            ("/api/metrics/collector", {"Authorization": "Bearer another"}),
        ):
            assert (await scrape(assembly, path, **headers)).status_code == 401
    assert told["sacs_events_stored_total", ""] == 2
    assert told["sacs_keys_destroyed_total", ""] == 1
    assert told["sacs_oldest_readable_seconds", ""] <= told["sacs_limit_seconds", ""] == 300
    assert told["sacs_alarms_total", "denied"] == 1
    assert told["sacs_keys_alive", "movement"] > 300
    assert told["sacs_gate_up", "south"] == 0
    assert told["sacs_vault_owes", ""] == 0
    assert told["sacs_ledger_entries_total", ""] > 1
    assert told["sacs_canary_search_timestamp_seconds", ""] == at_ns(DEATH_S) / 10**9
    assert told["sacs_canary_hits", ""] == 0
    allowed = (
        {"", "north", "south"} | set(words.ALARMS) | {kind.value for kind in Kind} | {way.value for way in Exposure}
    )
    assert {label for _, label in told} <= allowed
    assert not [plant for plant in (*PLANTS, "ada".ljust(24, "0"), '"in"', '"out"') if plant in answer.text]
