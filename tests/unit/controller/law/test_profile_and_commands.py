"""Sites that set the same have the same digest, what differs is named; commands name this controller's own folders."""

import shlex
from pathlib import Path

from contract.ids import ControllerId
from contract.site import parse_site
from controller.domain.violations import Rule
from controller.law.commands import commands
from controller.law.profile import different_settings, places_digest, profile_digest

PLAIN = 'area = [{id = "hall"}]\naccess_point = [{id = "in", from = "outside", to = "hall"}]\n'
SHORTER = PLAIN + "[retention]\nmovement_keep_s = 7200\n[law]\nsmallest_area_shown = 9\n"


def test_a_site_that_sets_nothing_is_the_standard() -> None:
    assert different_settings(parse_site(PLAIN)) == {}


def test_what_a_site_sets_differently_is_named_with_its_value() -> None:
    assert different_settings(parse_site(SHORTER)) == {
        "retention.movement_keep_s": "7200",
        "law.smallest_area_shown": "9",
    }


def test_equal_rules_have_equal_digests_whatever_the_equipment() -> None:
    other = parse_site(PLAIN + '[site]\nname = "Elsewhere"\n')
    assert profile_digest(parse_site(PLAIN)) == profile_digest(other) != profile_digest(parse_site(SHORTER))
    assert len(places_digest()) == 64


def test_every_rule_has_commands_that_a_shell_takes_as_they_are() -> None:
    made = commands(Path("/srv/a state"), Path("/srv/vault"), ControllerId("main"), "ab" * 32)
    assert set(made) == set(Rule)
    assert all(made.values())
    assert all(shlex.split(command) for each in made.values() for command in each)
    assert "/srv/a state/ledger.jsonl" in shlex.split(made[Rule.L6][0])
