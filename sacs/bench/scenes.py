"""Plays scenes at a running bench and tells how they go.

Belongs here: progress and verdicts at the terminal. Does not belong here: playing (simulators/bench/player.py).
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import typer

from sacs.bench.client import BenchClient, Refused
from sacs.bench.folders import Address
from simulators.bench.player import Progress, Verdict

PASSED: Final = 0
FAILED: Final = 1
NOT_PLAYED: Final = 2


def play_all(address: Address, scenes: Sequence[tuple[str, str]], *, json: bool) -> int:
    """Play scenes, given by name and text, one after the other; return the exit status."""
    client = BenchClient(address)
    status = PASSED
    for name, text in scenes:
        try:
            verdict = _play(client, name, text, json=json)
        except Refused as error:
            typer.secho(f"{name}: {error}", err=True, fg="red")
            status = NOT_PLAYED
            continue
        if not verdict.passed:
            status = max(status, FAILED)
    return status


def _play(client: BenchClient, name: str, text: str, *, json: bool) -> Verdict:
    for told in client.play(name, text):
        if json:
            typer.echo(msgspec.json.encode(told))
        elif isinstance(told, Progress):
            typer.echo(_line(told), err=True)
        if isinstance(told, Verdict):
            if not json:
                typer.echo(_words(told))
            return told
    raise Refused("the bench ended before the scene did")


def _line(step: Progress) -> str:
    act = dict(step.act)
    name = act.pop("act")
    mark = "ok" if step.is_fulfilled else "NOT SO"
    said = " ".join(f"{key}={value}" for key, value in act.items())
    return f"  {step.step:2}/{step.steps}  {step.took_s:5.1f} s  {mark:6}  {name} {said}"


def _words(verdict: Verdict) -> str:
    if verdict.passed:
        return f"{verdict.scene}: passed ({verdict.steps} steps, {verdict.took_s:.0f} s)"
    return f"{verdict.scene}: FAILED: {verdict.cause}"
