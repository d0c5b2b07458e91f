"""The `[simulation]` table: what it may say, and how it says no."""

import re

import pytest

from contract.ids import OUTSIDE, AccessPointId, AreaId
from contract.periods import Kind
from contract.site import AccessPoint, ReaderKind, SiteFileError
from simulators.scene import BUILT_IN, SceneError, Simulation, Stays, built_in, minutes_of_day, parse_scene, unread_rate

SITE = """
[[area]]
id = "inside"
[[access_point]]
id = "in"
from = "outside"
to = "inside"
"""


def test_a_site_without_the_table_has_the_defaults() -> None:
    scene = parse_scene(SITE)
    assert scene.simulation.people == 50
    assert scene.simulation.stays == Stays()
    assert scene.simulation.day is None


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_site_is_whole(name: str) -> None:
    scene = parse_scene(built_in(name))
    wired = {reader.access_point for gate in scene.site.gate for reader in gate.reader}
    assert wired == {point.id for point in scene.site.access_point}
    for gate in scene.site.gate:
        assert {reader.kind for reader in gate.reader} == {ReaderKind.OSDP, ReaderKind.SERIAL}
    simulation, site = scene.simulation, scene.site.site
    assert (simulation.stays is None) != (simulation.day is None)
    # What is declared for each read passage must not promise less than what is simulated.
    assert site.missed_exit_rate >= simulation.missed_read_rate / (1 - simulation.missed_read_rate)
    assert site.missed_entry_rate >= simulation.tailgating_rate / (1 - simulation.tailgating_rate)


def test_people_of_the_demo_rarely_outlive_its_records() -> None:
    scene = parse_scene(built_in("demo"))
    assert scene.simulation.stays is not None
    assert scene.simulation.stays.stay_s[1] < scene.site.retention.keep_s(Kind.MOVEMENT) / 1.5
    assert scene.simulation.stays.overstay_s[0] > scene.site.retention.keep_s(Kind.MOVEMENT)
    assert any(gate.camera for gate in scene.site.gate)


def test_a_site_that_is_not_built_in_is_named() -> None:
    with pytest.raises(SceneError, match="demo, office"):
        built_in("nowhere")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("peeple = 3", "peeple"),
        ("people = -1", "people is -1"),
        ("people = 200001", "200000"),
        ("people = 2\nblocked = 3", "blocked"),
        ("expired = -1", "expired"),
        ("missed_read_rate = 1.5", "missed_read_rate is 1.5"),
        ("tailgating_rate = -0.1", "tailgating_rate"),
        ("unknown_card_every_s = -1", "unknown_card_every_s"),
        ('[simulation.outdoors]\nlight = "dusk"', "dusk"),
        ("visitors = 1", "visitor_access_points"),
        ('visitor_access_points = ["roof"]', "roof"),
        ("[simulation.stays]\nstay_s = [9, 3]", "stay_s"),
        ("[simulation.stays]\naway_s = [0, 3]", "away_s"),
        ("[simulation.stays]\noverstay_rate = 2", "overstay_rate"),
        ('[simulation.day]\narrive = "8:30"', "arrive"),
        ('[simulation.day]\nleave = "24:00"', "leave"),
        ('[simulation.day]\nlunch = "08:00"', "arrive, then lunch, then leave"),
        ("[simulation.day]\nspread_min = -1", "spread_min"),
        ("[simulation.day]\nweekend_rate = 1.01", "weekend_rate"),
        ("[simulation.day]\n[simulation.stays]", "not both"),
    ],
)
def test_what_can_not_be_is_refused_with_its_name(table: str, words: str) -> None:
    with pytest.raises(SceneError, match=re.escape(words)):
        parse_scene(f"{SITE}\n[simulation]\n{table}")


def test_a_bad_site_is_refused_as_a_site() -> None:
    with pytest.raises(SiteFileError):
        parse_scene("[[area]]\nid = 'a'\n[[area]]\nid = 'a'\n[[access_point]]")


def test_reads_are_missed_at_the_border_alone() -> None:
    simulation = Simulation(missed_read_rate=0.3, tailgating_rate=0.2)
    a, b = AreaId("a"), AreaId("b")

    def rate(source: AreaId, target: AreaId) -> float:
        return unread_rate(simulation, AccessPoint(AccessPointId("p"), source, target))

    assert rate(OUTSIDE, a) == 0.2
    assert rate(a, OUTSIDE) == 0.3
    assert rate(a, b) == 0


def test_minutes_of_day() -> None:
    assert minutes_of_day("00:00") == 0
    assert minutes_of_day("23:59") == 24 * 60 - 1
