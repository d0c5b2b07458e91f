"""`sacs plates`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from contract.plates import WHOLE, Within, is_within
from sacs.terminal import fail

if TYPE_CHECKING:
    from edge.plates.finder import PlateFinder
    from edge.plates.syntax import Syntax


class _Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One picture. `plate` and `box` (left, top, width, height in pixels) are null where no plate was read."""

    file: str
    plate: str | None
    confidence: float
    box: tuple[int, int, int, int] | None
    error: str = ""


def plates(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Pictures: JPEG, PNG and others.")],
    country: Annotated[
        list[str] | None,
        typer.Option(
            metavar="C", help="Whose plates: eu, us, br or a country by its two letters. Repeat it for several."
        ),
    ] = None,
    within: Annotated[
        str, typer.Option(metavar="L,T,R,B", help="Where to look: left, top, right, bottom, shares of the picture.")
    ] = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line, one for each picture.")] = False,
) -> None:
    """Read the number plate in each picture, to judge where a camera stands.

    Takes pictures as the camera sends them, of the place where vehicles will stand: by day, at night, in rain. Without
    --country all that are known are tried; the country decides between O and 0, I and 1, B and 8. --within leaves out
    what a camera writes into its pictures: --within 0,0.1,1,0.95 is a lane's plate_within. Nothing is kept.

    Exit status: 0 every picture could be looked at, also where it shows no plate; 1 some picture could not be read.
    """
    part = _part(within)
    try:
        from edge.plates.finder import PlateFinder
        from edge.plates.recognizer import Recognizer
        from edge.plates.syntax import BadSyntaxError, syntax_of
    except ImportError:
        fail("reading plates needs the extra `plates`: pip install 'sacs[plates]'")
    try:
        syntax = syntax_of(tuple(name.lower() for name in country or ()))
    except BadSyntaxError as error:
        fail(error)
    finder = PlateFinder(Recognizer())
    is_whole = True
    for image in images:
        row = _looked(finder, image, syntax, part)
        is_whole = is_whole and not row.error
        if json:
            typer.echo(msgspec.json.encode(row).decode())
        else:
            typer.echo(_words(row), err=bool(row.error))
    raise typer.Exit(0 if is_whole else 1)


def _part(within: str) -> Within:
    if not within:
        return WHOLE
    try:
        left, top, right, bottom = map(float, within.split(","))
    except ValueError:
        left = top = right = bottom = 0.0
    if not is_within((left, top, right, bottom)):
        fail(f"--within {within[:40]}: left, top, right and bottom as shares of the picture, as in 0,0.1,1,0.95")
    return left, top, right, bottom


def _looked(finder: "PlateFinder", image: Path, syntax: "Syntax", within: Within) -> _Row:
    from edge.plates.picture import BadPictureError, decoded

    name = str(image).encode(errors="replace").decode()  # a name that is no UTF-8 can not be printed as it is
    try:
        found = finder.find(decoded(image.read_bytes()), syntax, within)
    except OSError as error:
        return _Row(name, None, 0.0, None, error=error.strerror or "can not be read")
    except BadPictureError as error:
        return _Row(name, None, 0.0, None, error=str(error))
    if found is None:
        return _Row(name, None, 0.0, None)
    best, box = found.spellings[0], found.box
    return _Row(name, best.plate, round(best.confidence, 3), (box.x, box.y, box.w, box.h))


def _words(row: _Row) -> str:
    if row.error:
        return f"{row.file}: {row.error}"
    if row.box is None:
        return f"{row.file}: no plate"
    x, y, w, h = row.box
    return f"{row.file}: {row.plate}  {100 * row.confidence:.0f} %  {w} x {h} pixels at {x}, {y}"
