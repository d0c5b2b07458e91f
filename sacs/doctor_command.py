"""`sacs doctor`."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from process.logs import log_to_stderr
from sacs.terminal import fail

if TYPE_CHECKING:
    from edge.commissioning.finding import Finding
    from edge.commissioning.report import Report

_Result = TypeVar("_Result")
_NOT_FIT: Final = 1
_COULD_NOT_CHECK: Final = 2
_COLOURS: Final = {"passed": "green", "failed": "red", "not-checked": "yellow"}


def doctor(
    edge: Annotated[Path, typer.Option(metavar="CONFIG", help="The gate's edge file (TOML).")],
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write the report; beside the edge file unless said.")
    ] = None,
    *,
    cards: Annotated[
        bool, typer.Option("--cards", help="Instead: show each card that is held up with its bits and their formats.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print report or cards as JSON; progress goes to standard error.")
    ] = False,
) -> None:
    """Check a gate before it goes into service, on real or simulated hardware, and write a report to sign.

    Stop the gate first: the check takes its lines. It asks you to hold up cards and to open doors while they are
    released. Exit status: 0 all passed, 1 something failed or could not be checked, 2 the check could not be done.

    With --cards nothing is checked, released or kept: until Ctrl-C each card that is held up is shown with its raw bits
    and what they say in every format of their length, to be compared with the number that is printed on it.
    """
    import asyncio
    import logging

    from contract.enrolment import EnrolmentError
    from contract.site import SiteFileError
    from edge.commissioning.check import GateRunsError
    from edge.hardware import HardwareError

    log_to_stderr(logging.ERROR)

    def say(words: str) -> None:
        typer.echo(words, err=True)

    try:
        if cards:
            asyncio.run(_cards(edge, say, as_json=json))
            return
        result = asyncio.run(_check(edge, say, _tell if not json else _nothing))
        folder = report or edge.parent
        written = _write(result, folder, say)
    except (EnrolmentError, SiteFileError, HardwareError, GateRunsError, UnicodeDecodeError, OSError) as error:
        fail(error, _COULD_NOT_CHECK)
    except asyncio.CancelledError:
        fail("stopped before the end; what was released is locked again", _COULD_NOT_CHECK)
    if json:
        typer.echo(written[0].read_text())
    else:
        _tell_end(result)
        for path in written:
            typer.echo(f"  {path}")
    if result.verdict.value != "passed":
        raise typer.Exit(_NOT_FIT)


async def _check(edge: Path, say: Callable[[str], None], tell: Callable[["Finding"], None]) -> "Report":
    """Check until the end, or until a signal stops it (CancelledError)."""
    from edge.commissioning.check import check

    return await _until_stopped(check(edge, say, tell))


async def _cards(edge: Path, say: Callable[[str], None], *, as_json: bool) -> None:
    """Show cards until a signal stops it, which is how it ends."""
    import asyncio
    import contextlib

    from edge.commissioning.cards import show_cards
    from sacs.doctor_cards import tell_as_json, tell_in_words

    with contextlib.suppress(asyncio.CancelledError):
        await _until_stopped(show_cards(edge, say, tell_as_json if as_json else tell_in_words))


async def _until_stopped(coroutine: Coroutine[Any, Any, _Result]) -> _Result:
    """Run `coroutine` until its end, or until a signal stops it (CancelledError).

    A terminal that is closed is a signal too. Drivers have to end in order, for some boards have no timer and stay
    released until they are told otherwise.
    """
    import asyncio
    import signal

    from process.memory import keep_in_memory

    keep_in_memory()
    loop, work = asyncio.get_running_loop(), asyncio.ensure_future(coroutine)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    work.cancel()
    return await work


def _tell(finding: "Finding") -> None:
    verdict = typer.style(f"{finding.verdict.value:>11}", fg=_COLOURS[finding.verdict.value])
    typer.echo(f"{verdict}  {finding.subject.value:8} {finding.name}: {finding.words}")
    if finding.facts:
        typer.secho(f"{'':22}{'; '.join(f'{name} {fact}' for name, fact in finding.facts.items())}", dim=True)
    if finding.remedy:
        typer.echo(f"{'':13}{'':8} -> {finding.remedy}")


def _tell_end(result: "Report") -> None:
    for remark in result.remarks:
        typer.secho(f"{'remark':>11}  {remark}", fg="yellow")
    for device in result.simulated:
        typer.secho(f"{'simulated':>11}  {device}", fg="yellow")
    typer.secho(f"{result.gate}: {result.verdict.value}", fg=_COLOURS[result.verdict.value], bold=True)
    if result.simulated:
        typer.secho("  simulated devices: this report certifies no gate", fg="yellow")
    if result.verdict.value == "passed":
        typer.echo(f"  by program; fit for service only with the {len(result.by_hand)} points that a person tries")


def _nothing(_: "Finding") -> None:
    """With --json findings come in one piece."""


def _write(result: "Report", folder: Path, say: Callable[[str], None]) -> list[Path]:
    from edge.commissioning.document import NoRendererError, render
    from edge.commissioning.report import encode

    folder.mkdir(parents=True, exist_ok=True)
    stem = f"commissioning-{result.gate}-{result.ended_at:%Y%m%dT%H%M%SZ}"
    paths = [folder / f"{stem}.json"]
    paths[0].write_bytes(encode(result))
    try:
        pdf = render(result)
    except NoRendererError as error:
        say(f"no PDF: {error}")
    else:
        paths.append(folder / f"{stem}.pdf")
        paths[1].write_bytes(pdf)
    return paths
