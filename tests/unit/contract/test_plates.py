"""A plate is one text, whoever wrote it and on whatever keyboard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.plates import canonical_plate, plain_text


@pytest.mark.parametrize(
    ("typed", "plate"),
    [
        (" b-mw 12·34\n", "BMW1234"),
        ("TÜ-AB 12", "TUAB12"),
        ("Tu\u0308 AB 12", "TUAB12"),
        ("lö·x 7", "LOX7"),
        ("А123ВС", "A123BC"),
        ("\u0661\u0662\u0663 AB", "123AB"),
        ("ＡＢ１２", "AB12"),
        ("", ""),
        ("-·-", ""),
    ],
)
def test_what_counts_of_a_plate(typed: str, plate: str) -> None:
    assert canonical_plate(typed) == plate


@given(st.text(max_size=20))
def test_what_counts_of_it_is_the_same_when_it_is_taken_again(text: str) -> None:
    plate = canonical_plate(text)
    assert canonical_plate(plate) == plain_text(plate) == plate
