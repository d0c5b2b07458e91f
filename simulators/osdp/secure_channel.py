"""The secure channel of OSDP: keys of a session, cryptograms, chained MACs, encryption (SIA OSDP 2.2, Annex D).

Either end and any witness who knows the base key compute the same; nothing here draws chance or reads a clock.

Belongs here: the arithmetic of one session. Does not belong here: when a device agrees to one (device.py), where keys
lie.
"""

import hmac
from dataclasses import dataclass, field, replace
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from simulators.osdp.frame import MAC_BYTES, Frame, to_be_authenticated

KEY_BYTES: Final = 16
BLOCK_BYTES: Final = 16
CHALLENGE_BYTES: Final = 8
CUID_BYTES: Final = 8
DEFAULT_KEY: Final = bytes(range(0x30, 0x40))
"""SCBK-D: what every device comes with, known to everybody (D.1)."""
KEY_TYPE_DEFAULT: Final = 0
KEY_TYPE_OWN: Final = 1
_PADDING: Final = b"\x80"


class ChannelError(ValueError):
    """What arrived does not belong to this session. Messages never contain a key."""


class MacError(ChannelError):
    """The MAC is not that of the message at this place of the session."""


class PaddingError(ChannelError):
    """What was decrypted does not end as the standard says."""


def _ecb(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.ECB()).encryptor()  # noqa: S305 - one block, as Annex D prescribes
    return encryptor.update(block) + encryptor.finalize()


def _cbc_encrypted(key: bytes, start: bytes, blocks: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.CBC(start)).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def _cbc_decrypted(key: bytes, start: bytes, blocks: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES128(key), modes.CBC(start)).decryptor()
    return decryptor.update(blocks) + decryptor.finalize()


@dataclass(frozen=True, slots=True, repr=False)
class SessionKeys:
    """The three keys of a session (D.3)."""

    enc: bytes
    mac1: bytes
    mac2: bytes

    @classmethod
    def derive(cls, base_key: bytes, rnd_a: bytes) -> "SessionKeys":
        """Derive them from the base key and the first six bytes of the control unit's challenge (D.4.1)."""
        seed = rnd_a[:6] + bytes(8)
        return cls(*(_ecb(base_key, bytes([0x01, kind]) + seed) for kind in (0x82, 0x01, 0x02)))

    def device_cryptogram(self, rnd_a: bytes, rnd_b: bytes) -> bytes:
        """What proves to the control unit that the device has the key (D.4.3)."""
        return _ecb(self.enc, rnd_a + rnd_b)

    def panel_cryptogram(self, rnd_a: bytes, rnd_b: bytes) -> bytes:
        """What proves to the device that the control unit has the key (D.4.4)."""
        return _ecb(self.enc, rnd_b + rnd_a)

    def initial_mac(self, panel_cryptogram: bytes) -> bytes:
        """R-MAC_I, with which the chain of MACs begins (D.4.5)."""
        return _ecb(self.mac2, _ecb(self.mac1, panel_cryptogram))

    def mac(self, message: bytes, previous: bytes) -> bytes:
        """All 16 bytes of a message's MAC: CBC under S-MAC1, the last block under S-MAC2 (D.5).

        `previous`: the MAC of the message before, which went the other way.
        """
        if len(message) % BLOCK_BYTES:
            message = _padded(message)
        head, last = message[:-BLOCK_BYTES], message[-BLOCK_BYTES:]
        start = _cbc_encrypted(self.mac1, previous, head)[-BLOCK_BYTES:] if head else previous
        return _cbc_encrypted(self.mac2, start, last)

    def encrypted(self, data: bytes, previous: bytes) -> bytes:
        """Return `data`, padded always, under S-ENC; the vector is the complement of the MAC before (D.5)."""
        return _cbc_encrypted(self.enc, _complement(previous), _padded(data))

    def decrypted(self, blocks: bytes, previous: bytes) -> bytes:
        """Undo `encrypted`. Raises PaddingError."""
        if not blocks or len(blocks) % BLOCK_BYTES:
            raise PaddingError(f"{len(blocks)} bytes are no encrypted payload: it comes in blocks of {BLOCK_BYTES}")
        data = _cbc_decrypted(self.enc, _complement(previous), blocks).rstrip(b"\0")
        if not data.endswith(_PADDING):
            raise PaddingError("what was decrypted does not end as it must")
        return data[:-1]


@dataclass(slots=True)
class Session:
    """An established session: its keys and the MACs that went last. `last_reply_mac` begins as R-MAC_I."""

    keys: SessionKeys = field(repr=False)
    last_reply_mac: bytes = field(repr=False)
    last_command_mac: bytes = field(default=bytes(BLOCK_BYTES), repr=False)

    def open(self, frame: Frame) -> bytes:
        """Check the MAC of a frame that belongs to this session and return its payload in clear.

        The chain moves on once the MAC is right. Raises MacError, PaddingError.
        """
        previous = self.last_command_mac if frame.is_reply else self.last_reply_mac
        mac = self.keys.mac(to_be_authenticated(frame), previous)
        if not hmac.compare_digest(mac[:MAC_BYTES], frame.mac):
            raise MacError("MAC wrong: changed on the way, out of order, or under another key")
        self._move_on(frame, mac)
        if frame.is_encrypted and frame.payload:
            return self.keys.decrypted(frame.payload, previous)
        return frame.payload

    def passed_by(self, frame: Frame) -> None:
        """Move the chain on as if the MAC of `frame` were right: for a witness who saw it damaged."""
        previous = self.last_command_mac if frame.is_reply else self.last_reply_mac
        self._move_on(frame, self.keys.mac(to_be_authenticated(frame), previous))

    def sealed(self, frame: Frame) -> Frame:
        """Return `frame` with its MAC, its payload encrypted if its block says so; the chain moves on."""
        previous = self.last_command_mac if frame.is_reply else self.last_reply_mac
        payload = frame.payload
        if frame.is_encrypted and payload:
            payload = self.keys.encrypted(payload, previous)
        encrypted = replace(frame, payload=payload)
        mac = self.keys.mac(to_be_authenticated(encrypted), previous)
        self._move_on(frame, mac)
        return replace(encrypted, mac=mac[:MAC_BYTES])

    def _move_on(self, frame: Frame, mac: bytes) -> None:
        if frame.is_reply:
            self.last_reply_mac = mac
        else:
            self.last_command_mac = mac


def _padded(data: bytes) -> bytes:
    data += _PADDING
    return data + bytes(-len(data) % BLOCK_BYTES)


def _complement(mac: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in mac)
