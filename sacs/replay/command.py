"""`sacs replay`."""

import asyncio
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from process.logs import log_to_stderr
from sacs.terminal import fail, read_site

if TYPE_CHECKING:
    from contract.site import Site
    from sacs.replay.holders import Holders
    from sacs.replay.passage_log import Recording
    from sacs.replay.player import Question
    from sacs.replay.report import Report
    from sacs.replay.table import Columns

_BAD_SHOWN: Final = 10


def replay(
    log: Annotated[
        Path, typer.Argument(help="The log: CSV (or .gz) with the columns at, credential, access_point. Times: UTC.")
    ],
    site: Annotated[Path, typer.Option(help="The site file (TOML): [[area]] and [[access_point]] are enough.")],
    holders: Annotated[
        Path | None,
        typer.Option(help="CSV with the columns credential, holder, replaces; else each credential is a person."),
    ] = None,
    columns: Annotated[
        str, typer.Option(metavar="OURS=THEIRS,...", help="What the log calls them: at=Date+Time,credential=Badge.")
    ] = "",
    time_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="How the log writes times: '%d/%m/%Y %H:%M'; else it is found.")
    ] = None,
    speed: Annotated[str, typer.Option(help="So many times as fast as the log's time, or max.")] = "max",
    at: Annotated[
        list[str] | None, typer.Option(help="Also tell the headcount by area at this time. Repeat it.")
    ] = None,
    carve: Annotated[
        int, typer.Option(min=0, help="At so many moments search all that was written for the log's credentials.")
    ] = 0,
    *,
    json: Annotated[bool, typer.Option("--json", help="At the end one JSON object on the last line.")] = False,
) -> None:
    """Play a recorded log through real gates and a real broker into a controller of its own, and report.

    A test tool: everything it writes, keys included, lies in a temporary folder and is removed at the end. Whom the
    log itself leaves inside is counted apart from the system (truth_present). The rows may stand in any order; rows of
    one time keep the order of the file. No gate of a replay refuses: each row is a passage that happened.
    """
    import msgspec

    from controller.broker.binary import BrokerNotFoundError
    from controller.broker.process import BrokerStartError
    from sacs.replay.holders import NOBODY_NAMED, read_holders
    from sacs.replay.passage_log import read_log
    from sacs.replay.report import words
    from sacs.replay.site import played_site
    from sacs.replay.system import ReplayError
    from sacs.replay.table import InputFileError

    log_to_stderr(logging.WARNING)
    played = played_site(read_site(site))
    times_faster, questions, named = _speed(speed), [_question(text) for text in at or ()], _columns(columns)
    expected = (InputFileError, ReplayError, BrokerNotFoundError, BrokerStartError, OSError)
    try:
        recording = read_log(log, {point.id for point in played.access_point}, named, time_format)
        owned = read_holders(holders) if holders else NOBODY_NAMED
        for bad in recording.bad[:_BAD_SHOWN]:
            typer.echo(f"{log}, line {bad.line}: {bad.why}: left out", err=True)
        if len(recording.bad) > _BAD_SHOWN:
            typer.echo(f"{len(recording.bad):,} rows are left out in all; --json lists them", err=True)
        if recording.out_of_order:
            typer.echo(f"{recording.out_of_order:,} rows stand after a later one: played in time's order", err=True)
        report = asyncio.run(_play(played, recording, owned, times_faster, questions, carve))
    except (*expected, ExceptionGroup) as error:
        cause = _first_cause(error)
        if not isinstance(cause, expected):
            raise
        fail(str(cause))
    except (KeyboardInterrupt, asyncio.CancelledError):
        fail("stopped; the temporary folder is removed")
    typer.echo(msgspec.json.encode(report).decode() if json else words(report))


async def _play(
    site: "Site",
    recording: "Recording",
    holders: "Holders",
    speed: float | None,
    questions: "list[Question]",
    carve: int,
) -> "Report":
    from contract.clock import NS_PER_S, ManualClock
    from contract.periods import Kind
    from sacs.replay.carving import Carver, moments
    from sacs.replay.player import Player
    from sacs.replay.progress import Progress
    from sacs.replay.system import played_system

    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    passages = recording.passages
    end_ns = max(passages[-1].at_ns, *(question.at_ns for question in questions), 0)
    clock = ManualClock(site.retention.period_at(Kind.MOVEMENT, passages[0].at_ns).start_s * NS_PER_S)
    credentials = list(dict.fromkeys(passage.credential for passage in passages))
    with Progress(len(passages)) as progress:
        async with played_system(site, credentials, holders, clock, end_ns, progress.say) as system:
            progress.say("Playing")
            carver = None
            if carve:
                roots, vault = [system.written], system.truth.vault
                carver = Carver(roots, system.records, credentials, vault, site.retention)
            when = moments(clock.now_ns(), end_ns, carve)
            player = Player(system, holders, speed, progress.at, carver, when)
            report = await player.play(recording, questions)
            progress.say("Stopping")
    return report


def _speed(text: str) -> float | None:
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise typer.BadParameter(f"{text!r} is no speed: say 60 for sixty times as fast, or max", param_hint="--speed")
    return speed


def _columns(text: str) -> "Columns":
    from sacs.replay.table import columns_of

    try:
        return columns_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--columns") from None


def _question(text: str) -> "Question":
    from sacs.replay.player import Question
    from sacs.replay.times import parse_time

    try:
        return Question(text, parse_time(text))
    except ValueError:
        message = f"{text!r} is no time: write 2026-01-31T07:30:00, UTC"
        raise typer.BadParameter(message, param_hint="--at") from None


def _first_cause(error: Exception) -> Exception:
    """Return the first error in a group of errors, or the error itself."""
    return _first_cause(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error
