"""A reader whose frames, keys and codes are another author's: run in `.venv-strangers`, `PATH ADDRESS MASTER_KEY CARD`.

The `osdp` of PyPI has a control panel and no reader, but its secure channel is the same thing seen from the other side:
what derives keys, seals, opens and checks here is its code. Ours is only what a reader says to what it is asked: who it
is, that it knows the secure channel, and one card (26 bits, hex) as soon as it is polled under it.
"""

import importlib
import os
import sys
from typing import Any, Final

import serial

# The stranger, which is at hand in `.venv-strangers` alone and has no types.
Message: Any = importlib.import_module("osdp._message").Message
SecureChannel: Any = importlib.import_module("osdp._secure_channel").SecureChannel

CUID: Final = bytes.fromhex("c0ffee0302785634")
PDID: Final = bytes.fromhex("c0ffee030278563412010203")
PDCAP: Final = bytes.fromhex("030100040101080100090101")
POLL, ID, CAP, CHLNG, SCRYPT = 0x60, 0x61, 0x62, 0x76, 0x77


class Framing(Message):  # type: ignore[misc]
    """The stranger's frames."""

    def data(self) -> bytes:
        return b""

    def framed(self, address: int, control: int, body: bytes, sealed_by: Any = None) -> bytes:  # noqa: ANN401 - untyped stranger
        packet = bytearray([self.SOM, address | 0x80, 0, 0, control]) + body
        self.add_packet_length(packet, 6 if sealed_by else 2)
        if sealed_by:
            packet += sealed_by.generate_mac(bytes(packet), is_command=False)[:4]
        packet += b"\0\0"
        self.add_crc(packet)
        return bytes(packet)


class Reader:
    """Answers frame by frame."""

    def __init__(self, address: int, master_key: bytes, card: bytes) -> None:
        self._address = address
        self._card: bytes | None = b"\x00\x01\x1a\x00" + card
        self._master_key = master_key
        self._channel: Any = None
        self._framing = Framing()

    def answer(self, frame: bytes) -> bytes:
        if self._framing.calculate_crc(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
            return b""
        control = frame[4]
        block = frame[5 : 5 + frame[5]] if control & 8 else b""
        body = frame[5 + len(block) : -2]
        if block[1:2] in (b"\x15", b"\x17"):
            return self._answer_sealed(frame, control, block, body)
        return self._framing.framed(self._address, *self._answer_clear(control, body))

    def _answer_clear(self, control: int, body: bytes) -> tuple[int, bytes]:
        if body[0] == ID:
            return control, b"\x45" + PDID
        if body[0] == CAP:
            return control, b"\x46" + PDCAP
        if body[0] == CHLNG:
            return control, b"\x03\x12\x01\x76" + self._challenged(body[1:9])
        if body[0] == SCRYPT and body[1:17] == self._channel.server_cryptogram:
            once = self._channel.generate_key(body[1:9], body[9:17], self._channel._smac1)
            self._channel.establish(self._channel.generate_key(once[:8], once[8:], self._channel._smac2))
            return control, b"\x03\x14\x01\x78" + self._channel._rmac
        return control & ~8, b"\x41\x05"

    def _challenged(self, rnd_a: bytes) -> bytes:
        """Data of osdp_CCRYPT: who we are, our random number, our cryptogram."""
        channel = self._channel = SecureChannel(self._master_key)
        channel.server_random_number, rnd_b = rnd_a, os.urandom(8)
        channel.cuid = CUID
        s_enc = channel.generate_key(b"\x01\x82" + rnd_a[:6], bytes(8), channel.calculate_scbk())
        cryptogram = channel.generate_key(rnd_a, rnd_b, s_enc)
        channel.initialize(CUID, rnd_b, cryptogram)
        return bytes(CUID + rnd_b + cryptogram)

    def _answer_sealed(self, frame: bytes, control: int, block: bytes, body: bytes) -> bytes:
        channel = self._channel
        if channel is None or not channel.is_established:
            return self._framing.framed(self._address, control & ~8, b"\x41\x06")
        before = channel._rmac
        if channel.generate_mac(frame[:-6], is_command=True)[:4] != frame[-6:-2]:
            return self._framing.framed(self._address, control & ~8, b"\x41\x06")
        if block[1] == 0x17:  # the stranger opens replies only: a command's vector is the last reply's code
            channel._cmac, own = before, channel._cmac
            sys.stdout.write(f"{body[0]:02x} {channel.decrypt_data(body[1:-4]).hex()}\n")
            sys.stdout.flush()
            channel._cmac = own
        if body[0] == POLL and self._card is not None:
            card, self._card = self._card, None
            channel._rmac = channel._cmac  # and it seals commands only: a reply's vector is the command's code
            return self._framing.framed(self._address, control, b"\x02\x18\x50" + channel.encrypt_data(card), channel)
        return self._framing.framed(self._address, control, b"\x02\x16\x40", channel)


def main() -> None:
    path, address, master_key, card = sys.argv[1:]
    reader = Reader(int(address), bytes.fromhex(master_key), bytes.fromhex(card))
    heard = b""
    with serial.Serial(path, 115_200) as line:
        while True:
            heard += line.read(max(line.in_waiting, 1))
            while (start := heard.find(b"\x53")) >= 0 and len(heard) >= start + 5:
                end = start + int.from_bytes(heard[start + 2 : start + 4], "little")
                if len(heard) < end:
                    break
                frame, heard = heard[start:end], heard[end:]
                line.write(reader.answer(frame))


if __name__ == "__main__":
    main()
