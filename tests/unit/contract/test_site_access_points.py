"""What an access point asks for, and whether the equipment at it can ask for that: a bad site file says so."""

import pytest

from contract.site import Assurance, SiteFileError, parse_site

SITE = """
[site]
id = "vienna"
{site}

[[area]]
id = "hall"

[[access_point]]
id = "in"
from = "{origin}"
to = "hall"
{point}

[[access_point]]
id = "out"
from = "hall"
to = "outside"

[[access_point]]
id = "inner"
from = "hall"
to = "outside"

[[gate]]
id = "north"
{gate}

[[gate.reader]]
id = "first"
kind = "{kind}"
access_point = "in"

[[gate.reader]]
id = "second"
kind = "{second}"
access_point = "in"

[[gate.portal]]
id = "door"
hardware = "first"
access_points = ["in", "out"]
{portal}

[[gate.portal]]
id = "inside"
hardware = "first"
access_points = ["inner"]
{inside}
"""
DEFAULTS = {
    "site": "", "origin": "outside", "point": "", "gate": "", "kind": "osdp", "second": "osdp", "portal": "",
    "inside": "",
}  # fmt: skip


def text(**changes: str) -> str:
    return SITE.format(**(DEFAULTS | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"point": "pin = true", "kind": "pcsc", "second": "osdp"},
        {"point": 'requires = "authenticated"', "kind": "pcsc", "second": "osdp"},
        {"point": "persons = 2"},
        {"site": "missed_exit_rate = 0.02", "portal": "free_exit = true"},
        {
            "site": "missed_exit_rate = 0.02",
            "portal": 'free_exit = true\nkind = "turnstile"\noutputs = {in = 0, out = 1}',
        },
        {"gate": 'interlock = [{portals = ["door", "inside"]}]'},
    ],
)
def test_what_the_equipment_can_do_is_taken(changes: dict[str, str]) -> None:
    assert parse_site(text(**changes)).gate[0].reader


def test_an_access_point_asks_for_nothing_unless_it_says_so() -> None:
    point = parse_site(text()).access_point[0]
    assert (point.requires, point.pin, point.persons) == (Assurance.IDENTIFIED, False, 1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"point": "pin = true", "kind": "serial", "second": "pcsc"}, ["in", "PIN", "osdp", "keypad"]),
        ({"point": 'requires = "authenticated"'}, ["in", "authenticated", "pcsc"]),
        ({"point": "persons = 2", "origin": "any"}, ["in", "pairs"]),
        ({"point": "persons = 3"}, ["persons"]),
        ({"portal": "free_exit = true"}, ["door", "missed_exit_rate"]),
        ({"gate": 'interlock = [{portals = ["door", "inside"]}]', "inside": "dps_input = -1"}, ["inside", "dps_input"]),
        (
            {
                "gate": 'interlock = [{portals = ["door", "inside"]}]',
                "inside": 'kind = "turnstile"\noutputs = {inner = 2}',
            },
            ["inside", "interlock"],
        ),
    ],
)
def test_what_it_can_not_do_is_told_with_the_remedy(changes: dict[str, str], words: list[str]) -> None:
    with pytest.raises(SiteFileError) as refused:
        parse_site(text(**changes))
    assert all(word in str(refused.value) for word in words), str(refused.value)


def test_a_turnstile_with_a_free_exit_has_a_way_that_leads_outside() -> None:
    one_way = 'access_points = ["in"]\nfree_exit = true\nkind = "turnstile"\noutputs = {in = 0}'
    whole = text(site="missed_exit_rate = 0.02", portal=one_way)
    inward = whole.replace('access_points = ["in", "out"]\n', "")
    with pytest.raises(SiteFileError, match="door has a free exit, but none"):
        parse_site(inward)
