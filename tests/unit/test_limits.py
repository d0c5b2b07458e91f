"""No file, no command line, no message and no category makes a record live longer than the law says (L4, L5, L8)."""

import re
import typing
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest
import typer.main

import edge.main
import sacs.terminal
from contract.enrolment import Enrolment
from contract.events import AccessGranted, AnyEvent, Reconfirmed
from contract.messages import Have, PeriodKeys, PolicyManifest, SignedTime
from contract.periods import DAY_S, Kind, LimitError, Retention
from contract.policy import AccessLevel, PolicyHeader, PolicyRow
from contract.sealing import KeyName
from contract.site import SiteFileError, parse_edge_file, parse_site
from controller.service.site.reference import NewHolder
from sacs.main import app

ABOUT_TIME: Final = re.compile(r"keep|retention|limit|period|life|expire|ttl|hours|days|24")
"""What an option or a field would be called that lets something live longer."""
ALLOWED: Final = {"expires_at_s", "keys"}
"""A policy's own end, after which a gate admits nobody; and the public keys."""
NOT_ABOUT_RECORDS: Final = {"sacs sim --days"}
"""How long a simulated world lasts; each option whose name sounds like it is to be defended here."""


def options(command: Any, name: str = "sacs") -> Iterator[tuple[str, str]]:  # noqa: ANN401  of typer's own kind
    """Every word that can be set on a command line, with the command that takes it."""
    below = getattr(command, "commands", {})
    for word, part in below.items():
        yield from options(part, f"{name} {word}")
    for parameter in () if below else command.params:
        for word in (*parameter.opts, *parameter.secondary_opts, parameter.envvar or ""):
            yield name, word


@pytest.mark.parametrize(
    ("line", "clause"),
    [
        ("movement_keep_s = 86401", "27(c), L4"),
        ("video_keep_s = 2592001", "27(c), L5"),
        ("movement_period_s = 7200", "at most 3600"),
        ("video_period_s = 172800", "at most 86400"),
        ("settle_s = 86400", "1 to 3600"),
        ("delegates_keep_s = 90000", "delegates_keep_s"),
        ("[retention.delegates]\nmovement_keep_s = 90000", "delegates"),
        ("movement_keep_s = 1e9", "int"),
    ],
)
def test_a_site_file_that_lengthens_a_limit_is_refused_and_says_why(line: str, clause: str) -> None:
    """The controller reads it, and each gate reads its own."""
    with pytest.raises(SiteFileError, match=re.escape(clause)):
        parse_site(f"[retention]\n{line}")
    for program in (edge.main, sacs.terminal):
        assert program.parse_site is parse_site


def test_an_edge_file_knows_no_limit() -> None:
    text = 'enrolment = "e"\nsite = "s"\ndevices = "d"\nstate = "s"\n'
    with pytest.raises(SiteFileError, match="retention"):
        parse_edge_file(text + "[retention]\nmovement_keep_s = 90000", "/")


def test_no_command_line_has_a_word_about_how_long_anything_is_kept() -> None:
    found = list(options(typer.main.get_command(app)))
    assert ("sacs controller", "--vault") in found
    named = {f"{name} {word}" for name, word in found if ABOUT_TIME.search(word)}
    assert named <= NOT_ABOUT_RECORDS, "an option that could lengthen a limit"


@pytest.mark.parametrize(
    "message", [Enrolment, PolicyHeader, PolicyRow, AccessLevel, PeriodKeys, PolicyManifest, SignedTime, Have]
)
def test_what_reaches_a_gate_carries_no_limit(message: type[msgspec.Struct]) -> None:
    """A gate takes limits from its own site file alone, and a period only as its own limits cut it."""
    fields = {field.name for field in msgspec.structs.fields(message)}
    assert {name for name in fields if ABOUT_TIME.search(name)} <= ALLOWED
    assert "Retention" not in str(typing.get_type_hints(message))


def test_no_category_ever_reaches_what_decides_how_long_a_record_lives() -> None:
    """Representatives, officials, staff, visitors: what is sealed, and under which key, knows nothing of it (L8)."""
    assert "category" in NewHolder.__annotations__, "it exists"
    for struct in (AccessGranted, Reconfirmed, PolicyRow, KeyName, Retention, *typing.get_args(AnyEvent)):
        assert "category" not in struct.__struct_fields__
    assert set(Retention.__struct_fields__) == {
        "movement_period_s", "movement_keep_s", "video_period_s", "video_keep_s", "settle_s",
    }  # fmt: skip


def test_a_retention_that_was_made_by_hand_is_refused_as_well() -> None:
    """Whatever decodes one, or replaces a field of one, runs the same check."""
    with pytest.raises(LimitError):
        msgspec.structs.replace(Retention(), movement_keep_s=DAY_S + 1)
    with pytest.raises(msgspec.ValidationError, match="27"):
        msgspec.msgpack.decode(msgspec.msgpack.encode({"movement_keep_s": DAY_S + 1}), type=Retention)
    with pytest.raises(AttributeError):
        Retention().movement_keep_s = DAY_S + 1  # type: ignore[misc]
    assert Retention().keep_s(Kind.MOVEMENT) == DAY_S
