"""Profiles of serial readers: what a model sends, as data, checked when loaded.

A profile is a TOML file (profiles/README.md explains the keys); the shapes here are its schema.

Belongs here: the shapes, what can contradict itself, and finding a profile. Does not belong here: any model, cutting
frames (framing.py), reading what is in them (content.py).
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from drivers.ports import HEX_DIGITS
from drivers.serial.checksum import ChecksumKind, size_bytes
from drivers.serial.framing import MAX_FRAME_BYTES
from drivers.wiegand.formats import MAX_CARD_BITS, BadFormatError, card_formats

WIEGAND: Final = "wiegand"
"""The `format` of a card whose raw bits are sent: what they mean is decided by the card formats of the reader."""

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]*$")]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Bytes = Annotated[str, msgspec.Meta(pattern="^([0-9a-fA-F]{2}( ?))*$")]
"""Bytes in hex: "02", "bb 00 27"."""
OneByte = Annotated[str, msgspec.Meta(pattern="^[0-9a-fA-F]{2}$")]
Slice = Annotated[str, msgspec.Meta(pattern="^(-?[0-9]{1,3})?:(-?[0-9]{1,3})?$")]
"""Digits from the first place to before the second, counted from 0, or from the end if negative: "0:10", "-2:"."""
FrameBytes = Annotated[int, msgspec.Meta(ge=1, le=MAX_FRAME_BYTES)]


class BadProfileError(ValueError):
    """A profile that contradicts itself, or a model that nobody described."""


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all tables of a profile have in common: no key goes unnoticed."""


class LineSettings(_Shape, frozen=True):
    """How the reader talks. `bauds`: the rates at which it can be set to work, the one that it is sold with first."""

    bauds: Annotated[list[Annotated[int, msgspec.Meta(ge=300, le=921_600)]], msgspec.Meta(min_length=1)]
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


class Ask(_Shape, frozen=True):
    """What a reader has to be told before it reads. `every_ms`: again and again; 0: once, when the line opens."""

    send: Bytes
    every_ms: Annotated[int, msgspec.Meta(ge=0)] = 0


class Delimited(_Shape, frozen=True, tag="delimited", tag_field="kind"):
    """A first and a last byte."""

    start: OneByte
    end: OneByte


class Lines(_Shape, frozen=True, tag="lines", tag_field="kind"):
    """CR or LF or both end a frame."""


class Silent(_Shape, frozen=True, tag="silent", tag_field="kind"):
    """Nothing but `silence_ms` without a byte before and after each frame, which has `bytes`."""

    bytes: FrameBytes
    silence_ms: Annotated[int, msgspec.Meta(ge=10, le=500)]


class Fixed(_Shape, frozen=True, tag="fixed", tag_field="kind"):
    """Every frame has the same length, marks included."""

    bytes: FrameBytes
    start: Bytes = ""
    end: Bytes = ""


class Counted(_Shape, frozen=True, tag="counted", tag_field="kind"):
    """A frame says how long it is; see framing.BinaryShape."""

    count_at: Annotated[int, msgspec.Meta(ge=0, le=16)]
    shortest_bytes: FrameBytes
    longest_bytes: FrameBytes
    count_bytes: Literal[1, 2] = 1
    adds: Annotated[int, msgspec.Meta(ge=0, le=64)] = 0
    start: Bytes = ""
    end: Bytes = ""


class Content(_Shape, frozen=True):
    """What stands between the marks.

    `digits`: text in hex, decimal or binary digits, or plain bytes; places count digits, two of hex for each byte.
    `lengths`: how many digits there can be; any number unless said. `skip`: characters that only divide the text.
    """

    digits: Literal["hex", "decimal", "binary", "bytes"]
    lengths: list[FrameBytes] = []
    skip: str = ""


class Checksum(_Shape, frozen=True):
    """Where the checksum stands, and over which digits it was formed."""

    kind: ChecksumKind
    at: Slice
    over: Slice
    order: Literal["big", "little"] = "big"


class When(_Shape, frozen=True):
    """A condition: the digits `at` are `means`, whatever the case of letters; "" if there are none from there on."""

    at: Slice
    means: str


class Card(_Shape, frozen=True):
    """A read, if all of `when` hold; the first that fits counts.

    `format`: one of ports.HEX_DIGITS (a long number), or a card format whose fields are sent one by one, or "wiegand":
    then `bits`, or the decimal digits `count`, say how many bits `number` has, and `align` at which side of it they
    stand. Such a number is sent in hex, in as many digits or whole bytes as it needs, or as ones and zeros where
    `digits` are decimal or binary. `order`: which byte of `number` comes first.
    """

    format: Text
    number: Slice
    facility: Slice | None = None
    bits: Annotated[int, msgspec.Meta(ge=1, le=MAX_CARD_BITS)] | None = None
    count: Slice | None = None
    align: Literal["left", "right"] = "right"
    order: Literal["big", "little"] = "big"
    when: list[When] = []


class Status(_Shape, frozen=True):
    """A frame that is no read, and nothing to worry about: an answer, a sign of life."""

    when: Annotated[list[When], msgspec.Meta(min_length=1)]


