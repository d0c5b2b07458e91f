"""`sacs demo`."""

import asyncio
import contextlib
import os
import tempfile
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from process.logs import log_to_stderr
from process.memory import keep_in_memory
from sacs.interrupt import Interrupt
from sacs.terminal import fail, read_site

if TYPE_CHECKING:
    from contract.site import Site
    from sacs.demo.screen import Screen
    from sacs.demo.site import Folders, RunningSite, Summary

INTERRUPTED: Final = 130
"""Exit code after Ctrl-C where there is nothing to tell: before the site ran, or a second time while it ends."""


def demo(
    site: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A site file of your own; its [simulation] table says who walks there."),
    ] = None,
    seconds: Annotated[
        int | None, typer.Option("--for", min=1, metavar="SECONDS", help="Stop after so many seconds.")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Other people, other days.")] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep what the system writes here; else it is removed.")
    ] = None,
    vault: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the vault here; else it is removed.")] = None,
    world: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the simulated world here, with plants.txt for verify-deletion; else it is removed.",
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port of the page, or the next free one.")
    ] = 8080,
    *,
    json: Annotated[bool, typer.Option("--json", help="At the end one JSON object on the last line.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Show no figures while it runs.")] = False,
) -> None:
    """Run the whole system on simulated hardware: open the address that it prints. Ctrl-C stops everything.

    Its site keeps records for 5 minutes in 1-minute periods, and its people come and go within minutes: you see keys
    die. Each run is a new site: give it folders that no run has used.
    """
    import msgspec

    log_to_stderr()
    # This process knows the world's people and the token: no core dump, no file for others to read (L7).
    keep_in_memory()
    os.umask(0o077)
    with contextlib.ExitStack() as stack:
        site_path = site or stack.enter_context(as_file(files("simulators") / "sites" / "demo.toml"))
        read = read_site(site_path)  # what is wrong with it is said before all that runs a site is imported

        from sacs.demo.children import ChildError
        from sacs.demo.screen import Screen, words
        from sacs.demo.site import Folders

        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sacs-demo-")))
        folders = Folders(state or temporary / "state", vault or temporary / "vault", world or temporary / "world")
        try:
            _make(folders)
            screen = Screen(figures=not headless)
            summary = asyncio.run(_run(read, site_path, folders, screen, seconds, seed, port))
        except (ChildError, OSError) as error:
            fail(error)
        except asyncio.CancelledError:
            typer.echo("Stopped.", err=True)
            raise typer.Exit(INTERRUPTED) from None
    typer.echo(words(summary, read.retention.movement_keep_s), err=json)
    if state and world:
        typer.echo(f"  Check    sacs verify-deletion --state {state} --plants {world}/plants.txt", err=json)
    if json:
        typer.echo(msgspec.json.encode(summary))


def _make(folders: "Folders") -> None:
    for folder, mark in ((folders.state, "controller"), (folders.vault, "keys"), (folders.world, "people.json")):
        if (folder / mark).exists():
            fail(f"{folder} is of an earlier run, and its people are not of this world: give a folder that is new")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


async def _run(
    site: "Site",
    site_path: Path,
    folders: "Folders",
    screen: "Screen",
    seconds: int | None,
    seed: int | None,
    port: int,
) -> "Summary":
    from sacs.demo.site import run_site, summarize

    interrupt = Interrupt.of_this_task()
    screen.say("Starting a site on this machine, every program a process of its own:")
    async with run_site(site, site_path, folders, port, seed, screen.step) as running:
        interrupt.is_running = True
        screen.welcome(running, folders)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await _watch(running, interrupt.stop, screen)
        interrupt.stop.set()
        screen.say("Ending: whoever is at a door passes, then all that gates journaled must be stored ...")
        live, truth = await running.settle()
        screen.say("Stopping all programs ...")
    return summarize(live, truth, folders)


async def _watch(running: "RunningSite", stop: asyncio.Event, screen: "Screen") -> None:
    """Wait for the end; a child that does not stay up ends the demo with its last words."""
    while not stop.is_set():
        running.check()
        screen.show(await asyncio.to_thread(running.live_if_there))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await stop.wait()
