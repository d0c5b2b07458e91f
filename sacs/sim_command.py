"""`sacs sim`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from process.logs import log_to_stderr
from sacs.terminal import fail


def sim(
    site: Annotated[Path, typer.Option(metavar="FILE", help="The site file (TOML) with a [simulation] table.")],
    world: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Run it: folder for lines, device files, scenes.")
    ] = None,
    log: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Or write days of passages: the CSV for `sacs replay`.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, metavar="N", help="With --log: how many days.")] = 1,
    start: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --log: first day.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="Another world of the same kind.")] = None,
    *,
    paused: Annotated[bool, typer.Option("--paused", help="With --world: nobody walks before `resume`.")] = False,
) -> None:
    """Simulate a site: people, cards, readers, doors and cameras below the real drivers, with the truth kept apart.

    With --world it takes commands as JSON lines on standard input: truth, pause, resume, quit. With --log it also
    writes LOG.truth.csv (how many were where, each hour) and LOG.holders.csv (whose credentials are whose).
    """
    import asyncio

    from contract.site import SiteFileError
    from simulators.cameras.program import CameraStartError
    from simulators.gate import WiringError
    from simulators.main import run
    from simulators.scene import SceneError

    if (world is None) == (log is None):
        fail("say either --world FOLDER (run it) or --log FILE (write days of passages)")
    log_to_stderr()
    try:
        if log is not None:
            _write(site, log, days, start or datetime.now(UTC), seed)
        elif world is not None:
            asyncio.run(run(site, world, seed=seed, paused=paused))
    except (SiteFileError, SceneError, WiringError, CameraStartError, UnicodeDecodeError, OSError) as error:
        fail(error)


def _write(site: Path, log: Path, days: int, start: datetime, seed: int | None) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from simulators.log import write_holders, write_log
    from simulators.scene import parse_scene

    scene = parse_scene(site.read_text())
    with (
        log.open("w") as out,
        log.with_suffix(".truth.csv").open("w") as truth_out,
        Progress(console=Console(stderr=True)) as bar,
    ):
        task = bar.add_task("Hours", total=days * 24)
        figures = write_log(
            scene, out, truth_out, days=days, start=start.date(), seed=seed,
            progress=lambda done, _all: bar.update(task, completed=done),
        )  # fmt: skip
    with log.with_suffix(".holders.csv").open("w") as holders:
        write_holders(scene, holders, seed=seed)
    typer.echo(f"{figures.moves:,} moves, {figures.unread:,} of them unread; {figures.present:,} inside at the end")
