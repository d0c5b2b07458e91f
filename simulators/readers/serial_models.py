"""What serial readers of each model send for a card, from their makers' sheets.

An encoder of its own: it shares nothing with the profiles and decoders in drivers/, so that a mistake does not stand on
both sides of the wire. A model has the name that the site file gives its profile.

Belongs here: bytes of one read. Does not belong here: when they are sent (serial_reader.py).
Not simulated: radio fields; a card that a model can not see is nothing to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import xor
from typing import Final

from simulators.cards import CardBits, ProximityCard, UidCard

EPC_BYTES: Final = 12
_RSSI: Final = 0xC9
_PROTOCOL_WORD: Final = b"\x34\x00"
"""What precedes a 96-bit EPC in a tag's memory: six words long."""


@dataclass(frozen=True, slots=True)
class VehicleTag:
    """A UHF tag. `epc`: its 12 bytes (EPC class 1 generation 2)."""

    epc: bytes

    def __post_init__(self) -> None:
        """Raise ValueError for any other length."""
        if len(self.epc) != EPC_BYTES:
            raise ValueError(f"this tag holds {EPC_BYTES} bytes, not {len(self.epc)}")


Presentable = ProximityCard | CardBits | UidCard | VehicleTag
Encoder = Callable[[Presentable], bytes]


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `encode`: what it sends for a card, nothing for one that it can not see.

    `repeats_every_s`: how often it sends a held card again; 0: never. `asked_by`: it only speaks when it hears this,
    and says `nothing` when there is no card. `started_by`: it says nothing before it has heard this once.
    """

    encode: Encoder
    repeats_every_s: float = 0.0
    asked_by: bytes = b""
    nothing: bytes = b""
    started_by: bytes = b""


def model(name: str) -> Model:
    """Return the model called `name`. Raises ValueError with the known ones."""
    if name not in MODELS:
        message = f"no serial reader {name!r} can be simulated; there are {', '.join(sorted(MODELS))}"
        raise ValueError(message)
    return MODELS[name]


def _hex_and_xor(card: ProximityCard) -> bytes:
    return (card.data + bytes([reduce(xor, card.data)])).hex().upper().encode()


def _rdm6300(card: Presentable) -> bytes:
    return b"\x02" + _hex_and_xor(card) + b"\x03" if isinstance(card, ProximityCard) else b""


def _id_12la(card: Presentable) -> bytes:
    return b"\x02" + _hex_and_xor(card) + b"\r\n\x03" if isinstance(card, ProximityCard) else b""


def _parallax(card: Presentable) -> bytes:
    return b"\n" + card.data.hex().upper().encode() + b"\r" if isinstance(card, ProximityCard) else b""


def _em_18(card: Presentable) -> bytes:
    return _hex_and_xor(card) if isinstance(card, ProximityCard) else b""


def _gwiot(card: Presentable) -> bytes:
    if isinstance(card, ProximityCard):
        body = b"\x0a\x02" + card.data
    elif isinstance(card, UidCard) and len(card.uid) == 4:
        body = b"\x09\x01" + card.uid
    else:
        return b""
    return b"\x02" + body + bytes([reduce(xor, body)]) + b"\x03"


def _promag(card: Presentable) -> bytes:
    return card.uid.hex().upper().encode() + b"\r\n" if isinstance(card, UidCard) else b""


def _bits(card: Presentable) -> CardBits | None:
    if isinstance(card, ProximityCard):
        return card.h10301
    return card if isinstance(card, CardBits) else None


def _text(bits: CardBits) -> str:
    return "".join(f"{byte:08b}" for byte in bits.data)[: bits.count]


def _wie232(card: Presentable) -> bytes:
    bits = _bits(card)
    if bits is None or bits.count != 26:
        return b""
    return f"{int(_text(bits)[1:25], 2):06X}\r".encode()


def _wiegand_hex(card: Presentable) -> bytes:
    if (bits := _bits(card)) is None:
        return b""
    number = int(_text(bits), 2).to_bytes((bits.count + 7) // 8, "big")
    check = reduce(xor, number, int(str(bits.count), 16))
    return f"W{bits.count:02}:{number.hex().upper()}:{check:02X}\r\n".encode()


def _wiegand_bits(card: Presentable) -> bytes:
    bits = _bits(card)
    return b"" if bits is None else f"W{bits.count:02}:{_text(bits)}\r\n".encode()


def _upass(card: Presentable) -> bytes:
    if not isinstance(card, VehicleTag):
        return b""
    return b"400180013E00330E" + (_PROTOCOL_WORD + card.epc).hex().upper().encode() + b"\r\n"


def _st110(card: Presentable) -> bytes:
    return card.epc.hex().upper().encode() + b"\r" if isinstance(card, VehicleTag) else b""


def _ur(card: Presentable) -> bytes:
    if not isinstance(card, VehicleTag):
        return b""
    body = b"\x00\xee\x00\x01" + bytes([len(card.epc)]) + card.epc + bytes([_RSSI])
    frame = bytes([len(body) + 2]) + body
    return frame + _reflected_crc(frame).to_bytes(2, "little")


def _reflected_crc(data: bytes) -> int:
    """Bit by bit as the makers print it: polynomial 8408 hex, preset FFFF hex."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc


def _m100(card: Presentable) -> bytes:
    if not isinstance(card, VehicleTag):
        return b""
    body = b"\x02\x22\x00\x11" + bytes([_RSSI]) + _PROTOCOL_WORD + card.epc + b"\x3a\x76"
    return b"\xbb" + body + bytes([sum(body) % 256]) + b"\x7e"


MODELS: Final = {
    "rdm6300": Model(_rdm6300, repeats_every_s=0.065),
    "id-12la": Model(_id_12la),
    "parallax-28140": Model(_parallax, repeats_every_s=0.1),
    "em-18": Model(_em_18),
    "gwiot-7941": Model(_gwiot, repeats_every_s=0.2),
    "promag-mf7": Model(_promag),
    "wie232": Model(_wie232),
    "wiegand-hex": Model(_wiegand_hex),
    "wiegand-bits": Model(_wiegand_bits),
    "nedap-upass-target": Model(_upass, repeats_every_s=0.1),
    "st110": Model(_st110, repeats_every_s=0.1, started_by=b"31\r"),
    "uhf-ur": Model(_ur, repeats_every_s=0.1),
    "uhf-m100": Model(_m100, asked_by=b"\xbb\x00\x22\x00\x00\x22\x7e", nothing=b"\xbb\x01\xff\x00\x01\x15\x16\x7e"),
}
