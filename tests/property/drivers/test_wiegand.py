import contextlib
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.wiegand.decode import CardBitsError, ParityError, decode, word_of
from drivers.wiegand.formats import all_card_formats, card_formats
from simulators.cards import ProximityCard


@given(st.integers(0, 255), st.integers(0, 65535))
def test_what_a_simulated_card_sends_is_read_as_its_name(facility: int, number: int) -> None:
    card = ProximityCard.of(facility, number)
    bits = card.h10301
    credential = decode(word_of(bits.data, bits.count), bits.count, card_formats(["h10301"]))
    assert credential.text == card.texts[0]


@given(st.binary(max_size=64), st.integers(min_value=-1, max_value=600))
def test_any_bits_are_a_credential_or_a_named_error(data: bytes, bits: int) -> None:
    with contextlib.suppress(CardBitsError):
        decode(word_of(data, bits), bits, tuple(all_card_formats().values()))


DESCRIBED: list[dict[str, Any]] = tomllib.loads(
    files("drivers.wiegand").joinpath("formats.toml").read_text(encoding="utf-8")
)["format"]
FIELDS = ("facility", "number", "issue", "oem")


def places(text: str) -> list[int]:
    """What "1-8,12" stands for, read once more and otherwise than by the driver."""
    ends = [[int(end) for end in part.split("-")] for part in text.split(",")]
    return [at for first, *last in ends for at in range(first, (last or [first])[0] + 1)]


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda described: described["name"])
@given(data=st.data())
def test_an_encoded_card_is_decoded_and_no_parity_bit_may_be_wrong(
    described: dict[str, Any], data: st.DataObject
) -> None:
    bits = ["0"] * described["bits"]
    values: dict[str, int] = {}
    for name in FIELDS:
        if name not in described:
            continue
        where = places(described[name])
        if described.get("digits") == "bcd":
            values[name] = data.draw(st.integers(0, 10 ** (len(where) // 4) - 1))
            text = "".join(f"{int(digit):04b}" for digit in str(values[name]).zfill(len(where) // 4))
        else:
            values[name] = data.draw(st.integers(0, 2 ** len(where) - 1))
            text = f"{values[name]:0{len(where)}b}"
        for at, bit in zip(where, text, strict=True):
            bits[at] = bit
    for fixed in described.get("fixed", ()):
        where = places(fixed["bits"])
        for at, bit in zip(where, f"{fixed['value']:0{len(where)}b}", strict=True):
            bits[at] = bit
    rules = described.get("parity", ())
    for rule in rules:
        bits[rule["at"]] = "0"
        ones = [bits[at] for at in {rule["at"], *places(rule["over"])}].count("1")
        bits[rule["at"]] = str((ones + (rule["kind"] == "odd")) % 2)
    word = int("".join(bits), 2)
    read = decode(word, len(bits), card_formats([described["name"]]))
    assert {name: getattr(read, name) for name in FIELDS} == {name: values.get(name) for name in FIELDS}
    for rule in rules:
        with pytest.raises(ParityError):
            decode(word ^ 1 << len(bits) - 1 - rule["at"], len(bits), card_formats([described["name"]]))
