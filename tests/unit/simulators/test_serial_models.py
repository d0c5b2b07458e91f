"""Simulated serial readers: what they can not see is nothing to them. What they send is compared in tests/vectors."""

import pytest

from simulators.cards import CardBits, ProximityCard, UidCard
from simulators.readers.serial_models import MODELS, Presentable, VehicleTag, model

CARDS: list[Presentable] = [
    ProximityCard.of(13, 4567),
    CardBits(34, bytes(5)),
    UidCard(bytes(4)),
    UidCard(bytes(10)),
    VehicleTag(bytes(12)),
]


@pytest.mark.parametrize("name", MODELS)
def test_a_reader_sees_some_cards_and_not_all(name: str) -> None:
    seen = [bool(model(name).encode(card)) for card in CARDS]
    assert any(seen)
    assert not all(seen)


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no serial reader 'abacus' can be simulated; there are em-18, .*wiegand-hex"):
        model("abacus")


def test_a_tag_holds_twelve_bytes() -> None:
    with pytest.raises(ValueError, match="12 bytes, not 8"):
        VehicleTag(bytes(8))
