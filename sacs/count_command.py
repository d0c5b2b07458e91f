"""`sacs count`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contract.site.camera import CountingLine
from sacs.terminal import fail

if TYPE_CHECKING:
    from edge.counting.measuring import Counted


class _Row(msgspec.Struct, frozen=True):
    """One crossing. `at_s`: seconds of the file; `height`, `place`: as `edge.counting.measuring.Counted` has them."""

    file: str
    at_s: float
    side: str
    persons: int
    height: float
    place: float


def count(
    video: Annotated[Path, typer.Argument(metavar="VIDEO", help="What the camera records, as a file.")],
    line: Annotated[
        str, typer.Option(metavar="X,Y,X,Y", help="The line's beginning and end, as shares of width and height.")
    ],
    person: Annotated[
        str, typer.Option(metavar="H,H", help="How tall a person looks at either end, as shares of the height.")
    ] = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line, one for each crossing.")] = False,
) -> None:
    """Count who crosses a line in a recording, to judge where it is drawn.

    Seen from the line's beginning to its end, people go to its left or to its right. Each crossing is told with how
    tall the body looked there: walk over the line alone, once near either end, and write what you read into --person.
    Nothing is kept.

    Exit status: 0 the file could be looked at; 1 it could not.
    """
    drawn = _line(line, person)
    try:
        from edge.counting.measuring import NoVideoError, counted
    except ImportError:
        fail("counting people needs the extra `camera`: pip install 'sacs[camera]'")
    total = {"left": 0, "right": 0}
    try:
        for each in counted(video, drawn):
            total[each.side] += each.persons
            row = _Row(
                str(video), round(each.at_s, 1), each.side, each.persons, _short(each.height), _short(each.share)
            )
            typer.echo(msgspec.json.encode(row).decode() if json else _words(each))
    except (NoVideoError, OSError) as error:
        fail(error)
    if not json:
        typer.echo(f"to the left {total['left']}, to the right {total['right']}")


def _line(line: str, person: str) -> CountingLine:
    try:
        begin_x, begin_y, end_x, end_y = (float(share) for share in line.split(","))
        sizes = tuple(float(share) for share in person.split(",")) if person else None
        made = msgspec.convert(
            {"begin": (begin_x, begin_y), "end": (end_x, end_y), "person": sizes, "left": "left", "right": "right"},
            CountingLine,
        )
    except (ValueError, msgspec.ValidationError):
        fail("--line takes four and --person two numbers from 0 to 1, as in --line 0.5,0.9,0.5,0.4 --person 0.5,0.3")
    if made.begin == made.end:
        fail("--line needs two different ends")
    return made


def _short(share: float) -> float:
    return round(share, 2)


def _words(each: "Counted") -> str:
    who = "1 person" if each.persons == 1 else f"{each.persons} persons"
    return f"{each.at_s:7.1f} s  {who} to the {each.side}, {each.height:.2f} tall at {each.share:.2f} of the line"
