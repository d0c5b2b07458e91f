"""Bad input in bulk for every decoder of the drivers: no crash, and never a card that was not sent."""

import random
from collections import Counter

import pytest

from drivers.wiegand.decode import CardBitsError, decode, word_of
from drivers.wiegand.formats import all_card_formats, card_formats


@pytest.mark.fuzz
def test_random_bits_are_credentials_of_an_accepted_format_or_refused_by_name(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    accepted = card_formats(["h10301", "c1k35s", "h10320"])
    every = tuple(all_card_formats().values())
    lengths = [card_format.bits for card_format in every]
    refused: Counter[str] = Counter()
    for _ in range(fuzz_count):
        bits = chance.choice(lengths)
        data = chance.randbytes(chance.choice([7, 8, 3]))
        for formats in (accepted, every):
            try:
                credential = decode(word_of(data, bits), bits, formats)
            except CardBitsError as error:
                refused[type(error).__name__] += 1
            else:
                assert credential.format in {card_format.name for card_format in formats}
    assert set(refused) == {"ParityError", "UnknownFormatError"}
