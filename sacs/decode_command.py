"""`sacs decode`."""

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from sacs.terminal import fail

if TYPE_CHECKING:
    from drivers.wiegand.decode import Understood
    from drivers.wiegand.formats import CardFormat

_BAD_INPUT: Final = 1
_NOTHING_FITS: Final = 2
_HEX: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]+)")
_COUNT: Final = re.compile(r"[0-9]{1,6}")
_SHOWN: Final = 40
"""How much of what can not be read is repeated in an error."""


class _Fit(msgspec.Struct, frozen=True, kw_only=True):
    """One format of the right length, and what the bits say in it. A field that the format lacks is 0."""

    format: str
    description: str
    facility_code: int
    card_number: int | None
    issue_level: int
    oem: int
    parity_ok: bool


class _Decoded(msgspec.Struct, frozen=True, kw_only=True):
    """A card word and every format that fits its length."""

    hex: str
    bits: int
    formats: list[_Fit]


class _Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A line that says no card word."""

    line: int
    error: str
    formats: tuple[()] = ()


def decode(
    word: Annotated[
        str, typer.Argument(metavar="HEX", help="The card's bits as a number in hex; - reads lines of HEX BITS.")
    ],
    bits: Annotated[
        int | None, typer.Option(metavar="N", help="How many bits; leading zeros may be left out of HEX.")
    ] = None,
    only: Annotated[
        str | None, typer.Option("--format", metavar="F", help="Only this format, for example H10301.")
    ] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object; with - it is always one a line.")] = False,
) -> None:
    """Show what the bits of a card say, in every format of that length.

    HEX is the card word as one number, the last bit that the reader sent being the lowest. A format whose parity is
    wrong is shown, and marked. A field that a format lacks is shown as 0. Several formats of one length look alike: the
    number printed on the card tells which.

    Exit status: 0 some format fits, 1 the input is no card word (with -: some line), 2 no format has that many bits.
    """
    from drivers.wiegand.formats import BadFormatError, all_card_formats, card_formats

    try:
        formats = card_formats([only]) if only is not None else tuple(all_card_formats().values())
    except BadFormatError as error:
        fail(error)
    if word == "-":
        if bits is not None:
            fail("with - each line says its own number of bits: HEX BITS")
        raise typer.Exit(_decode_lines(sys.stdin.buffer, formats))
    if bits is None:
        fail("say how many bits the card has: --bits N")
    try:
        decoded = _decoded(word, bits, formats)
    except ValueError as error:
        fail(error)
    if json:
        typer.echo(msgspec.json.encode(decoded))
    else:
        _tell(decoded)
    raise typer.Exit(0 if decoded.formats else _NOTHING_FITS)


def _decode_lines(lines: Iterable[bytes], formats: Sequence["CardFormat"]) -> int:
    """Answer each line with one of JSON, at once. Returns the exit status."""
    status = 0
    encoder = msgspec.json.Encoder()
    for number, line in enumerate(lines, start=1):
        answer: _Decoded | _Refused
        try:
            answer = _decoded_line(line.decode("utf-8", errors="replace").split(), formats)
        except ValueError as error:
            answer = _Refused(line=number, error=str(error))
            status = _BAD_INPUT
        sys.stdout.write(encoder.encode(answer).decode() + "\n")
        sys.stdout.flush()
    return status


def _decoded_line(words: list[str], formats: Sequence["CardFormat"]) -> _Decoded:
    """Return what a line says. Raises ValueError."""
    if not words:
        raise ValueError("an empty line; a line says HEX BITS")
    if len(words) != 2:
        raise ValueError(f"{len(words)} words; a line says HEX BITS")
    if not _COUNT.fullmatch(words[1]):
        raise ValueError(f"{words[1][:_SHOWN]!r} is no number of bits")
    return _decoded(words[0], int(words[1]), formats)


def _decoded(text: str, bits: int, formats: Sequence["CardFormat"]) -> _Decoded:
    """Return what the card word `text` of `bits` bits says. Raises ValueError."""
    from drivers.wiegand.decode import understand
    from drivers.wiegand.formats import MAX_CARD_BITS

    if not 1 <= bits <= MAX_CARD_BITS:
        raise ValueError(f"a card has 1 to {MAX_CARD_BITS} bits, not {bits}")
    found = _HEX.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:_SHOWN]!r} is no number in hex: only 0 to 9 and A to F")
    digits = found[1].lstrip("0")
    if len(digits) * 4 > bits + 3 or (word := int(digits or "0", 16)) >> bits:
        raise ValueError(f"{text[:_SHOWN]!r} has more than {bits} bits")
    fits = [_fit(understand(word, card_format)) for card_format in formats if card_format.bits == bits]
    return _Decoded(hex=f"{word:0{-(-bits // 4)}X}", bits=bits, formats=fits)


def _fit(understood: "Understood") -> _Fit:
    return _Fit(
        format=understood.card_format.published,
        description=understood.card_format.title,
        facility_code=understood.facility or 0,
        card_number=understood.number,
        issue_level=understood.issue or 0,
        oem=understood.oem or 0,
        parity_ok=understood.is_consistent,
    )


def _tell(decoded: _Decoded) -> None:
    typer.echo(f"{decoded.bits} bits: {int(decoded.hex, 16):0{decoded.bits}b}")
    if not decoded.formats:
        typer.echo("No known format has this many bits. Send the bits, with the number printed on the card, to who")
        typer.echo("made the card: its layout can be added to drivers/wiegand/formats.toml.")
    for fit in decoded.formats:
        number = "none, a digit is above 9" if fit.card_number is None else str(fit.card_number)
        parity = "fits" if fit.parity_ok else "WRONG"
        typer.echo(
            f"{fit.format:<9} facility {fit.facility_code:>8}  number {number:>11}  issue {fit.issue_level:>2}"
            f"  oem {fit.oem:>4}  parity {parity:<5}  {fit.description}"
        )
