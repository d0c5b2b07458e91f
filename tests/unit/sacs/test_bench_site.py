"""Which gate is put on the bench, and what is said where smart cards can not be simulated."""

import importlib.util
from pathlib import Path

import pytest

from contract.ids import EdgeId
from contract.site import SiteFileError
from sacs.bench.site import BenchSite, bench_sites
from sacs.bench.smart_card_readers import smart_card_readers
from simulators.pcsc import PcscUnavailableError

TWO_GATES = "area = []\naccess_point = []\n[[gate]]\nid = 'north'\n[[gate]]\nid = 'south'\n"


def test_the_own_site_shows_every_kind_and_goes_without_smart_cards() -> None:
    best, second = bench_sites(None, None)
    assert best.smart_card_readers == ["card-reader"]
    assert second.smart_card_readers == []
    assert {reader.kind for reader in best.gate.reader} == {"osdp", "serial", "pcsc"}
    assert {portal.kind for portal in second.gate.portal} == {"door", "turnstile"}
    assert second.gate.interlock


def test_one_gate_of_a_site_file_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(TWO_GATES)
    (first,) = bench_sites(path, None)
    (south,) = bench_sites(path, EdgeId("south"))
    assert (first.gate.id, south.gate.id) == ("north", "south")
    with pytest.raises(SiteFileError, match="it has: north, south"):
        bench_sites(path, EdgeId("east"))
    with pytest.raises(SiteFileError, match="has no gate"):
        BenchSite.of("area = []\naccess_point = []\n", None)


async def test_without_the_extra_for_smart_cards_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PcscUnavailableError, match="`make pcsc`"):
        await smart_card_readers(["reader"], tmp_path).__aenter__()


async def test_more_readers_than_a_service_has_room_for_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(PcscUnavailableError, match="1 to 8 different names"):
        await smart_card_readers([f"reader {number}" for number in range(9)], tmp_path).__aenter__()


async def test_a_gate_without_smart_card_readers_needs_no_service(tmp_path: Path) -> None:
    async with smart_card_readers([], tmp_path) as readers:
        assert not readers.slots
        assert not readers.environment
