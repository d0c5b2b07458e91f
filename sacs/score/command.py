"""`sacs score`."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sacs.terminal import fail

if TYPE_CHECKING:
    from sacs.score.player import Seen
    from sacs.score.scored import Score
    from simulators.scenes.file import ScoredScene


def score(
    scenes: Annotated[
        list[str] | None, typer.Argument(metavar="[SCENE]...", help="Scenes by name; without any, all of them.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, metavar="N", help="Each scene with so many seeds, its own first.")] = 3,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also draw each scene with its first seed, as SVG.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="Processes at work; one for each core.")] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Play scored scenes into the real rules of presence, and tell how far the headcount is from the truth.

    Exit status 1 if a scene misses what it demands. docs/guide/score.md says what each column means.
    """
    import msgspec
    from rich.console import Console

    from sacs.score.chart import chart
    from sacs.score.report import print_table
    from simulators.scene import SceneError
    from simulators.scenes.file import read_scene, scene_names

    try:
        chosen = [read_scene(name) for name in scenes or scene_names()]
    except SceneError as error:
        fail(error)
    if plot is not None and plot.suffix.lower() != ".svg":
        fail(f"{plot}: the picture is an SVG: call it something.svg")
    with _ends_its_workers():
        found = list(_played(chosen, seeds, jobs))
    if plot is not None:
        try:
            plot.write_text(chart([(scored, first) for scored, _, first in found]), encoding="utf-8")
        except OSError as error:
            fail(error)
    scores = [each for _, each, _ in found]
    if json:
        typer.echo(msgspec.json.encode({"seeds": seeds, "scenes": scores}).decode())
    else:
        print_table(scores, Console(width=200))
    if any(each.missed for each in scores):
        raise typer.Exit(1)


@contextmanager
def _ends_its_workers() -> Iterator[None]:
    """Let a SIGTERM unwind the program, so that no process is left at work."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _played(chosen: "list[ScoredScene]", seeds: int, jobs: int | None) -> "Iterator[tuple[ScoredScene, Score, Seen]]":
    """Yield each scene with its score and what was seen with its first seed; tell on standard error how far it is."""
    import multiprocessing
    import os
    from concurrent.futures import ProcessPoolExecutor

    from rich.console import Console
    from rich.progress import Progress

    from sacs.score.scored import score as scored_as

    jobs = min(jobs or os.cpu_count() or 1, seeds * len(chosen))
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Playing", total=seeds * len(chosen))
        pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) if jobs > 1 else None
        try:
            waiting = [
                (scored, [(scored.name, scored.scene.simulation.seed + more) for more in range(seeds)])
                for scored in chosen
            ]
            started = [
                (
                    scored,
                    pool.map(play_seed, *zip(*work, strict=True)) if pool else map(play_seed, *zip(*work, strict=True)),
                )
                for scored, work in waiting
            ]
            for scored, results in started:
                bar.update(task, description=scored.name)
                seen = []
                for each in results:
                    seen.append(each)
                    bar.advance(task)
                if not console.is_terminal:
                    console.print(f"{scored.name}: {seeds} seeds")
                yield scored, scored_as(scored, seen), seen[0]
        finally:
            if pool is not None:
                pool.shutdown(cancel_futures=True)


def play_seed(name: str, seed: int) -> "Seen":
    """Enact a scene with one seed and play it: the work of one process."""
    from sacs.score.player import play
    from simulators.scenes.enact import enact
    from simulators.scenes.file import read_scene

    return play(enact(read_scene(name), seed))
