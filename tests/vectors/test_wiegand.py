"""Published encodings of card formats against our descriptions of the formats.

Source of shared/data/wiegand: an independent encoder's output (see its README). The few rows below are for a
clone without it: H10301 is the issuer's own worked layout; the rest are one encoding per shape of
description.
"""

import csv
from pathlib import Path

import pytest

from drivers.wiegand.decode import ParityError, decode
from drivers.wiegand.formats import all_card_formats

SHARED = Path(__file__).parents[2].parent / "shared" / "data" / "wiegand" / "vectors.csv"
PUBLIC = [
    {"format": "H10301", "facility_code": "176", "card_number": "50587", "issue_level": "0", "oem": "0",
     "bits_msb_first": "11011000011000101100110110", "bad_parity_bit0_flipped_accepted": "no"},
    {"format": "C1k35s", "facility_code": "1734", "card_number": "173739", "issue_level": "0", "oem": "0",
     "bits_msb_first": "10011011000110001010100110101010110", "bad_parity_bit0_flipped_accepted": "no"},
    {"format": "S12906", "facility_code": "93", "card_number": "2657097", "issue_level": "3", "oem": "0",
     "bits_msb_first": "001011101110010100010001011010010010", "bad_parity_bit0_flipped_accepted": "no"},
    {"format": "P10001", "facility_code": "2004", "card_number": "14939", "issue_level": "0", "oem": "0",
     "bits_msb_first": "1111011111010100001110100101101101000010", "bad_parity_bit0_flipped_accepted": "n/a"},
    {"format": "Tecom27", "facility_code": "695", "card_number": "39634", "issue_level": "0", "oem": "0",
     "bits_msb_first": "101110110100101001111101000", "bad_parity_bit0_flipped_accepted": "n/a"},
]  # fmt: skip


def vectors() -> list[dict[str, str]]:
    if not SHARED.exists():
        return PUBLIC
    with SHARED.open(encoding="utf-8", newline="") as text:
        return [*csv.DictReader(text), *PUBLIC]


@pytest.mark.parametrize("row", vectors(), ids=lambda row: f"{row['format']}-{row['card_number']}")
def test_a_published_encoding_decodes_to_its_fields(row: dict[str, str]) -> None:
    card_format = all_card_formats()[row["format"].lower()]
    bits = row["bits_msb_first"]
    credential = decode(int(bits, 2), len(bits), [card_format])
    assert credential.number == int(row["card_number"])
    assert credential.facility in {int(row["facility_code"]), None if row["facility_code"] == "0" else -1}
    assert (credential.issue or 0) == int(row["issue_level"])
    assert (credential.oem or 0) == int(row["oem"])


@pytest.mark.parametrize("row", vectors(), ids=lambda row: f"{row['format']}-{row['card_number']}")
def test_a_flipped_first_bit_is_refused_where_it_is_a_parity_bit(row: dict[str, str]) -> None:
    card_format = all_card_formats()[row["format"].lower()]
    bits = len(row["bits_msb_first"])
    flipped = int(row["bits_msb_first"], 2) ^ 1 << bits - 1
    if row["bad_parity_bit0_flipped_accepted"] == "no":
        with pytest.raises(ParityError):
            decode(flipped, bits, [card_format])
    elif row["bad_parity_bit0_flipped_accepted"] == "yes":
        decode(flipped, bits, [card_format])
