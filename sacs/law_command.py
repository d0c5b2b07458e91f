"""`sacs law`: how each rule of the law stands at a running controller, on the terminal, as JSON, or on paper."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from sacs.terminal import fail

if TYPE_CHECKING:
    from controller.law.report import Evidence, Report
    from sacs.officers.caller import Caller

_COLOURS: Final = {"kept": "green", "attention": "yellow", "broken": "red"}
_BROKEN: Final = 2


def law(
    address: Annotated[
        str, typer.Option(metavar="URL", help="Where the controller's page is.", envvar="SACS_ADDRESS")
    ] = "http://127.0.0.1:8080/",
    name: Annotated[str, typer.Option(metavar="NAME", help="Your sign-in name; else you are asked.")] = "",
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with your password; else you are asked.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report on paper (PDF) there.")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON object.")] = False,
    table: Annotated[bool, typer.Option("--table", help="Print who can see what and when; no sign-in.")] = False,
) -> None:
    """Tell how each of L1 to L9 stands at a running controller: state, evidence, and the commands that check it.

    Auditors, authorizing officers, administrators and technicians may. Nothing in the report names a person.

    Exit code 0: no rule is broken. 2: one is, or nobody has noted a breach. 1: the controller could not be asked.
    """
    import msgspec

    from controller.law.report import Report, State
    from sacs.officers.caller import Caller

    address = address.rstrip("/") + "/"
    if table:
        _tell_table(Caller(address, "", ""))
        return
    caller = Caller(address, name or typer.prompt("Sign-in name", err=True), _password(password_file))
    try:
        answer = caller.call("GET", "api/law")
        if pdf is not None:
            pdf.write_bytes(caller.call("GET", "api/law/document"))
        report = msgspec.json.decode(answer, type=Report)
    except (OSError, msgspec.DecodeError) as error:
        fail(error)
    if json:
        typer.echo(answer)
    else:
        _tell(report)
    raise typer.Exit(_BROKEN if report.state is State.BROKEN else 0)


def _tell_table(caller: "Caller") -> None:
    import msgspec

    from controller.law.table import table

    try:
        typer.echo(table(msgspec.json.decode(caller.call("GET", "api/openapi.json"))), nl=False)
    except (OSError, msgspec.DecodeError, KeyError) as error:
        fail(error)


def _password(path: Path | None) -> str:
    if path is None:
        return str(typer.prompt("Password", hide_input=True, err=True))
    try:
        return path.read_text(encoding="utf-8").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"the password can not be read: {error}")


def _tell(report: "Report") -> None:
    for row in report.rows:
        typer.secho(f"{row.rule}  {row.state.value.upper()}", fg=_COLOURS[row.state.value], bold=True)
        typer.echo(f"    {row.claim}")
        for reason in row.reasons:
            typer.secho(f"    {reason}", fg=_COLOURS[row.state.value])
        for evidence in row.evidence:
            entry = f"   (entry {evidence.entry})" if evidence.entry else ""
            typer.echo(f"      {evidence.what}: {_value(evidence)}{entry}")
        for command in row.commands:
            typer.echo(f"      $ {command}")
    for each in report.standing:
        what = " ".join(f"{name}={value}" for name, value in each.facts.items())
        typer.secho(
            f"{each.blame.upper()} without a note: entry {each.number}, {each.at}: {each.says}: {what}", fg="red"
        )
    typer.echo(f"Ledger of {report.ledger.controller}: entry {report.ledger.number}, SHA-256 {report.ledger.hash}")
    typer.echo(f"Its public key: {report.ledger.key}")
    typer.echo(f"Vault: {report.vault.kind} {report.vault.device}".rstrip())
    for sentence in report.vault.leaves_open:
        typer.echo(f"    leaves open: {sentence}")


def _value(evidence: "Evidence") -> str:
    match evidence.unit.value:
        case "seconds":
            return _span(float(evidence.value))
        case "yes":
            return "yes" if evidence.value else "no"
        case "bytes":
            return f"{evidence.value:,} bytes"
        case "count":
            return f"{evidence.value:,}"
        case _:
            return str(evidence.value)


def _span(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours} h {rest // 60} min" if hours else f"{rest // 60} min {rest % 60} s" if rest >= 60 else f"{rest} s"
