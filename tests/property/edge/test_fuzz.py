"""Bad input in bulk for the decoder of the technician's lines, and digits in bulk at a keypad."""

import random

import pytest

from contract.ids import PassId
from contract.policy import pin_digest
from edge.domain.pin import PinJudgement, PinsOfPass
from edge.technician import BadLineError, decode_line, encode_line
from tests.unit.edge.test_technicians import LINES


@pytest.mark.fuzz
def test_lines_of_the_technicians_socket(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    good = [encode_line(line) for line in LINES]
    refused = 0
    for _ in range(fuzz_count):
        data = bytearray(chance.choice(good))
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            decode_line(bytes(data[: chance.choice([len(data), chance.randrange(len(data))])]))
        except BadLineError:
            refused += 1
    assert refused > fuzz_count / 2


@pytest.mark.fuzz
def test_no_other_digits_pass_for_a_pin(fuzz_count: int) -> None:
    chance = random.Random(20261121)
    key, of_pass = bytes(range(32)), PassId("1" * 24)
    pins = PinsOfPass(key, of_pass, pin_digest(key, of_pass, "573918"), pin_digest(key, of_pass, "573981"))
    for _ in range(fuzz_count):
        typed = "".join(chance.choices("0123456789*# ", k=chance.randrange(12)))
        expected = {"573918": PinJudgement.RIGHT, "573981": PinJudgement.DURESS}.get(typed, PinJudgement.WRONG)
        assert pins.judge(typed) is expected
