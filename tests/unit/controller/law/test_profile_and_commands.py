"""Sites that set the same have the same digest, what differs is named; commands name this controller's own folders."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from contract.ids import ControllerId
from contract.site import parse_site
from controller.domain.violations import Rule
from controller.law.commands import commands
from controller.law.profile import different_settings, places_digest, profile_digest
from sacs.terminal import read_site

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


@pytest.fixture
def made() -> dict[Rule, list[str]]:
    return commands(Path("/srv/a state"), Path("/srv/vault"), ControllerId("main"), "ab" * 32, f"7:{'cd' * 32}")


def test_every_rule_has_commands_that_a_shell_takes_as_they_are(made: dict[Rule, list[str]]) -> None:
    assert set(made) == set(Rule)
    assert all(made.values())
    assert all(shlex.split(command) for each in made.values() for command in each)
    assert "/srv/a state/ledger.jsonl" in shlex.split(made[Rule.L6][0])


def test_every_command_says_what_it_must_show(made: dict[Rule, list[str]]) -> None:
    for command in (command for each in made.values() for command in each):
        assert len(shlex.split(command, comments=True)) < len(shlex.split(command)), command


@pytest.mark.parametrize("rule", [Rule.L2, Rule.L6])
def test_a_ledger_is_checked_up_to_the_end_that_the_report_names(made: dict[Rule, list[str]], rule: Rule) -> None:
    assert f"--head 7:{'cd' * 32}" in made[rule][0]


def test_the_command_of_l8_shows_the_refusal(made: dict[Rule, list[str]], tmp_path: Path) -> None:
    command = made[Rule.L8][1].replace("sacs controller", f"{shlex.quote(sys.executable)} -m sacs controller")
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "27(c), L4" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["longer.toml"]


def test_the_site_files_hash_is_what_sha256sum_tells(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_bytes(PLAIN.replace("\n", "\r\n").encode() + "# Zoë\r\n".encode())
    told = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout
    assert read_site(path).file_sha256 == told.split()[0]
