"""Profiles of serial readers: each is whole and has its wiring page; what contradicts itself is refused in words."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from drivers.serial.profile import BadProfileError, SerialProfile, known_profiles, load_profile, parse_profile
from simulators.readers.serial_models import MODELS

HARDWARE = Path(__file__).parents[3] / "hardware" / "readers"
GOOD = """
name = "good"
title = "T"
source = "S"
page = "p.md"
line = { bauds = [9600] }
frame = { kind = "delimited", start = "02", end = "03" }
content = { digits = "hex" }
[checksum]
kind = "xor"
at = "-2:"
over = "0:-2"
[[card]]
format = "em4100"
number = "0:10"
"""


@pytest.mark.parametrize("name", known_profiles())
def test_each_profile_is_called_as_its_file_and_names_a_source_and_a_wiring_page(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.quirks
    page = (HARDWARE / profile.page).read_text(encoding="utf-8")
    assert name in page, "a wiring page says which profiles it is for"
    for model in profile.models:
        assert model.partition(" (")[0].partition(",")[0] in page
    for switch in profile.switch:
        assert switch.name in page, "what has to be set stands on the wiring page"
    assert f"{profile.line.bauds[0]} baud" in page


def test_a_wiring_page_names_no_profile_that_is_not_there() -> None:
    texts = [page.read_text(encoding="utf-8") for page in HARDWARE.glob("*.md")]
    lines = [line for text in texts for line in re.findall(r"^Profile: ([^.]+)\.", text, re.MULTILINE)]
    assert {name.strip("`") for line in lines for name in line.split(", ")} == set(known_profiles())


def test_every_profile_can_be_simulated() -> None:
    assert set(MODELS) == set(known_profiles())


def test_the_published_schema_is_the_schema_that_profiles_are_checked_by() -> None:
    written = msgspec.json.decode((HARDWARE / "profile.schema.json").read_bytes())
    assert written == msgspec.json.schema(SerialProfile), "write it anew: see hardware/readers/README.md"


def test_an_unknown_model_is_answered_with_the_known_ones() -> None:
    with pytest.raises(BadProfileError, match=r"nobody described a reader 'rdm63'; known are em-18, .*rdm6300"):
        load_profile("rdm63")
    with pytest.raises(BadProfileError, match="nobody described"):
        load_profile("../../serial/profiles/rdm6300")


def test_a_profile_of_ones_own_is_named_by_its_path(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    with pytest.raises(BadProfileError, match="can not be read"):
        load_profile(str(own))
    own.write_text(GOOD)
    assert load_profile(str(own)).name == "good"
    own.write_bytes(b"\xff")
    with pytest.raises(BadProfileError, match="can not be read"):
        load_profile(str(own))


BAD: list[tuple[Callable[[str], str], str]] = [
    (lambda good: good + "colour = 1", "colour"),
    (lambda good: good.replace('name = "good"', 'name = "Not good"'), "name"),
    (lambda good: good.replace("[9600]", "[]"), "bauds"),
    (lambda good: good.replace("[9600]", "[9600], parity = 'mark'"), "parity"),
    (lambda good: good.replace('start = "02"', 'start = "2"'), "start"),
    (lambda good: good.replace('end = "03"', 'end = "02"'), "begins and ends with the same byte"),
    (lambda good: good.replace('"delimited", start = "02", end = "03"', '"lines"'), "`lengths` must tell"),
    (lambda good: good.replace('"delimited", start = "02", end = "03"', '"strange"'), "strange"),
    (lambda good: good.replace('"delimited", start = "02", end = "03"', '"fixed", bytes = 9'), "CRC-16, or silence"),
    (lambda good: good.replace('"delimited", start', '"fixed", bytes = 2, start'), "nothing between the marks"),
    (
        lambda good: good.replace(
            '"delimited", start', '"counted", count_at = 1, shortest_bytes = 9, longest_bytes = 8, start'
        ),
        "shortest frame is longer",
    ),
    (lambda good: good.replace('digits = "hex"', 'digits = "bytes"'), "plain bytes could hold"),
    (lambda good: good.replace('digits = "hex"', 'digits = "decimal"'), "formed over bytes"),
    (lambda good: good.replace('digits = "hex"', 'digits = "hex", skip = "a"'), "punctuation"),
    (lambda good: good.replace('kind = "xor"', 'kind = "md5"'), "md5"),
    (lambda good: good.replace('"0:10"', '"0-10"'), "number"),
    (lambda good: good.replace('"em4100"', '"em4200"'), "unknown card formats"),
    (lambda good: good.replace('"em4100"', '"h10301"'), "exactly its own fields"),
    (lambda good: good.replace('"em4100"', '"s12906"\nfacility = "0:2"'), "issue level"),
    (lambda good: good + 'facility = "0:2"', "without a facility"),
    (lambda good: good + "bits = 26", "belong to raw bits"),
    (lambda good: good.replace('"em4100"', '"wiegand"'), "either `bits` or `count`"),
    (lambda good: good.replace('"em4100"', '"wiegand"') + 'bits = 26\ncount = "0:2"', "either `bits` or `count`"),
    (lambda good: good.partition("[[card]]")[0], "card"),
    (lambda good: good.replace("[checksum]", "[checksum"), "reader profile"),
]


@pytest.mark.parametrize(("spoil", "says"), BAD)
def test_a_profile_that_contradicts_itself_is_refused_in_words(spoil: Callable[[str], str], says: str) -> None:
    assert parse_profile(GOOD).name == "good"
    with pytest.raises(BadProfileError) as told:
        parse_profile(spoil(GOOD))
    assert says in str(told.value)


def test_an_order_of_bytes_needs_bytes() -> None:
    decimal = GOOD.replace('digits = "hex"', 'digits = "decimal"').partition("[checksum]")[0]
    card = '[[card]]\nformat = "em4100"\nnumber = ":"\n'
    assert parse_profile(decimal + card).content.digits == "decimal"
    with pytest.raises(BadProfileError, match="only bytes have an order"):
        parse_profile(decimal + card + 'order = "little"')
