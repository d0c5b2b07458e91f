"""Draws scenes as one SVG: the truth as a line, the bounds as a band, best as dots, one panel a scene.

Belongs here: drawing. Does not belong here: figures. Written by hand, as two polylines and a polygon need no library.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from contract.clock import NS_PER_S
from contract.periods import HOUR_S
from sacs.score.player import Look, Seen
from simulators.scenes.file import ScoredScene

_WIDTH: Final = 900
_HEIGHT: Final = 180
_LEFT: Final = 60
_TOP: Final = 34
_BOTTOM: Final = 24
_STYLE: Final = """\
text { font: 12px sans-serif; fill: #1a1a1a } .title { font-weight: bold }
.band { fill: #b9d3ee } .truth { fill: none; stroke: #1a1a1a; stroke-width: 1.2 } .best { fill: #c2410c }
.axis { stroke: #8a8a8a; stroke-width: 1 } .out { fill: none; stroke: #b00020; stroke-width: 1.5 }"""


def chart(scenes: Sequence[tuple[ScoredScene, Seen]]) -> str:
    """Return an SVG with one panel for each scene, each as it was seen with one seed."""
    panels = [_panel(scored, seen, at * _HEIGHT) for at, (scored, seen) in enumerate(scenes)]
    height = _HEIGHT * len(panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}">\n'
        f"<title>Truth, best figure and bounds of each scene</title>\n<style>{_STYLE}</style>\n"
        f'<rect width="{_WIDTH}" height="{height}" fill="white"/>\n' + "\n".join(panels) + "\n</svg>\n"
    )


def _panel(scored: ScoredScene, seen: Seen, top: int) -> str:
    looks = seen.looks
    most = max([1, *(max(look.truth, look.best, look.highest or 0) for look in looks)])
    span_ns = max(1, looks[-1].at_ns - seen.begin_ns) if looks else 1
    floor = top + _HEIGHT - _BOTTOM

    def x(look: Look) -> float:
        return _LEFT + (look.at_ns - seen.begin_ns) / span_ns * (_WIDTH - _LEFT - 20)

    def y(count: int) -> float:
        return floor - count / most * (_HEIGHT - _TOP - _BOTTOM)

    known = [(x(look), look.lowest, look.highest) for look in looks if look.lowest is not None]
    band = [(at, y(lowest)) for at, lowest, _ in known]
    band += [(at, y(highest or 0)) for at, _, highest in reversed(known)]
    hours = span_ns / NS_PER_S / HOUR_S
    return "\n".join(
        [
            f'<text class="title" x="{_LEFT}" y="{top + 20}">{escape(f"{scored.name}: {scored.about.title}")}</text>',
            f'<polygon class="band" points="{_points(band)}"/>',
            f'<polyline class="truth" points="{_points([(x(look), y(look.truth)) for look in looks])}"/>',
            *(f'<circle class="best" cx="{x(look):.1f}" cy="{y(look.best):.1f}" r="1.3"/>' for look in looks),
            *(f'<circle class="out" cx="{x(a):.1f}" cy="{y(a.truth):.1f}" r="4"/>' for a in looks if a.missed),
            f'<line class="axis" x1="{_LEFT}" y1="{floor}" x2="{_WIDTH - 20}" y2="{floor}"/>',
            f'<text x="{_LEFT - 8}" y="{floor}" text-anchor="end">0</text>',
            f'<text x="{_LEFT - 8}" y="{top + _TOP + 4}" text-anchor="end">{most:,}</text>',
            f'<text x="{_WIDTH - 20}" y="{floor + 16}" text-anchor="end">{hours:,.0f} h</text>',
        ]
    )


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in pairs)
