"""Who holds which pass, and what a scan has to look for."""

import json
from datetime import UTC, datetime
from random import Random

import pytest

from simulators.people import VISITOR, people, plants, reference_data, unknown_card
from simulators.scene import built_in, parse_scene

DEMO = parse_scene(built_in("demo"))


def test_a_seed_gives_the_same_people_and_another_seed_others() -> None:
    assert people(DEMO) == people(DEMO, DEMO.simulation.seed)
    assert {p.name for p in people(DEMO, 8)} != {p.name for p in people(DEMO, 9)}


@pytest.mark.parametrize("scene", [DEMO, parse_scene(built_in("office"))])
def test_nobody_shares_a_name_a_card_or_a_pass_number(scene: object) -> None:
    everybody = people(DEMO if scene is DEMO else parse_scene(built_in("office")))
    assert len({p.name for p in everybody}) == len(everybody)
    assert len({p.pass_number for p in everybody}) == len(everybody)
    texts = [text for p in everybody for text in p.card.texts]
    assert len(set(texts)) == len(texts)


def test_special_passes_are_as_many_as_the_scene_says() -> None:
    everybody = people(DEMO)
    assert len(everybody) == DEMO.simulation.people
    visitors = [p for p in everybody if p.category == VISITOR]
    assert len(visitors) == DEMO.simulation.visitors
    assert all(p.access_points == tuple(DEMO.simulation.visitor_access_points) for p in visitors)
    assert sum(p.blocked for p in everybody) == DEMO.simulation.blocked
    expired = [p for p in everybody if p.valid_until < datetime(2025, 1, 1, tzinfo=UTC)]
    assert len(expired) == DEMO.simulation.expired
    assert sum(not p.is_admitted for p in everybody) == DEMO.simulation.blocked + DEMO.simulation.expired


def test_an_unknown_card_is_nobodys() -> None:
    everybody = people(DEMO)
    known = {text for p in everybody for text in p.card.texts}
    chance = Random(1)
    for _ in range(50):
        assert not known & set(unknown_card(everybody, chance).texts)


def test_an_unknown_card_differs_even_if_the_draw_hits_a_known_one() -> None:
    everybody = people(DEMO)
    first = unknown_card([], Random(5))

    class Holder:
        card = first

    assert unknown_card([*everybody, Holder()], Random(5)) != first  # type: ignore[list-item]


def test_reference_data_is_what_a_pass_office_registers() -> None:
    rows = json.loads(reference_data(people(DEMO)))
    assert len(rows) == DEMO.simulation.people
    for row, person in zip(rows, people(DEMO), strict=True):
        assert row["name"] == person.name
        assert row["pass_number"] == person.pass_number
        assert row["credentials"] == list(person.card.texts)
        assert row["access_points"] == list(person.access_points)
        assert row["blocked"] is person.blocked
        assert datetime.fromisoformat(row["valid_from"]) == person.valid_from
        assert datetime.fromisoformat(row["valid_until"]) == person.valid_until


def test_plants_hold_everything_personal_and_nothing_that_could_occur_by_accident() -> None:
    everybody = people(parse_scene(built_in("office")))
    found = set(plants(everybody))
    for person in everybody:
        assert {person.name, person.pass_number, *person.card.texts} <= found
        assert {person.card.data.hex(), f"{person.card.facility}:{person.card.number}"} <= found
    assert min(len(text) for text in found) >= 9
    assert not any("\n" in text for text in found)
    beyond_ascii = [p.name for p in everybody if not p.name.isascii()]
    assert beyond_ascii, "at least one name shows how letters beyond ASCII fare"
    assert all(json.dumps(name)[1:-1] in found for name in beyond_ascii)
