"""`sacs verify-ledger`: needs a copy of the ledger and the controller's public key, and nothing else of the system."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from sacs.terminal import fail

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from controller.ledger.report import LedgerReport


def verify_ledger(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A copy of the ledger (STATE/ledger.jsonl).")],
    key: Annotated[
        str, typer.Option(metavar="KEY", help="The controller's public key: 64 hexadecimal digits, or their file.")
    ],
    head: Annotated[
        list[str] | None,
        typer.Option(
            metavar="END", help="An end that was seen: NUMBER:HASH as printed, or a witness's file. Repeatable."
        ),
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="The controller's name.")] = "main",
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the report as one line of JSON.")] = False,
) -> None:
    """Check that no line of a ledger was changed, moved or removed, and say what is in it.

    Lines that are gone at its end only a witness can tell: give with --head what the law report says, what lies beside
    the vault (VAULT/ledger.head), and what gates kept (STATE/heads/NAME.head).

    Exit code 0: whole. 2: altered, or something that was seen is gone. 1: nothing could be checked.
    """
    from contract.ids import BadIdError, ControllerId, machine_name
    from contract.signing import SignatureError
    from controller.ledger.report import report_on, seen_end

    public_key = _key(key)
    try:
        controller = ControllerId(machine_name(name))
        seen = [seen_end(each, controller, public_key) for each in head or ()]
        report = report_on(file, controller, public_key, seen)
    except (OSError, ValueError, BadIdError, SignatureError) as error:
        fail(error)
    if json:
        told = msgspec.to_builtins(report)
        typer.echo(msgspec.json.encode({**told, "by_class": report.by_class(), "is_whole": report.is_whole}))
    else:
        _tell(report)
    if report.is_empty:
        fail("there is no entry in this file: nothing could be checked")
    raise typer.Exit(0 if report.is_whole else 2)


def _key(said: str) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    digits = said
    if not re.fullmatch(r"[0-9a-fA-F]{64}", digits):
        try:
            digits = Path(said).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            fail(f"the key is neither 64 hexadecimal digits nor a file with them: {error}")
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(digits))
    except ValueError:
        fail("the key has to be 64 hexadecimal digits: the law report prints it")


def _tell(report: "LedgerReport") -> None:
    from controller.ledger.kinds import KINDS

    typer.echo(f"Entries:  {report.entries:,}, chained and signed")
    if report.entries:
        typer.echo(f"          from {report.first_at} to {report.last_at}")
        typer.echo(f"End:      {report.entries}:{report.last_hash}")
    for word, count in sorted(report.counts.items()):
        kind = KINDS.get(word)
        told = f"{kind.entry_class}: {kind.says}" if kind else "unknown to this version"
        typer.echo(f"          {count:>7,}  {word}  ({told})")
    for number in report.back_at:
        typer.echo(f"Time:     entry {number} says an earlier time than the one before it")
    if report.half_line:
        typer.echo("          a last line without end was left out: copied while it was written")
    for end in report.seen:
        found = "MISSING" if end in report.missing else "found"
        typer.echo(f"Witness:  entry {end.number} {found}, seen {end.at or 'at some time'} ({end.source})")
    if report.altered:
        typer.echo(f"ALTERED:  {report.altered}")
    if not report.seen:
        typer.echo("          No end was given: that nothing is gone after the last entry is not shown.")
    typer.echo("Whole." if report.is_whole else "NOTHING TO CHECK." if report.is_empty else "NOT WHOLE.")
