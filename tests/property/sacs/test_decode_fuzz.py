"""Whatever stands in a line for `sacs decode -`: an answer, or an error in words."""

import random

import pytest

from drivers.wiegand.formats import all_card_formats
from sacs.decode_command import _decoded_line

PIECES = [
    "0",
    "F",
    "3618B36",
    "26",
    "37",
    "512",
    "513",
    "0x",
    "x",
    "-1",
    "1e9",
    "１",
    "é",
    "\ufffd",
    " ",
    "\t",
    "_",
    "+",
]


@pytest.mark.fuzz
def test_any_line_is_answered(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    formats = tuple(all_card_formats().values())
    answered = refused = 0
    for _ in range(fuzz_count):
        if chance.random() < 0.5:
            bits = chance.randrange(1, 64)
            line = f"{chance.getrandbits(chance.choice([bits, 64])):x} {bits}"
        else:
            line = "".join(chance.choices(PIECES, k=chance.randrange(6)))
        try:
            decoded = _decoded_line(line.split(), formats, is_left=chance.random() < 0.2)
        except ValueError as error:
            refused += bool(str(error))
        else:
            assert len(decoded.formats) == sum(card_format.bits == decoded.bits for card_format in formats)
            answered += 1
    assert min(answered, refused) > fuzz_count // 10
