"""Which replies may reach libosdp: those that answer what was asked, in the form that the question asks for.

libosdp 3.2.9 is not strict enough, read off its source and shown by tests/integration/drivers/test_osdp_attacks.py:

- While a secure channel is up it takes a reply with a security block of the *handshake* (SCS_11 to SCS_14) without
  looking for an authentication code: a card word in clear text, behind such a block, would count as read securely.
- A card word that comes in place of a handshake's answer is kept, and handed out when the channel is up.
- A reader's word that it knows no CRC, or did not understand one, makes it go on with checksums; its word that it has
  no buffer makes it silent. Both for ever.
- A handshake under the default key is refused only because the cryptograms differ.

Belongs here: what a reply may look like (SIA OSDP 2.2, 5.9, 6, annex D). Does not belong here: secrets and
authentication codes (libosdp), or bytes that are no frame (frames.py).
"""

from enum import Enum, auto
from typing import Final

from drivers.osdp.frames import HAS_BLOCK, HAS_CRC, HEAD_BYTES, SEQUENCE, body_of

ID: Final = 0x61
CAP: Final = 0x62
KEYSET: Final = 0x75
CHLNG: Final = 0x76
SCRYPT: Final = 0x77
NAK: Final = 0x41
PDID: Final = 0x45
PDCAP: Final = 0x46
RAW: Final = 0x50
FMT: Final = 0x51
KEYPAD: Final = 0x53
CCRYPT: Final = 0x76
RMAC_I: Final = 0x78
BUSY: Final = 0x79
NAK_CHECK: Final = 1
"""NAK code: the check characters were wrong."""
_READS: Final = frozenset({RAW, FMT, KEYPAD})
_CLEAR_ANSWERS: Final = {ID: PDID, CAP: PDCAP}
_SCS_12: Final = b"\x03\x12\x01"
_SCS_14: Final = b"\x03\x14\x01"
"""Blocks of the handshake's replies; a last byte of 0 would mean the default key SCBK-D (annex D)."""
_OFFERS_OF_THE_DEFAULT_KEY: Final = frozenset({b"\x03\x12\x00", b"\x03\x14\x00"})
_HANDSHAKE_ANSWERS: Final = {CHLNG: (_SCS_12, CCRYPT), SCRYPT: (_SCS_14, RMAC_I)}
_SECURE_COMMANDS: Final = frozenset({b"\x02\x15", b"\x02\x17"})
_SECURE_REPLIES: Final = frozenset({b"\x02\x16", b"\x02\x18"})
_LAST_HANDSHAKE_BLOCK: Final = 0x14
_CHECK_CHARACTERS: Final = 8
"""Function code of osdp_PDCAP; its level has bit 0 for CRC-16 (annex B)."""
_RECEIVE_BUFFER: Final = 10
"""Function code of osdp_PDCAP; its two bytes are the size of the buffer (annex B)."""
_LEAST_BUFFER_BYTES: Final = 128
"""What every device must have (5.6)."""
_RAW_HEAD_BYTES: Final = 5
"""Reply code, reader number, format, and the count of bits (6.12)."""


class Verdict(Enum):
    """What becomes of a frame."""

    ANSWER = auto()
    """libosdp may have it."""
    REPEAT = auto()
    """The device is busy, or did not understand: the same question again, a little later."""
    RESTART = auto()
    """The device has lost its place, or offers the default key: begin anew."""
    INSECURE_READ = auto()
    """A card word or keys outside of a secure channel: discarded, with an alarm."""
    REFUSED = auto()
    """No answer to what was asked: dropped, as if it had never come."""


class BadQuestionError(Exception):
    """libosdp wants to send what this panel never sends."""


class Guard:
    """Judges the replies of one device. Call `ask` with each frame that goes out."""

    def __init__(self) -> None:
        self._sequence = -1
        self._command = 0
        self._block = b""

    def ask(self, frame: bytes) -> None:
        """Remember the question. Raises BadQuestionError for one with a checksum, in clear text, or about keys."""
        if not frame[4] & HAS_CRC:
            raise BadQuestionError("with a checksum")
        self._sequence = frame[4] & SEQUENCE
        self._block, body = body_of(frame)
        self._command = body[0]
        is_handshake = self._command in _HANDSHAKE_ANSWERS and self._block[-1:] == b"\x01"
        is_clear = not self._block and self._command in _CLEAR_ANSWERS
        if self._command == KEYSET or not (is_clear or is_handshake or self._block in _SECURE_COMMANDS):
            raise BadQuestionError("not in the secure channel, or about its key")

    def judge(self, frame: bytes) -> Verdict:
        """Return what becomes of a whole frame from this device."""
        if frame[4] & HAS_BLOCK and not 2 <= frame[HEAD_BYTES] <= len(frame) - HEAD_BYTES - 3:
            return Verdict.REFUSED  # its security block is longer than itself
        block, body = body_of(frame)
        if block in _SECURE_REPLIES:
            is_asked = self._block in _SECURE_COMMANDS and frame[4] & SEQUENCE == self._sequence
            return Verdict.ANSWER if is_asked else Verdict.REFUSED
        if body[0] in _READS:
            return Verdict.INSECURE_READ
        if not block and (body[0] == BUSY or body[:2] == bytes([NAK, NAK_CHECK])):
            return Verdict.REPEAT
        if not block and body[0] == NAK:
            return self._judge_nak(frame)
        if frame[4] & SEQUENCE != self._sequence:
            return Verdict.REFUSED
        if block in _OFFERS_OF_THE_DEFAULT_KEY and self._command in _HANDSHAKE_ANSWERS:
            return Verdict.RESTART
        return Verdict.ANSWER if self._is_expected(block, body) else Verdict.REFUSED

    def _judge_nak(self, frame: bytes) -> Verdict:
        """A NAK in clear text ends a session, as any reader that lost its own must be able to tell so."""
        if self._sequence < 0:
            return Verdict.REFUSED
        if frame[4] & SEQUENCE in {0, self._sequence}:
            return Verdict.RESTART
        return Verdict.REFUSED

    def _is_expected(self, block: bytes, body: bytes) -> bool:
        if self._block in _SECURE_COMMANDS:
            return False
        if self._command in _HANDSHAKE_ANSWERS:
            return (block, body[0]) == _HANDSHAKE_ANSWERS[self._command]
        return not block and body[0] == _CLEAR_ANSWERS.get(self._command) and _can_be_spoken_to(body)


def _can_be_spoken_to(body: bytes) -> bool:
    """Whether what a device says of itself leaves a way to speak to it.

    Anybody on the wire can change an osdp_PDCAP, and libosdp never forgets one: it would use checksums for ever, or
    not say another word because the device's buffer has no room for one.
    """
    if body[0] != PDCAP:
        return True
    said = {body[at]: body[at + 1 : at + 3] for at in range(1, len(body) - 2, 3)}
    knows_crc = bool(said.get(_CHECK_CHARACTERS, b"\1\0")[0] & 1)
    return knows_crc and int.from_bytes(said.get(_RECEIVE_BUFFER, b"\0\1"), "little") >= _LEAST_BUFFER_BYTES


def bits_of(frame: bytes) -> int:
    """Return how many bits a card word in clear text claims to have; 0 for keys, or if it does not say."""
    block, body = body_of(frame)
    is_readable = not block or block[1:2] <= bytes([_LAST_HANDSHAKE_BLOCK])
    if is_readable and body[0] == RAW and len(body) >= _RAW_HEAD_BYTES:
        return int.from_bytes(body[3:5], "little")
    return 0
