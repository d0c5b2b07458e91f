"""`sacs bench`, `sacs bench act`, `sacs bench trace` and `sacs bench scene`."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from process.logs import log_to_stderr
from process.memory import keep_in_memory
from sacs.interrupt import Interrupt
from sacs.terminal import fail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from sacs.bench.folders import Address, BenchFolders
    from sacs.bench.running import RunningBench

INTERRUPTED: Final = 130
"""Exit status after Ctrl-C where there is nothing to tell."""
World = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="The bench's folder; else sacs-bench in the folder for the state of programs."),
]
At = Annotated[str | None, typer.Option(metavar="ADDRESS", help="The address, token and all, that the bench printed.")]

bench = typer.Typer(
    add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, invoke_without_command=True
)
scene = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False, no_args_is_help=True)
bench.add_typer(scene, name="scene", short_help="List scenes, or play one as a test.", help="Scenes: acts in files.")


@bench.callback()
def start(
    context: typer.Context,
    site: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A site file of your own, with [[bench.card]] if you like.")
    ] = None,
    gate: Annotated[str | None, typer.Option(metavar="ID", help="Which gate of it; else the first.")] = None,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Port of the page, or the next free one.")
    ] = 8090,
    world: World = None,
    *,
    resume: Annotated[
        bool, typer.Option("--resume", help="Begin as the last bench in this folder ended: faults, keys, held cards.")
    ] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Say nothing but the address.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Tell address and token as one line of JSON.")] = False,
) -> None:
    """Open the technician's bench: a simulated gate below a real gate program and a real controller. Ctrl-C ends it.

    Its page does every act with a button; `sacs bench act` does the same as a command, `sacs bench scene` in files.
    """
    if context.invoked_subcommand is not None:
        return
    from contract.ids import EdgeId
    from sacs.bench.folders import BenchFolders, usual_world
    from sacs.bench.running import run_bench

    log_to_stderr()
    folders = BenchFolders((world or usual_world()).resolve())
    with _errors_in_words():
        asyncio.run(
            _serve(
                run_bench(
                    site,
                    EdgeId(gate) if gate is not None else None,
                    folders,
                    port,
                    _say(headless=headless),
                    resume=resume,
                ),
                folders,
                json=json,
            )
        )


@bench.command(short_help="Do one act at the bench that runs.")
def act(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The act; `list` shows all, and what they take.")],
    arguments: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE", help="What it takes.")] = None,
    at: At = None,
    world: World = None,
) -> None:
    """Do one act at the bench that runs, such as `sacs bench act present reader=entry card=staff`."""
    from sacs.bench.client import BenchClient, Refused
    from simulators.bench.acts import ACTS, BadActError, act_of_words, signature

    if name == "list":
        width = max(map(len, ACTS))
        for each in ACTS:
            typer.echo(f"{each:{width}}  {signature(each)}")
        return
    words = {}
    for argument in arguments or []:
        key, equals, value = argument.partition("=")
        if not equals:
            fail(f"{argument!r} is no KEY=VALUE; {name} takes {signature(name) if name in ACTS else 'what it takes'}")
        words[key.replace("-", "_")] = value
    try:
        wanted = act_of_words(name, words)
    except BadActError as error:
        fail(error)
    try:
        BenchClient(_address(at, world)).act(wanted)
    except Refused as error:
        fail(error)


@bench.command(short_help="Save the trace of the bench that runs.")
def trace(
    save: Annotated[
        Path,
        typer.Option(metavar="FILE", help="NAME.osdpcap: frames of an OSDP line. Any other name: JSON lines in words."),
    ],
    line: Annotated[str | None, typer.Option(metavar="LINE", help="Of this line alone.")] = None,
    at: At = None,
    world: World = None,
) -> None:
    """Save what the bench has seen: as a capture that `sacs trace` reads, or everything in words."""
    from sacs.bench.client import BenchClient, Refused
    from sacs.bench.trace_file import save_trace

    try:
        save_trace(BenchClient(_address(at, world)), save, line)
    except (Refused, OSError) as error:
        fail(error)
    typer.echo(save)


@scene.command("list", short_help="The scenes that there are.")
def list_scenes(world: World = None) -> None:
    """List the scenes that come with the bench, and those that were saved in its folder."""
    from sacs.bench.folders import BenchFolders, usual_world
    from simulators.bench import SCENES
    from simulators.bench.scene import SceneFileError, parse_bench_scene, scenes_in

    found = scenes_in(SCENES, BenchFolders((world or usual_world()).resolve()).scenes)
    width = max(map(len, found))
    for name, path in found.items():
        try:
            title = parse_bench_scene(path.read_text(encoding="utf-8")).title
        except (SceneFileError, OSError, UnicodeDecodeError) as error:
            title = f"can not be played: {error}"
        typer.echo(f"{name:{width}}  {title}")


@scene.command("run", short_help="Play scenes; exit status 0 if all passed.")
def run_scenes(
    scenes: Annotated[list[str], typer.Argument(metavar="SCENE", help="Names of scenes, or scene files.")],
    at: At = None,
    world: World = None,
    site: Annotated[Path | None, typer.Option(metavar="FILE", help="Site file, where no bench runs.")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="One line of JSON for each step and each verdict.")] = False,
) -> None:
    """Play scenes at the bench that runs; where none runs, at one that is started for them and ends with them.

    Exit status: 0 if all passed, 1 if one did not, 2 if one could not be played.
    """
    from sacs.bench.folders import BenchFolders, usual_world
    from sacs.bench.scenes import play_all

    log_to_stderr()
    folders = BenchFolders((world or usual_world()).resolve())
    wanted = [_scene_text(each, folders) for each in scenes]
    running = _address_of(at) if at is not None else folders.running()
    with _errors_in_words():
        if running is not None:
            status = play_all(running, wanted, json=json)
        else:
            status = asyncio.run(_play_alone(site, folders, wanted, json=json))
    raise typer.Exit(status)


def _address(at: str | None, world: Path | None) -> "Address":
    """Return where the wanted bench runs, or end the command."""
    from sacs.bench.folders import BenchFolders, usual_world

    if at is not None:
        return _address_of(at)
    folders = BenchFolders((world or usual_world()).resolve())
    running = folders.running()
    if running is None:
        fail(f"no bench runs in {folders.world}: start one with `sacs bench`, or say --at or --world")
    return running


def _address_of(at: str) -> "Address":
    from urllib.parse import parse_qs, urlsplit

    from sacs.bench.folders import Address

    parts = urlsplit(at)
    token = parse_qs(parts.query).get("token", [""])[0]
    if parts.scheme != "http" or not parts.netloc or not token:
        fail(
            f"{at!r} is not the address of a bench: give all of what it printed, such as http://127.0.0.1:8090/?token=..."
        )
    return Address(f"http://{parts.netloc}/", token, 0)


def _scene_text(wanted: str, folders: "BenchFolders") -> tuple[str, str]:
    """Return a scene's name and text, by its name or from a file."""
    from simulators.bench import SCENES
    from simulators.bench.scene import scenes_in

    known = scenes_in(SCENES, folders.scenes)
    path = known.get(wanted) or Path(wanted)
    try:
        return path.stem, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        fail(f"{wanted!r} is neither a scene file nor the name of a scene; there are: {', '.join(known)}", status=2)


