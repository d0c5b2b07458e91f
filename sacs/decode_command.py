"""`sacs decode`."""

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import typer

from sacs.card_words import CardWord, card_word, in_words
from sacs.terminal import fail

if TYPE_CHECKING:
    from drivers.wiegand.formats import CardFormat

_BAD_INPUT: Final = 1
_NOTHING_FITS: Final = 2
_HEX: Final = re.compile(r"(?:0[xX])?([0-9a-fA-F]+)")
_COUNT: Final = re.compile(r"[0-9]{1,6}")
_SHOWN: Final = 40
"""How much of what can not be read is repeated in an error."""


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
    left: Annotated[
        bool, typer.Option("--left", help="HEX is bytes, filled up at the end: how OSDP and sacs trace show a card.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object; with - it is always one a line.")] = False,
) -> None:
    """Show what the bits of a card say, in every format of that length.

    HEX is the card word as one number, the last bit that the reader sent being the lowest. With --left it is whole
    bytes, the first bit that the reader sent being the highest of the first: 26 bits D8C62D80 are the number 36318B6.
    A format whose parity is wrong is shown, and marked. A field that a format lacks is shown as 0. Several formats of
    one length look alike: the number printed on the card tells which.

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
        raise typer.Exit(_decode_lines(sys.stdin.buffer, formats, is_left=left))
    if bits is None:
        fail("say how many bits the card has: --bits N")
    try:
        decoded = _decoded(word, bits, formats, is_left=left)
    except ValueError as error:
        fail(error)
    if json:
        typer.echo(msgspec.json.encode(decoded))
    else:
        for line in in_words(decoded):
            typer.echo(line)
    raise typer.Exit(0 if decoded.formats else _NOTHING_FITS)


def _decode_lines(lines: Iterable[bytes], formats: Sequence["CardFormat"], *, is_left: bool) -> int:
    """Answer each line with one of JSON, at once. Returns the exit status."""
    status = 0
    encoder = msgspec.json.Encoder()
    for number, line in enumerate(lines, start=1):
        answer: CardWord | _Refused
        try:
            answer = _decoded_line(line.decode("utf-8", errors="replace").split(), formats, is_left=is_left)
        except ValueError as error:
            answer = _Refused(line=number, error=str(error))
            status = _BAD_INPUT
        sys.stdout.write(encoder.encode(answer).decode() + "\n")
        sys.stdout.flush()
    return status


def _decoded_line(words: list[str], formats: Sequence["CardFormat"], *, is_left: bool) -> CardWord:
    """Return what a line says. Raises ValueError."""
    if not words:
        raise ValueError("an empty line; a line says HEX BITS")
    if len(words) != 2:
        raise ValueError(f"{len(words)} words; a line says HEX BITS")
    if not _COUNT.fullmatch(words[1]):
        raise ValueError(f"{words[1][:_SHOWN]!r} is no number of bits")
    return _decoded(words[0], int(words[1]), formats, is_left=is_left)


def _decoded(text: str, bits: int, formats: Sequence["CardFormat"], *, is_left: bool) -> CardWord:
    """Return what the card word `text` of `bits` bits says. Raises ValueError."""
    from drivers.wiegand.formats import MAX_CARD_BITS

    if not 1 <= bits <= MAX_CARD_BITS:
        raise ValueError(f"a card has 1 to {MAX_CARD_BITS} bits, not {bits}")
    found = _HEX.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:_SHOWN]!r} is no number in hex: only 0 to 9 and A to F")
    from_left = _from_left(found[1], bits)
    if is_left:
        if from_left is None:
            needed = 2 * _bytes_of(bits)
            raise ValueError(
                f"{text[:_SHOWN]!r} is not {bits} bits from the left: {needed} digits, filled up with zeros"
            )
        return card_word(from_left, bits, formats)
    digits = found[1].lstrip("0")
    if len(digits) * 4 > bits + 3 or (word := int(digits or "0", 16)) >> bits:
        hint = "" if from_left is None else f"; if it is bytes filled up at the end, it is {from_left:X}: say --left"
        raise ValueError(f"{text[:_SHOWN]!r} has more than {bits} bits{hint}")
    return card_word(word, bits, formats)


def _from_left(digits: str, bits: int) -> int | None:
    """Return the number whose `bits` bits stand at the left of whole bytes; None if `digits` can not be those."""
    if len(digits) != 2 * _bytes_of(bits):
        return None
    word, filling = divmod(int(digits, 16), 1 << _bytes_of(bits) * 8 - bits)
    return None if filling else word


def _bytes_of(bits: int) -> int:
    return -(-bits // 8)
