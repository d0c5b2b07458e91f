"""`sacs doctor --cards`: each card that is held up, in words or as one JSON object a line.

Belongs here: how cards are shown. Does not belong here: how they are read (edge/commissioning/cards.py).
"""

from typing import TYPE_CHECKING

import msgspec
import typer

from sacs.card_words import CardWord, Fit, card_word, in_words

if TYPE_CHECKING:
    from drivers.wiegand.formats import CardFormat
    from edge.commissioning.cards import Shown


class _Held(msgspec.Struct, frozen=True, omit_defaults=True):
    """One card: its bits with every format that fits them, or what the reader makes of it without any bits."""

    reader: str
    bits: int = 0
    hex: str = ""
    formats: list[Fit] = []
    credential: str = ""
    assurance: str = ""
    refused: str = ""


def tell_in_words(shown: "Shown") -> None:
    """Print a card for whoever stands before the reader."""
    held = _held(shown)
    if held.hex:
        typer.secho(f"reader {held.reader}: card {held.hex} (sacs decode {held.hex} --bits {held.bits})", bold=True)
        for line in in_words(CardWord(hex=held.hex, bits=held.bits, formats=held.formats)):
            typer.echo(f"  {line}")
    elif held.credential:
        typer.secho(f"reader {held.reader}: {held.credential} ({held.assurance}; it has no other format)", bold=True)
    else:
        typer.echo(f"reader {held.reader}: refused, {held.refused}, {held.bits} bits")


def tell_as_json(shown: "Shown") -> None:
    """Print a card as one line."""
    typer.echo(msgspec.json.encode(_held(shown)))


def _held(shown: "Shown") -> _Held:
    from drivers.ports import CredentialRead

    reader = str(shown.reader)
    if isinstance(shown, CredentialRead):
        return _Held(reader, credential=shown.credential.text, assurance=shown.credential.assurance)
    if not shown.raw:
        return _Held(reader, bits=shown.bits, refused=shown.reason)
    word = card_word(int(shown.raw, 2), shown.bits, _formats())
    return _Held(reader, bits=word.bits, hex=word.hex, formats=word.formats)


def _formats() -> tuple["CardFormat", ...]:
    from drivers.wiegand.formats import all_card_formats

    return tuple(all_card_formats().values())
