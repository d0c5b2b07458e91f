"""Commands and responses of a smart card (ISO 7816-4): lengths short and extended, chains, and answers in parts.

Belongs here: what every card does with an APDU before and after it understands it. Does not belong here: any
instruction but GET RESPONSE. Not simulated: logical channels and secure messaging, which are refused by name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

OK: Final = 0x9000
WRONG_LENGTH: Final = 0x6700
NO_CHANNELS: Final = 0x6881
NO_SECURE_MESSAGING: Final = 0x6882
CHAIN_NOT_ENDED: Final = 0x6883
CONDITIONS_NOT_SATISFIED: Final = 0x6985
WRONG_DATA: Final = 0x6A80
NOT_FOUND: Final = 0x6A82
WRONG_PARAMETERS: Final = 0x6A86
NO_SUCH_INSTRUCTION: Final = 0x6D00
NO_SUCH_CLASS: Final = 0x6E00

GET_RESPONSE: Final = 0xC0
_CHAINED: Final = 0x10
_SECURE: Final = 0x0C
_CHANNEL: Final = 0x03
_SHORT: Final = 256
_EXTENDED: Final = 65536
_CHAIN_BYTES: Final = 4096
"""What a card holds of a chain; none of the commands here needs a tenth of it."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command APDU. `room`: how many bytes of answer it asks for at most, 0 for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    room: int

    def __repr__(self) -> str:
        """Without the data."""
        return f"Command({self.cla:02X} {self.ins:02X} {self.p1:02X} {self.p2:02X}, {len(self.data)} bytes)"


class Reply(NamedTuple):
    """What a card answers. `status`: two bytes as a number."""

    data: bytes
    status: int


class LengthError(ValueError):
    """A command whose lengths contradict each other."""


def parse(command: bytes, *, extended: bool) -> Command:
    """Return the command in these bytes (ISO 7816-3, 12.1). `extended`: whether long lengths are known here.

    Raises LengthError.
    """
    if len(command) < 4:
        raise LengthError("a command has four bytes at least")
    cla, ins, p1, p2 = command[:4]
    whole = partial(Command, cla, ins, p1, p2)
    body = command[4:]
    if not body:
        return whole(b"", 0)
    if len(body) == 1:
        return whole(b"", body[0] or _SHORT)
    if body[0]:
        data, le = body[1 : 1 + body[0]], body[1 + body[0] :]
        if len(data) != body[0] or len(le) > 1:
            raise LengthError("its data are not as long as it says")
        return whole(data, (le[0] or _SHORT) if le else 0)
    if not extended or len(body) < 3:
        raise LengthError("no such long command here")
    size = int.from_bytes(body[1:3], "big")
    if len(body) == 3:
        return whole(b"", size or _EXTENDED)
    data, le = body[3 : 3 + size], body[3 + size :]
    if not size or len(data) != size or len(le) not in {0, 2}:
        raise LengthError("its data are not as long as it says")
    return whole(data, (int.from_bytes(le, "big") or _EXTENDED) if le else 0)


class Conversation:
    """The card's side of ISO 7816-4: joins chained commands, and hands a long answer out in parts (61xx)."""

    def __init__(self, answer: Callable[[Command], Reply], *, extended: bool) -> None:
        """`answer` is given whole commands only."""
        self._answer = answer
        self._extended = extended
        self._chain: tuple[tuple[int, int, int], bytes] | None = None
        self._rest = b""

    def reset(self) -> None:
        """Forget what was begun."""
        self._chain = None
        self._rest = b""

    def transmit(self, raw: bytes) -> bytes:
        """Answer a command: data and two bytes of status, whatever the bytes are."""
        try:
            command = parse(raw, extended=self._extended)
        except LengthError:
            return _whole(Reply(b"", WRONG_LENGTH))
        if command.cla & ~_CHAINED:
            return _whole(Reply(b"", _refused_class(command.cla)))
        if command.ins == GET_RESPONSE and not command.cla:
            return self._part(command.room)
        self._rest = b""
        joined = self._join(command)
        if isinstance(joined, int):
            return _whole(Reply(b"", joined))
        reply = self._answer(joined)
        if reply.status != OK or not reply.data:
            return _whole(reply)
        self._rest = reply.data
        return self._part(joined.room)

    def _join(self, command: Command) -> Command | int:
        """Return the whole command, or the status with which a part of it is answered."""
        name = (command.ins, command.p1, command.p2)
        begun, self._chain = self._chain, None
        if begun is not None and begun[0] != name:
            return CHAIN_NOT_ENDED
        data = (begun[1] if begun else b"") + command.data
        if len(data) > _CHAIN_BYTES:
            return WRONG_LENGTH
        if command.cla & _CHAINED:
            self._chain = (name, data)
            return OK
        return Command(0, *name, data, command.room)

    def _part(self, room: int) -> bytes:
        if not self._rest:
            return _whole(Reply(b"", CONDITIONS_NOT_SATISFIED))
        part, self._rest = self._rest[:room], self._rest[room:]
        # 61xx tells how much more there is, as far as one byte can: 00 for 256 or more.
        status = 0x6100 | (len(self._rest) if len(self._rest) < _SHORT else 0) if self._rest else OK
        return _whole(Reply(part, status))


def _refused_class(cla: int) -> int:
    if cla & ~(_CHAINED | _SECURE | _CHANNEL):
        return NO_SUCH_CLASS
    return NO_SECURE_MESSAGING if cla & _SECURE else NO_CHANNELS


def _whole(reply: Reply) -> bytes:
    return reply.data + reply.status.to_bytes(2, "big")
