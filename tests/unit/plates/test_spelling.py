"""What forms make of characters that were seen, by hand."""

import pytest

from edge.plates.spelling import Character, spellings
from edge.plates.syntax import syntax_of


def seen(text: str, share: float = 0.98) -> list[Character]:
    return [{c: share} for c in text]


@pytest.mark.parametrize(
    ("country", "read", "plate"),
    [
        ("sk", "BA2681M", "BA268IM"),
        ("sk", "RK340A0", "RK340AO"),
        ("sk", "RK3Z1AJ", "RK321AJ"),
        ("de", "8MW12O4", "BMW1204"),
        ("br", "ABCI234", "ABC1234"),
        ("br", "ABC1O34", "ABC1034"),
        ("us", "7AHN73S", "7AHN735"),
        ("gb", "0Y09FEU", "OY09FEU"),
    ],
)
def test_the_form_decides_between_characters_that_look_alike(country: str, read: str, plate: str) -> None:
    best = spellings(seen(read), syntax_of((country,)))[0]
    assert best.plate == plate
    assert best.has_form
    assert best.confidence > 0.5


def test_what_was_seen_decides_where_the_form_allows_both() -> None:
    ways = spellings([*seen("W12345"), {"A": 0.7, "4": 0.3}], syntax_of(("at",)))
    assert ways[0].plate == "W12345A"
    unsure = spellings([*seen("RDN46"), {"4": 0.5, "1": 0.45}], syntax_of(("us",)))
    assert [way.plate for way in unsure[:2]] == ["RDN464", "RDN461"]
    assert unsure[0].confidence < 0.6


def test_the_letters_of_the_band_are_no_part_of_the_plate() -> None:
    assert spellings(seen("SKRK755AJ"), syntax_of(("sk",)))[0].plate == "RK755AJ"
    assert spellings(seen("DBMW1234"), syntax_of(("eu",)))[0].plate in {"BMW1234", "DBMW1234"}


def test_an_edge_that_was_read_as_a_character_is_left_out() -> None:
    ways = spellings([{"I": 0.4, "1": 0.3}, *seen("6MDU097")], syntax_of(("us",)))
    assert ways[0].plate == "6MDU097"


def test_a_plate_of_no_known_form_is_told_as_it_was_read_and_said_to_be_so() -> None:
    best = spellings(seen("M5XSX"), syntax_of(("sk",)))[0]
    assert best.plate == "M5XSX"
    assert not best.has_form


@pytest.mark.parametrize("text", ["", "A", "12", "PRIVATE", "TAXI", "A1" * 8])
def test_what_is_no_plate_has_no_spelling(text: str) -> None:
    assert spellings(seen(text), syntax_of(("sk",))) == []


def test_no_plate_stands_in_a_representation() -> None:
    assert "RK755AJ" not in repr(spellings(seen("RK755AJ"), syntax_of(("sk",))))
