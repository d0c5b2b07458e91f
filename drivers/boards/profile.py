"""Profiles of boards: what a model has and how it is spoken to, as data, checked when loaded.

A profile is a TOML file (profiles/README.md explains the keys); the shapes here are its schema.

Belongs here: the shapes, what can contradict itself, and finding a profile. Does not belong here: any model, or
speaking to one (modbus_board.py, serial_relay.py, gpio.py).
"""

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

import msgspec

from contract.site import BoardKind

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]*$")]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Register = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]
Terminals = Annotated[int, msgspec.Meta(ge=0, le=64)]
_TOKEN: Final = re.compile(r"[0-9a-f]{2}|N|SUM")
_REGISTER_BITS: Final = 16


class BadProfileError(ValueError):
    """A profile that contradicts itself, or a model that nobody described."""


class _Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all tables of a profile have in common: no key goes unnoticed."""


class Place(_Shape, frozen=True):
    """Where a Modbus board keeps its terminals.

    From coil or discrete input `first`, or in the bits of register `first`, the lowest for the first terminal.
    """

    kind: Literal["coils", "discrete-inputs", "register-bits"]
    first: Register


class Pulse(_Shape, frozen=True):
    """How a board is told to release an output for a time and to end that by itself.

    A write to coil or register `first` and so on, one for each output: `base` and on top of it the time in units of
    `unit_ms`, at most `most` of them.
    """

    write: Literal["coil", "register"]
    first: Register
    unit_ms: Annotated[int, msgspec.Meta(ge=1)]
    most: Register
    base: Register = 0


class Switch(_Shape, frozen=True):
    """How an output is switched where a coil is not simply written: registers from `first`, with these values."""

    first: Register
    on: Register
    off: Register


class ModbusProfile(_Shape, frozen=True):
    """A Modbus RTU board. `answer_within_ms`: how long it may think. `version_at`: the register with its version."""

    outputs: Place
    inputs: Place | None = None
    switch: Switch | None = None
    pulse: Pulse | None = None
    version_at: Register | None = None
    answer_within_ms: Annotated[int, msgspec.Meta(ge=20, le=1000)] = 150


class SerialProfile(_Shape, frozen=True):
    """A serial relay board that never answers: bytes in hex, N for the relay's number from 1, SUM for their sum."""

    on: Text
    off: Text


class GpioProfile(_Shape, frozen=True):
    """Lines of a GPIO chip; a terminal is the line's offset. `bias`: of inputs; `closed_is_low`: as with a pull-up."""

    bias: Literal["pull-up", "pull-down", "none"]
    closed_is_low: bool


class BoardProfile(_Shape, frozen=True):
    """One model. `outputs`, `inputs`: how many. `page`: its wiring page below hardware/boards; `source`: of the facts.

    Exactly one of `modbus`, `serial` and `gpio` says how it is spoken to. `bauds`: the rates that it can be set to,
    the one that it is sold with first.
    """

    name: Name
    vendor: Text
    title: Text
    source: Text
    page: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]+\\.md$")]
    outputs: Terminals
    inputs: Terminals
    bauds: list[Annotated[int, msgspec.Meta(ge=300, le=921_600)]] = []
    quirks: list[Text] = []
    modbus: ModbusProfile | None = None
    serial: SerialProfile | None = None
    gpio: GpioProfile | None = None

    @property
    def kind(self) -> BoardKind:
        """What it speaks."""
        if self.modbus is not None:
            return BoardKind.MODBUS
        return BoardKind.GPIO if self.serial is None else BoardKind.SERIAL_RELAY

    @property
    def times_release(self) -> bool:
        """Whether it can relock by itself."""
        return self.modbus is not None and self.modbus.pulse is not None


def load_profile(name: str) -> BoardProfile:
    """Return the profile called `name`. Raises BadProfileError."""
    if name not in known_profiles():
        raise BadProfileError(f"nobody described a board {name!r}; known are {', '.join(known_profiles())}")
    return parse_profile(files("drivers.boards").joinpath("profiles", f"{name}.toml").read_text(encoding="utf-8"))


@cache
def known_profiles() -> tuple[str, ...]:
    """Return the names of all profiles."""
    folder = files("drivers.boards").joinpath("profiles")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def parse_profile(text: str) -> BoardProfile:
    """Return the profile in a TOML text. Raises BadProfileError with the place."""
    try:
        profile = msgspec.toml.decode(text, type=BoardProfile)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise BadProfileError(f"board profile: {error}") from error
    if sum(part is not None for part in (profile.modbus, profile.serial, profile.gpio)) != 1:
        raise BadProfileError(
            f"board profile {profile.name}: exactly one of modbus, serial and gpio says how it speaks"
        )
    if profile.modbus is not None:
        _check_modbus(profile, profile.modbus)
    if profile.serial is not None:
        for order in (profile.serial.on, profile.serial.off):
            order_bytes(order, 1)
        if profile.inputs:
            raise BadProfileError(f"board profile {profile.name}: a board that never answers has no inputs")
    return profile


def order_bytes(order: str, number: int) -> bytes:
    """Return what a serial profile's order says for relay `number` (from 1). Raises BadProfileError."""
    data = bytearray()
    for token in order.split():
        if not _TOKEN.fullmatch(token):
            raise BadProfileError(f"board profile: {token!r} is no byte in hex, nor N, nor SUM")
        data.append(number if token == "N" else sum(data) % 256 if token == "SUM" else int(token, 16))  # noqa: S105
    return bytes(data)


def _check_modbus(profile: BoardProfile, modbus: ModbusProfile) -> None:
    if (modbus.inputs is None) != (profile.inputs == 0):
        raise BadProfileError(f"board profile {profile.name}: it has {profile.inputs} inputs, but says otherwise where")
    if modbus.outputs.kind == "discrete-inputs" or (modbus.inputs is not None and modbus.inputs.kind == "coils"):
        raise BadProfileError(f"board profile {profile.name}: outputs are coils, inputs are discrete inputs")
    if modbus.outputs.kind == "register-bits" and modbus.switch is None:
        raise BadProfileError(f"board profile {profile.name}: outputs in a register need [modbus.switch]")
    for place, count in ((modbus.outputs, profile.outputs), (modbus.inputs, profile.inputs)):
        if place is not None and place.kind == "register-bits" and count > _REGISTER_BITS:
            raise BadProfileError(f"board profile {profile.name}: a register has {_REGISTER_BITS} bits")
