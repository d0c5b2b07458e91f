import random

import pytest

from simulators.cards import ProximityCard, draw_card


def test_the_h10301_word_of_a_published_example() -> None:
    # Facility 176, number 50587: bits 11011000011000101100110110 in the trade's tables.
    card = ProximityCard.of(facility=176, number=50587).h10301
    assert card.count == 26
    assert f"{int.from_bytes(card.data, 'big') >> 6:026b}" == "11011000011000101100110110"


def test_one_card_has_two_names() -> None:
    card = ProximityCard(bytes.fromhex("0f010d11d7"))
    assert card.texts == ("h10301:13:4567", "em4100:0f010d11d7")


def test_a_card_holds_five_bytes_and_a_seed_draws_the_same_card() -> None:
    with pytest.raises(ValueError, match="5 bytes"):
        ProximityCard(b"\x00" * 4)
    assert draw_card(random.Random(7)) == draw_card(random.Random(7))