class Switch(_Shape, frozen=True):
    """A DIP switch, jumper or setting that this profile needs. `name`: as printed; `set`: how; `why`: what it does."""

    name: Text
    set: Text
    why: Text


class SerialProfile(_Shape, frozen=True):
    """One model. `page`: its wiring page below hardware/readers; `source`: where the facts come from.

    `repeats_while_held`: whether it sends a card again and again while it is held before it.
    """

    name: Name
    title: Text
    source: Text
    page: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]+\\.md$")]
    line: LineSettings
    frame: Delimited | Lines | Silent | Fixed | Counted
    content: Content
    card: Annotated[list[Card], msgspec.Meta(min_length=1)]
    models: list[Text] = []
    ask: Ask | None = None
    checksum: Checksum | None = None
    status: list[Status] = []
    repeats_while_held: bool = False
    switch: list[Switch] = []
    quirks: list[Text] = []


def load_profile(name: str) -> SerialProfile:
    """Return the profile called `name`, or in the file `name` if that is an absolute path to a .toml file.

    Raises BadProfileError.
    """
    path = Path(name)
    if path.suffix == ".toml" and path.is_absolute():
        try:
            return parse_profile(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadProfileError(f"reader profile {name} can not be read: {error}") from error
    if name not in known_profiles():
        raise BadProfileError(
            f"nobody described a reader {name!r}; known are {', '.join(known_profiles())}, "
            "and a profile of your own by the absolute path of its .toml file"
        )
    return parse_profile(_shipped(name).read_text(encoding="utf-8"))


@cache
def known_profiles() -> tuple[str, ...]:
    """Return the names of all profiles that come with the program."""
    folder = files("drivers.serial").joinpath("profiles")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def parse_profile(toml: str) -> SerialProfile:
    """Read a profile. Raises BadProfileError for one that contradicts itself."""
    try:
        profile = msgspec.toml.decode(toml, type=SerialProfile)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise BadProfileError(f"reader profile: {error}") from error
    for problem in _contradictions(profile):
        raise BadProfileError(f"reader profile {profile.name}: {problem}")
    return profile


def places(text: str) -> slice:
    """Return what a Slice names."""
    start, _, stop = text.partition(":")
    return slice(int(start) if start else None, int(stop) if stop else None)


def _shipped(name: str) -> Path:
    return Path(str(files("drivers.serial").joinpath("profiles", f"{name}.toml")))


def _contradictions(profile: SerialProfile) -> Sequence[str]:
    frame, content = profile.frame, profile.content
    found = []
    if isinstance(frame, Delimited) and frame.start.lower() == frame.end.lower():
        found.append("a frame that begins and ends with the same byte can not be told from what is between two")
    if isinstance(frame, Lines) and not content.lengths:
        found.append("lines have no beginning, so `lengths` must tell a whole one from the rest of one")
    if isinstance(frame, Fixed) and frame.bytes <= len(bytes.fromhex(frame.start + frame.end)):
        found.append("there is nothing between the marks")
    is_binary = isinstance(frame, Fixed | Counted)
    is_marked = isinstance(frame, Fixed | Counted) and bool(frame.start)
    if is_binary and not is_marked and (profile.checksum is None or size_bytes(profile.checksum.kind) < 2):
        found.append("a frame that begins with no byte of its own needs a CRC-16, or silence around it (`silent`)")
    if isinstance(frame, Counted) and frame.shortest_bytes > frame.longest_bytes:
        found.append("the shortest frame is longer than the longest")
    if content.skip and not re.fullmatch(r"[ -/:-@]+", content.skip):
        found.append("`skip` names punctuation, not digits or letters")
    if isinstance(frame, Delimited | Lines) and content.digits == "bytes":
        found.append("plain bytes could hold the byte that ends a frame; they need `fixed` or `counted`")
    if profile.checksum is not None and content.digits in {"decimal", "binary"}:
        found.append("a checksum is formed over bytes: it needs digits in hex, or bytes")
    for card in profile.card:
        found += _card_contradictions(card, content)
    return found


def _card_contradictions(card: Card, content: Content) -> Sequence[str]:
    found = []
    if card.order == "little" and content.digits not in {"hex", "bytes"}:
        found.append("only bytes have an order")
    if card.format == WIEGAND:
        if card.facility is not None or (card.bits is None) == (card.count is None):
            found.append("a card of raw bits has no facility, and either `bits` or `count`")
        return found
    if card.bits is not None or card.count is not None:
        found.append(f"`bits` and `count` belong to raw bits, not to {card.format}")
    if card.format in HEX_DIGITS:
        return found if card.facility is None else [*found, f"{card.format} is one number, without a facility"]
    try:
        (card_format,) = card_formats([card.format])
    except BadFormatError as error:
        return [*found, str(error)]
    if (card.facility is None) == (card_format.facility is not None) or card_format.issue or card_format.oem:
        found.append(f"{card.format} needs exactly its own fields, and an issue level or OEM code can not be sent")
    return found
