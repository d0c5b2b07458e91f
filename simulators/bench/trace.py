"""What passes on lines and between readers and cards, in words, as it passes.

Belongs here: taps, and joining pieces into frames by the pauses between them. Does not belong here: what a frame means
(simulators/osdp, simulators/pcsc, modbus_words.py).
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from contract.site import BoardKind, Gate, ReaderKind
from simulators.bench.captures import Captures
from simulators.bench.journal import Journal, Source
from simulators.bench.modbus_words import modbus_words
from simulators.gate import SimulatedGate
from simulators.line import Direction, TappedPiece
from simulators.osdp.codes import Command, Reply, command_name, reply_name
from simulators.osdp.follower import Mac
from simulators.osdp.trace import DEVICE, Trace, TraceKey

_PAUSE_S: Final = 0.05
"""What comes later belongs to another frame, on lines that have no other sign of it."""
_LAST_BYTES: Final = (b"\n", b"\x03")
"""With which an ASCII reader ends what it says, so that nobody need wait for the pause."""
_NAMES: Final = {0x02: "<STX>", 0x03: "<ETX>", 0x0D: "<CR>", 0x0A: "<LF>"}
_ARROWS: Final = {Direction.TO_DEVICES: ">", Direction.TO_DRIVER: "<"}

_ROUTINE: Final = {command_name(Command.POLL), reply_name(Reply.ACK)}
_FINE: Final = {None, Mac.OK}

Said = tuple[str, bool]
"""Words for a frame, and whether it is routine."""


def trace_gate(gate: SimulatedGate, config: Gate, journal: Journal) -> Captures:
    """Write down every frame of a gate's lines from now on; return what keeps the bytes of the OSDP lines."""
    captures = Captures()
    boards = {board.device: board.kind for board in config.board}
    osdp = {reader.device for reader in config.reader if reader.kind is ReaderKind.OSDP}
    for name, line in gate.lines.items():
        if name in osdp:
            readers = [r for r in config.reader if r.device == name and r.id in gate.scbk]
            keys = [TraceKey(bytes.fromhex(gate.scbk[reader.id]), reader.address) for reader in readers]
            line.tap(captures.of_line(name))
            line.tap(_OsdpTap(name, keys, journal).hear)
        elif boards.get(name) is BoardKind.MODBUS:
            line.tap(_PauseTap(name, "modbus", modbus_words, journal).hear)
        else:
            kind = "serial-relay" if name in boards else "serial"
            line.tap(_PauseTap(name, kind, lambda data, _: [(serial_words(data), False)], journal).hear)
    return captures


class _OsdpTap:
    """A tap on an OSDP bus, which finds messages by itself and follows their secure channels."""

    def __init__(self, name: str, keys: Iterable[TraceKey], journal: Journal) -> None:
        self._name = name
        self._journal = journal
        self._trace = Trace(keys)

    def hear(self, piece: TappedPiece) -> None:
        """Take a piece as it arrives."""
        for frame in self._trace.feed(piece.direction, piece.data, piece.at_ns):
            address = "?" if frame.address is None else frame.address
            words = f"{'<' if frame.speaker == DEVICE else '>'} {address} {frame.name}: {frame.words}"
            is_routine = frame.name in _ROUTINE and frame.damage is None and frame.mac in _FINE
            self._journal.add(Source.WIRE, "osdp", self._name, words, is_routine=is_routine)


class _PauseTap:
    """A tap on a line whose frames end with a pause, or when the other side speaks."""

    def __init__(self, name: str, kind: str, words: Callable[[bytes, Direction], list[Said]], journal: Journal) -> None:
        self._name = name
        self._kind = kind
        self._words = words
        self._journal = journal
        self._heard = bytearray()
        self._direction = Direction.TO_DRIVER
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, piece: TappedPiece) -> None:
        """Take a piece as it arrives."""
        if piece.direction is not self._direction:
            self._end()
            self._direction = piece.direction
        self._heard += piece.data
        if self._heard.endswith(_LAST_BYTES) and self._kind == "serial":
            self._end()
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(_PAUSE_S, self._end)

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._heard:
            said = self._words(bytes(self._heard), self._direction)
            self._heard.clear()
            for words, is_routine in said:
                words_with_arrow = f"{_ARROWS[self._direction]} {words}"
                self._journal.add(Source.WIRE, self._kind, self._name, words_with_arrow, is_routine=is_routine)


def serial_words(data: bytes) -> str:
    """Return what an ASCII reader sent: characters as they are, control characters by name, all else in hex."""
    return "".join(_shown(data))


def _shown(data: bytes) -> Iterable[str]:
    for byte in data:
        if byte in _NAMES:
            yield _NAMES[byte]
        elif 0x20 <= byte < 0x7F:
            yield chr(byte)
        else:
            yield f"\\x{byte:02x}"
