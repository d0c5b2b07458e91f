"""A peripheral device written from annexes C and D of SIA OSDP 2.2; it shares nothing with libosdp.

It answers what the driver asks, asserts that the driver's frames are the standard's, and has hostile variants.
"""

import os
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulators.cards import ProximityCard
from simulators.line import PtyLine

CARD: Final = ProximityCard.of(13, 4567)
ADDRESS: Final = 5
ID, CAP, POLL, CHLNG, SCRYPT = 0x61, 0x62, 0x60, 0x76, 0x77
ACK, PDID, PDCAP, RAW, CCRYPT, RMAC_I = 0x40, 0x45, 0x46, 0x50, 0x76, 0x78


def crc(message: bytes) -> bytes:
    """CRC-16, polynomial 0x1021, initial value 0x1D0F, least significant byte first (annex C)."""
    value = 0x1D0F
    for byte in message:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x1021 if value & 0x8000 else value << 1) & 0xFFFF
    return value.to_bytes(2, "little")


def checksum(message: bytes) -> bytes:
    """The two's complement of the sum of all bytes (annex C)."""
    return bytes([-sum(message) & 0xFF])


def ecb(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.ECB()).encryptor()  # noqa: S305 - what the standard prescribes
    return encryptor.update(block) + encryptor.finalize()


