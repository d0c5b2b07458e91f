"""Profiles of boards: each is whole, has its page, and what contradicts itself is refused with words."""

from pathlib import Path

import pytest

from drivers.boards.profile import BadProfileError, known_profiles, load_profile, order_bytes, parse_profile
from simulators.boards.models import MODBUS, SERIAL_RELAY

PAGES = Path(__file__).parents[3] / "hardware" / "boards"
HEAD = """
name = "x"
vendor = "V"
title = "T"
source = "S"
page = "x.md"
outputs = 2
inputs = 0
"""
COILS = '[modbus.outputs]\nkind = "coils"\nfirst = 0\n'


@pytest.mark.parametrize("name", known_profiles())
def test_a_profile_has_a_page_that_says_how_it_is_wired(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    page = (PAGES / profile.page).read_text()
    assert f"`{name}`" in page
    for heading in ("## Wiring", "## To set", "## Good to know"):
        assert heading in page
    assert ('relock = "edge"' in page) is not profile.times_release


def test_every_page_belongs_to_a_profile() -> None:
    assert {page.name for page in PAGES.glob("*.md")} == {load_profile(n).page for n in known_profiles()}


def test_what_is_simulated_has_the_terminals_of_its_profile() -> None:
    for name, board in MODBUS.items():
        assert (load_profile(name).outputs, load_profile(name).inputs) == (board.outputs, board.inputs)
    for name, relay in SERIAL_RELAY.items():
        assert (load_profile(name).outputs, load_profile(name).inputs) == (relay.outputs, 0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 1", "Expected `str`"),
        (HEAD, "exactly one of modbus, serial and gpio"),
        (HEAD + '[serial]\non = "a0 N 01 SUM"\noff = "zz"', "'zz' is no byte"),
        (HEAD.replace("inputs = 0", "inputs = 1") + '[serial]\non = "a0"\noff = "a1"', "never answers has no inputs"),
        (HEAD.replace("inputs = 0", "inputs = 1") + COILS, "1 inputs, but says otherwise where"),
        (HEAD + COILS.replace("coils", "discrete-inputs"), "outputs are coils"),
        (HEAD + COILS.replace("coils", "register-bits"), "need \\[modbus.switch\\]"),
        (HEAD + COILS + "typo = 1", "unknown field `typo`"),
        (
            HEAD.replace("outputs = 2", "outputs = 17")
            + COILS.replace("coils", "register-bits")
            + "[modbus.switch]\nfirst = 0\non = 1\noff = 0",
            "a register has 16 bits",
        ),
    ],
)
def test_what_contradicts_itself_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadProfileError, match=says):
        parse_profile(text)


def test_a_model_that_nobody_described_is_named_beside_those_that_are_known() -> None:
    with pytest.raises(BadProfileError, match=r"'lcus-3'; known are .*lcus-1, lcus-2"):
        load_profile("lcus-3")


def test_an_order_is_what_the_maker_says() -> None:
    lcus = load_profile("lcus-1").serial
    assert lcus is not None
    assert order_bytes(lcus.on, 1) == bytes.fromhex("a00101a2")  # the maker's example
    assert order_bytes(lcus.off, 1) == bytes.fromhex("a00100a1")
    assert order_bytes("f0 20 N SUM", 200) == bytes([0xF0, 0x20, 200, (0xF0 + 0x20 + 200) % 256])
