"""The site as it is played: a gate with a log as reader for each access point, and nobody refused."""

from contract.ids import machine_name
from contract.site import AntiPassback, ReaderKind, parse_site
from sacs.replay.site import SITE, played_site

AREAS = """
[[area]]
id = "hq"
[[access_point]]
id = "In"
from = "outside"
to = "hq"
[[access_point]]
id = "in!"
from = "outside"
to = "hq"
[[access_point]]
id = "Ausgang Süd"
from = "hq"
to = "outside"
[[access_point]]
id = "門"
from = "any"
to = "hq"
"""
GATE = """
[[gate]]
id = "in"
name = "Main"
anti_passback = "hard"
[[gate.reader]]
id = "r1"
kind = "osdp"
access_point = "In"
device = "bus"
[[gate.reader]]
id = "r2"
kind = "serial"
access_point = "Ausgang Süd"
[[gate.portal]]
id = "door"
hardware = "r1"
access_points = ["In"]
[[gate.camera]]
id = "eye"
"""


def test_each_access_point_gets_a_gate_with_a_name_for_a_machine() -> None:
    site = played_site(parse_site(AREAS))
    assert [[reader.access_point for reader in gate.reader] for gate in site.gate] == [
        ["In"], ["in!"], ["Ausgang Süd"], ["門"]
    ]  # fmt: skip
    names = [machine_name(gate.id) for gate in site.gate]
    assert len(set(names)) == 4
    assert names[:2] == ["in", "in-2"]


def test_a_gate_of_the_file_keeps_its_access_points_and_loses_its_wires() -> None:
    site = played_site(parse_site(AREAS + GATE))
    assert len(site.gate) == 3
    main = site.gate_of(site.gate[0].id)
    assert (main.id, main.name, main.portal, main.camera) == ("in", "Main", [], [])
    assert [(r.kind, r.access_point) for r in main.reader] == [(ReaderKind.LOG, "In"), (ReaderKind.LOG, "Ausgang Süd")]
    assert main.anti_passback is AntiPassback.SOFT


def test_nothing_of_a_replay_carries_the_name_of_a_site_in_service() -> None:
    site = played_site(parse_site(f'[site]\nid = "geneva"\nname = "Geneva"\n{AREAS}'))
    assert (site.site.id, site.site.name) == (SITE, "Geneva")
