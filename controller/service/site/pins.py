"""Personal identification numbers: what may be one, and how a pass's stand in the database.

A PIN is asked for after a card and never instead of one: no reader and no gate takes digits alone, so that the ratio of
possible to allocated codes (IEC 60839-11-1, table 4: at least 1000 to 1 for PINs alone) sets no limit here.

Belongs here: their rules and their sealed form. Does not belong here: sealing (reference.py), or asking for one
(edge/domain/pin.py).
"""

import re
from typing import Final

import msgspec

_DIGITS: Final = re.compile(r"[0-9]{4,8}")
_MOST_DIGITS: Final = 8
_RUNS: Final = ("01234567890", "09876543210")


class PinError(ValueError):
    """What can not be a PIN; the message says why, and does not repeat it."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What a gate asks of, or allows, the holder of a pass: PINs or None, and whether he needs longer to pass."""

    pin: str | None = None
    duress_pin: str | None = None
    extended_time: bool = False

    def __repr__(self) -> str:
        """Without the PINs."""
        return "Entry(...)"


def check_pins(pin: str | None, duress_pin: str | None) -> None:
    """Raise PinError for a PIN that is none, that anybody would try first, or that can not be told from the other."""
    for each in (pin, duress_pin):
        if each is None:
            continue
        if not _DIGITS.fullmatch(each):
            raise PinError("a PIN has 4 to 8 digits, and nothing else")
        if len(set(each)) == 1 or any(each in run for run in _RUNS):
            raise PinError("a PIN of one digit repeated, or of digits that count up or down, is tried first")
    if duress_pin is not None and (pin is None or pin == duress_pin):
        raise PinError("a duress PIN stands beside a PIN, and differs from it")


def encode_entry(entry: Entry) -> bytes:
    """Return `entry` for sealing, always of one length: a sealed row does not tell who has a PIN, or needs longer."""
    pins = ((each or "").ljust(_MOST_DIGITS) for each in (entry.pin, entry.duress_pin))
    return "".join((*pins, "+" if entry.extended_time else "-")).encode()


def decode_entry(data: bytes) -> Entry:
    """Return what `encode_entry` made."""
    text = data.decode()
    pin, duress_pin = (text[at : at + _MOST_DIGITS].strip() or None for at in (0, _MOST_DIGITS))
    return Entry(pin, duress_pin, text.endswith("+"))
