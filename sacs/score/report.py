"""What `sacs score` prints: one row a scene, and below it what the scenes demand and did not get.

Belongs here: the table. Does not belong here: the figures (scored.py), or the picture (chart.py).
"""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from sacs.score.scored import Score

_COLUMNS = (
    "scene",
    "moments",
    "error mean",
    "rms",
    "worst",
    "exact",
    "within",
    "width mean",
    "worst",
    "allowed",
    "unknown",
    "agree",
    "90 %",
    "100 %",
    "",
)


def print_table(scores: Sequence[Score], console: Console) -> None:
    """Print the scores of all scenes; docs/guide/score.md says what each column means."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name in {"scene", ""} else "right", no_wrap=True)
    for each in scores:
        table.add_row(*_row(each))
    console.print(table)
    for each in scores:
        for missed in each.missed:
            console.print(f"{each.scene}: {missed}", highlight=False)
        if each.missed and each.missed_areas:
            areas = ", ".join(f"{area or 'site'} {count}" for area, count in each.missed_areas.items())
            console.print(f"{each.scene}: truth outside the bounds: {areas}", highlight=False)


def _row(each: Score) -> list[str]:
    return [
        each.scene,
        f"{each.moments:,}",
        f"{each.error_mean:+.2f}",
        f"{each.error_rms:.2f}",
        f"{each.error_worst:+d}",
        f"{each.exact:.1%}",
        f"{each.within:.2%}",
        f"{each.width_mean:.1f}",
        f"{each.width_worst}",
        f"{each.width_allowed}",
        f"{each.unknown:.1%}",
        f"{each.agree:.1%}",
        _minutes(each.accounted_90_min),
        _minutes(each.accounted_100_min),
        "misses" if each.missed else "holds",
    ]


def _minutes(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} min"
