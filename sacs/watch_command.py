"""`sacs watch`."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sacs.terminal import fail

if TYPE_CHECKING:
    from edge.technician import Decision, Line


def watch(
    edge: Annotated[Path, typer.Option(metavar="FILE", help="The edge file (TOML) of a gate on this machine.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Each line as the JSON object that the gate sent.")] = False,
) -> None:
    """Show what a gate does, while it does it: decisions with their reasons, devices, portals, bits that fit no format.

    For the technician who stands before it: names no holder and no number, keeps nothing, and ends with Ctrl-C. Exit
    code 0 when the gate stops, 1 if it does not run here or is not ours to watch.
    """
    from contract.site import SiteFileError, parse_edge_file
    from edge.technician import SOCKET, BadLineError, decode_line

    try:
        state = Path(parse_edge_file(edge.read_text(encoding="utf-8"), str(edge.parent)).state)
    except (OSError, UnicodeDecodeError, SiteFileError) as error:
        fail(error)
    for data in _lines(state / SOCKET):
        if json:
            typer.echo(data)
            continue
        try:
            typer.echo(_words(decode_line(data.encode())))
        except BadLineError as error:
            fail(error)


def _lines(path: Path) -> Iterator[str]:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as watching:
        try:
            watching.connect(str(path))
        except OSError as error:
            fail(f"{path}: {error.strerror or error}: does the gate run on this machine, and is it yours to watch?")
        try:
            with watching.makefile(encoding="utf-8") as lines:
                yield from (line.rstrip("\n") for line in lines)
        except KeyboardInterrupt:
            return
        except OSError as error:
            fail(error)


def _words(line: "Line") -> str:
    from edge import technician

    time = datetime.fromisoformat(line.at).strftime("%H:%M:%S.%f")[:-3]
    match line:
        case technician.Decision():
            return f"{time}  {_decision(line)}"
        case technician.DeviceLine():
            detail = f" ({line.detail})" if line.detail else ""
            return f"{time}  {line.device}: {line.event}{detail}"
        case technician.PortalLine():
            way = f" towards {line.access_point}" if line.access_point else ""
            return f"{time}  {line.portal}: {line.state}{way}"
        case technician.OrderLine():
            return f"{time}  orders: {_orders(line.exits_free, line.entries_denied)}"
        case technician.SignalLine():
            return f"{time}  {line.signal}: {line.state}"
        case technician.CrossingLine():
            return f"{time}  {line.access_point}: the camera saw {line.seen} cross, the gate knows of {line.taken}"
        case technician.RefusedRead():
            raw = f", bits {line.raw}, in hex {int(line.raw, 2):0{-(-len(line.raw) // 4)}X}" if line.raw else ""
            return f"{time}  {line.reader}: read refused, {line.reason} ({line.bits} bits{raw})"
        case technician.ControllersLine():
            return f"{time}  seals to {', '.join(line.controllers)} (list {line.number})"
        case technician.Missed():
            return f"{time}  {line.lines} lines were missed: this terminal was too slow"


def _orders(exits_free: bool, entries_denied: bool) -> str:  # noqa: FBT001  as the line has it
    asked = ["everybody may leave"] * exits_free + ["nobody comes in from outside"] * entries_denied
    return ", ".join(asked) or "none, doors as always"


def _decision(line: "Decision") -> str:
    reason = f", {line.reason}" if line.reason else ""
    strike = {True: "", False: ", but the strike took no command", None: ""}[line.released]
    where = f"{line.access_point} at {line.reader}" if line.reader else line.access_point
    return f"{where}: {line.outcome}{reason}{strike} ({line.format}, {line.assurance}, {line.took_ms:.2f} ms)"