def cbc(key: bytes, iv: bytes, blocks: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.CBC(iv)).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def padded(data: bytes) -> bytes:
    return data if data and len(data) % 16 == 0 else (data + b"\x80").ljust(-(-(len(data) + 1) // 16) * 16, b"\0")


class Session:
    """Keys and authentication codes of one secure channel session (annex D)."""

    def __init__(self, key: bytes, rnd_a: bytes, rnd_b: bytes) -> None:
        seed = rnd_a[:6] + bytes(8)
        self.s_enc = ecb(key, b"\x01\x82" + seed)
        self.s_mac1 = ecb(key, b"\x01\x01" + seed)
        self.s_mac2 = ecb(key, b"\x01\x02" + seed)
        self.pd_cryptogram = ecb(self.s_enc, rnd_a + rnd_b)
        self.acu_cryptogram = ecb(self.s_enc, rnd_b + rnd_a)
        self.rmac_i = ecb(self.s_mac2, ecb(self.s_mac1, self.acu_cryptogram))
        self.last_command_mac = b""
        self.last_reply_mac = self.rmac_i

    def mac(self, message: bytes, previous: bytes) -> bytes:
        """CBC-MAC: every block under S-MAC1 but the last, which is under S-MAC2."""
        blocks = padded(message)
        head, last = blocks[:-16], blocks[-16:]
        iv = cbc(self.s_mac1, previous, head)[-16:] if head else previous
        return cbc(self.s_mac2, iv, last)

    def encrypted(self, data: bytes) -> bytes:
        """Reply data under S-ENC; the vector is the complement of the command's MAC."""
        complement = bytes(byte ^ 0xFF for byte in self.last_command_mac)
        return cbc(self.s_enc, complement, (data + b"\x80").ljust(-(-(len(data) + 1) // 16) * 16, b"\0"))


class Device:
    """Answers on a line as annex D says. Overriding one method makes a hostile one."""

    offers_security = True

    def __init__(self, line: PtyLine, key: bytes) -> None:
        self.frames: list[bytes] = []
        self.rnd_a: list[bytes] = []
        self.session: Session | None = None
        self.authenticated_polls = 0
        self.card: bytes | None = None
        self.expected_cryptograms = 0
        self._line = line
        self._key = key
        self._rnd_b = os.urandom(8)
        self._buffer = b""
        self._last_answer = b""
        line.listen(self._hear)

    def _hear(self, data: bytes) -> None:
        self._buffer += data
        while (start := self._buffer.find(b"\x53")) >= 0 and len(self._buffer) >= start + 5:
            end = start + int.from_bytes(self._buffer[start + 2 : start + 4], "little")
            if len(self._buffer) < end:
                return
            frame, self._buffer = self._buffer[start:end], self._buffer[end:]
            self.frames.append(frame)
            assert frame[-2:] == crc(frame[:-2]), "every frame of the driver carries the standard's CRC"
            assert frame[4] & 0x04, "and never the checksum"
            if [frame] != self.frames[-2:-1]:  # else a repetition: the driver missed the answer
                self._last_answer = self.answer(frame)
            self.send(self._last_answer)

    def send(self, answer: bytes) -> None:
        self._line.send(answer)

    def answer(self, frame: bytes) -> bytes:
        control = frame[4]
        block = frame[5 : 5 + frame[5]] if control & 0x08 else b""
        body = frame[5 + len(block) : -2]
        if block and block[1] >= 0x15:
            return self.answer_securely(frame, control, block, body)
        return self.answer_clearly(control, body)

    def answer_clearly(self, control: int, body: bytes) -> bytes:
        if body[0] == ID:
            self.session = None
            return self.reply(control, bytes([PDID]) + bytes(range(12)))
        if body[0] == CAP:
            secure = b"\x09\x01\x01" if self.offers_security else b"\x09\x00\x00"
            return self.reply(control, bytes([PDCAP]) + b"\x03\x01\x00\x08\x01\x00" + secure)
        if body[0] == CHLNG:
            self.rnd_a.append(body[1:9])
            self.session = Session(self._key, body[1:9], self._rnd_b)
            data = bytes([CCRYPT]) + bytes(8) + self._rnd_b + self.session.pd_cryptogram
            return self.reply(control, data, b"\x03\x12\x01")
        if body[0] == SCRYPT and self.session is not None:
            assert body[1:17] == self.session.acu_cryptogram, "the driver's cryptogram is the standard's"
            self.expected_cryptograms += 1
            return self.reply(control, bytes([RMAC_I]) + self.session.rmac_i, b"\x03\x14\x01")
        return b""

    def answer_securely(self, frame: bytes, control: int, block: bytes, body: bytes) -> bytes:
        session = self.session
        if session is None:
            return b""
        session.last_command_mac = session.mac(frame[:-6], session.last_reply_mac)
        assert frame[-6:-2] == session.last_command_mac[:4], "the driver's authentication code is the standard's"
        if body[0] == POLL:
            assert block[1] == 0x15
            self.authenticated_polls += 1
        if body[0] == POLL and self.card is not None:
            data, self.card = session.encrypted(self.card), None
            return self.secure_reply(control, 0x18, bytes([RAW]) + data)
        return self.secure_reply(control, 0x16, bytes([ACK]))

    def secure_reply(self, control: int, kind: int, body: bytes) -> bytes:
        assert self.session is not None
        head = self.head(control, len(body) + 2 + 4, secure=True) + bytes([2, kind]) + body
        self.session.last_reply_mac = self.session.mac(head, self.session.last_command_mac)
        whole = head + self.session.last_reply_mac[:4]
        return whole + crc(whole)

    def reply(self, control: int, body: bytes, block: bytes = b"") -> bytes:
        whole = self.head(control, len(block) + len(body), secure=bool(block)) + block + body
        return whole + crc(whole)

    @staticmethod
    def head(control: int, length: int, *, secure: bool) -> bytes:
        flags = control & 0x03 | 0x04 | (0x08 if secure else 0)
        return bytes([0x53, ADDRESS | 0x80]) + (5 + length + 2).to_bytes(2, "little") + bytes([flags])


def card_report(card: ProximityCard) -> bytes:
    """Data of osdp_RAW: reader 0, Wiegand, count of bits, bits."""
    bits = card.h10301
    return b"\x00\x01" + bits.count.to_bytes(2, "little") + bits.data


class Noisy(Device):
    """Its cable is bad: every answer comes byte by byte, after some noise that is no start of a frame."""

    def send(self, answer: bytes) -> None:
        for byte in os.urandom(8).replace(b"\x53", b"") + answer:
            super().send(bytes([byte]))


class Downgrading(Device):
    """Claims to know no secure channel, and sends cards whenever it is asked for anything."""

    offers_security = False

    def answer_clearly(self, control: int, body: bytes) -> bytes:
        if body[0] in {ID, CAP}:
            return super().answer_clearly(control, body)
        return self.reply(control, bytes([RAW]) + card_report(CARD))


class Blurting(Device):
    """Goes through the handshake and then sends a card in clear text."""

    def answer_securely(self, frame: bytes, control: int, block: bytes, body: bytes) -> bytes:
        super().answer_securely(frame, control, block, body)
        return self.reply(control, bytes([RAW]) + card_report(CARD))


class Interrupting(Device):
    """Answers everything with a card in clear text, from the first question on."""

    def answer(self, frame: bytes) -> bytes:
        return self.reply(frame[4], bytes([RAW]) + card_report(CARD))