async def _serve(starting: "AbstractAsyncContextManager[RunningBench]", folders: "BenchFolders", *, json: bool) -> None:
    import msgspec

    interrupt = _begin()
    async with starting as running:
        interrupt.is_running = True
        if json:
            typer.echo(msgspec.json.encode(running.address))
        else:
            _welcome(running, folders)
        await running.until_over(interrupt.stop)


async def _play_alone(site: Path | None, folders: "BenchFolders", wanted: list[tuple[str, str]], *, json: bool) -> int:
    from sacs.bench.running import run_bench
    from sacs.bench.scenes import play_all

    interrupt = _begin()
    async with run_bench(site, None, folders, 0, _say(headless=json)) as running:
        interrupt.is_running = True
        playing = asyncio.create_task(asyncio.to_thread(play_all, running.address, wanted, json=json), name="scenes")
        over = asyncio.create_task(running.until_over(interrupt.stop), name="bench")
        await asyncio.wait({playing, over}, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            over.result()
            return INTERRUPTED
        over.cancel()
        return playing.result()


def _begin() -> Interrupt:
    """See to limits and signals of this process, which knows keys and tokens."""
    keep_in_memory()
    os.umask(0o077)
    return Interrupt.of_this_task()


def _say(*, headless: bool) -> "Callable[[str], None]":
    return (lambda _: None) if headless else (lambda text: typer.echo(f"  {text}", err=True))


def _welcome(running: "RunningBench", folders: "BenchFolders") -> None:
    address = running.address
    typer.echo(f"Open    {address.address}?token={address.token}")
    sacs = sys.argv[0]  # as it was called: what is printed works when it is pasted
    typer.echo(f"Acts    {sacs} bench act list --world {folders.world}", err=True)
    settings = "".join(f"{name}={value} " for name, value in running.environment.items())
    typer.echo(f"Doctor  {settings}{sacs} doctor --edge {running.gate.edge_file}", err=True)
    typer.echo(
        f"        (while the gate is stopped: `{sacs} bench act gate-stop`, or the scene `commissioning`)", err=True
    )
    typer.echo(f"Logs    {folders.logs}", err=True)
    if running.left_out:
        typer.echo(f"Note    {running.left_out}", err=True)
    typer.echo("Ctrl-C ends it.", err=True)


@contextlib.contextmanager
def _errors_in_words() -> "Iterator[None]":
    from contract.enrolment import EnrolmentError
    from contract.site import SiteFileError
    from sacs.bench.client import Refused
    from sacs.bench.folders import NoBenchError
    from sacs.demo.children import ChildError
    from simulators.bench.box import BoxError
    from simulators.bench.errors import CanNotError
    from simulators.gate import WiringError
    from simulators.pcsc import PcscUnavailableError

    try:
        yield
    except asyncio.CancelledError:
        typer.echo("Stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from None
    except (
        BoxError, CanNotError, ChildError, EnrolmentError, NoBenchError, PcscUnavailableError, Refused, SiteFileError,
        UnicodeDecodeError, WiringError, OSError,
    ) as error:  # fmt: skip
        fail(error, status=2)
