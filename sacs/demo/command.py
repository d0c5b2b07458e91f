"""`sacs demo`."""

import asyncio
import contextlib
import signal
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sacs.terminal import fail, log_to_stderr, read_site

if TYPE_CHECKING:
    from sacs.demo.site import RunningSite, Summary


def demo(
    site: Annotated[Path | None, typer.Option(help="A site file of your own, with a [simulation] table.")] = None,
    seconds: Annotated[int | None, typer.Option("--for", min=1, help="Stop after so many seconds.")] = None,
    seed: Annotated[int | None, typer.Option(help="Other people, other days.")] = None,
    state: Annotated[Path | None, typer.Option(help="Keep what the system writes here; else it is removed.")] = None,
    vault: Annotated[Path | None, typer.Option(help="Keep the vault here; else it is removed.")] = None,
    port: Annotated[int, typer.Option(help="Port of the page, or the next free one.")] = 8080,
    *,
    json: Annotated[bool, typer.Option("--json", help="At the end one JSON object on the last line.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Show no figures while it runs.")] = False,
) -> None:
    """Run the whole system on simulated hardware: open the address that it prints. Ctrl-C stops everything.

    Its site keeps records for 5 minutes in 1-minute periods, and its people come and go within minutes: you see keys
    die.
    """
    from sacs.demo.children import ChildError

    log_to_stderr()
    with contextlib.ExitStack() as stack:
        site_path = site or stack.enter_context(as_file(files("simulators") / "sites" / "demo.toml"))
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacs-demo-")))
        try:
            summary = asyncio.run(_run(site_path, temporary, state, vault, seconds, seed, port, headless=headless))
        except (ChildError, TimeoutError, OSError) as error:
            fail(str(error))
    import msgspec

    if json:
        typer.echo(msgspec.json.encode(summary))
    else:
        typer.echo(
            f"{summary.events_journaled} events journaled, {summary.events_stored} stored; "
            f"{summary.truth_present} people were inside, the count said {summary.present.lowest} to "
            f"{summary.present.highest}; {summary.keys_destroyed} keys destroyed"
        )


async def _run(
    site_path: Path,
    temporary: Path,
    state: Path | None,
    vault: Path | None,
    seconds: int | None,
    seed: int | None,
    port: int,
    *,
    headless: bool,
) -> "Summary":
    from sacs.demo.site import Folders, run_site, summarize

    folders = Folders(state or temporary / "state", vault or temporary / "vault", temporary / "world")
    for folder in (folders.state, folders.world):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)

    def say(text: str) -> None:
        typer.secho(f"  {text}", err=True, dim=True)

    typer.secho("Starting the site:", err=True)
    async with run_site(read_site(site_path), site_path, folders, port, seed, say) as running:
        _welcome(running)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await _watch(running, stop, headless=headless)
        live, truth = await running.settle()
        typer.secho("Stopping ...", err=True)
    return summarize(live, truth, folders)


def _welcome(running: "RunningSite") -> None:
    typer.secho(f"\n  Open  {running.ready.address}", err=True, bold=True)
    typer.secho(f"  Token {running.ready.token}   (only for writing)", err=True)
    typer.secho("  Ctrl-C stops everything.\n", err=True)


async def _watch(running: "RunningSite", stop: asyncio.Event, *, headless: bool) -> None:
    """Wait for the end; a child that does not stay up ends the demo with its last words."""
    while not stop.is_set():
        running.check()
        if not headless:
            line = await asyncio.to_thread(_line, running)
            typer.echo("\r\x1b[2K" + line, err=True, nl=False)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await stop.wait()
    typer.echo("", err=True)


def _line(running: "RunningSite") -> str:
    try:
        live = running.live()
    except OSError:
        return "  the controller does not answer; what happens at gates waits there"
    premises = live.premises
    return (
        f"  inside {premises.best} ({premises.lowest} to {premises.highest}), {live.events_stored} events, "
        f"{live.keys_destroyed} keys destroyed, oldest readable {live.oldest_readable_s:.0f} s"
    )
