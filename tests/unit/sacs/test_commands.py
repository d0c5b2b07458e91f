"""The command line as a stranger meets it: help that reads well, errors in words, exit codes."""

import inspect
import re
from pathlib import Path
from typing import get_type_hints

import pytest
from typer.models import CommandInfo, TyperInfo
from typer.testing import CliRunner

from sacs.bench.command import bench, scene
from sacs.main import app
from sacs.root_command import root

_COMMANDS = (
    "demo",
    "controller",
    "edge",
    "doctor",
    "sim",
    "replay",
    "score",
    "verify-deletion",
    "verify-ledger",
    "law",
    "investigator-key",
    "open-asks",
    "decode",
    "card",
    "trace",
    "plates",
    "count",
    "watch",
)
_BENCH = {"act": bench, "trace": bench, "scene list": scene, "scene run": scene}
_RUNNER = CliRunner()


def test_there_are_these_commands_and_the_overview_names_them() -> None:
    overview = _RUNNER.invoke(app, ["--help"])
    assert overview.exit_code == 0
    assert re.findall(r"^  (\w[a-z-]+)  +\w", overview.output, re.MULTILINE) == [*_COMMANDS, "root", "bench"]


@pytest.mark.parametrize(("name", "command"), list(zip(_COMMANDS, app.registered_commands, strict=True)), ids=_COMMANDS)
def test_help_explains_the_command_and_every_option(name: str, command: CommandInfo) -> None:
    explains(name, command)


def test_help_explains_the_bench_and_its_commands() -> None:
    assert bench.registered_callback is not None
    explains("bench", bench.registered_callback)
    for name, group in _BENCH.items():
        (command,) = [each for each in group.registered_commands if called(each) == name.split()[-1]]
        explains(f"bench {name}", command)


def test_help_explains_the_commands_of_the_root() -> None:
    assert root.registered_commands
    for command in root.registered_commands:
        explains(f"root {called(command)}", command)


def called(command: CommandInfo) -> str:
    """By its own name, or by that of its function."""
    assert command.callback is not None
    return command.name or str(command.callback.__name__)


def explains(name: str, command: CommandInfo | TyperInfo) -> None:
    shown = _RUNNER.invoke(app, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert command.callback is not None
    assert inspect.getdoc(command.callback)
    hints = get_type_hints(command.callback, include_extras=True)
    for parameter in inspect.signature(command.callback).parameters:
        if parameter == "context":
            continue
        (option,) = hints[parameter].__metadata__
        assert option.help, f"{name} {parameter} says nothing"
        assert " ".join(option.help.split()[:3]) in " ".join(shown.output.split())


def test_square_brackets_in_help_are_what_they_are() -> None:
    assert "[simulation]" in _RUNNER.invoke(app, ["demo", "--help"]).output


@pytest.mark.parametrize("name", _COMMANDS)
def test_an_unknown_option_is_refused_with_usage(name: str) -> None:
    refused = _RUNNER.invoke(app, [name, "--colour", "blue"])
    assert refused.exit_code == 2
    assert "--colour" in refused.output


def test_a_sim_without_a_task_says_what_to_say() -> None:
    refused = _RUNNER.invoke(app, ["sim", "--site", "any.toml"])
    assert refused.exit_code == 1
    assert "--world" in refused.stderr
    assert "--log" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["controller", "--state", "s", "--vault", "v", "--site", "nowhere.toml"],
        ["sim", "--world", "w", "--site", "nowhere.toml"],
        ["sim", "--log", "l.csv", "--site", "nowhere.toml"],
        ["demo", "--site", "nowhere.toml"],
    ],
    ids=lambda words: words[0],
)
def test_a_missing_site_file_is_told_in_words(words: list[str]) -> None:
    refused = _RUNNER.invoke(app, words)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert "nowhere.toml" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert "Errno" not in refused.stderr


@pytest.mark.parametrize(
    "words",
    [["controller", "--state", "s", "--vault", "v"], ["sim", "--world", "w"], ["sim", "--log", "l.csv"], ["demo"]],
    ids=" ".join,
)
def test_a_site_file_that_is_no_text_is_told_in_words(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_bytes(b"\xff\xfe[site]")
    refused = _RUNNER.invoke(app, [*words, "--site", str(tmp_path / "site.toml")])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("sacs: ")
