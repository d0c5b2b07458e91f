"""Follows the secure channel of one device as a witness: which key it is under, whether MACs are right, what was said.

A witness has no say: it sees handshakes, checks them under the keys that it was given, and after damage goes on with
whatever the two ends may have made of it (a message that one of them did not accept does not move the chain of MACs).
A control unit that begins anew in clear, with sequence number 0, has left its channel (5.9), unless a MAC is right
after that: then somebody else said so.
Keys that are set on the bus are tried as well, from then on.

Belongs here: one device's sessions, pure. Does not belong here: finding messages (finder.py), words (words.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from simulators.osdp.codes import Command, Reply
from simulators.osdp.commands import PayloadError, new_key
from simulators.osdp.frame import BlockType, Frame
from simulators.osdp.secure_channel import (
    BLOCK_BYTES,
    CHALLENGE_BYTES,
    CUID_BYTES,
    DEFAULT_KEY,
    MacError,
    PaddingError,
    Session,
    SessionKeys,
)

_MOST_GUESSES: Final = 4
"""After damage: how many ways in which the chain of MACs may have gone on are kept."""
_REFUSED: Final = frozenset({b"\x00", b"\xff"})
"""What SCS_14 says when the control unit's cryptogram was wrong (D.4.5); devices use either."""


class Mac(StrEnum):
    """What became of a MAC."""

    OK = "ok"
    BAD = "bad"
    """It is not that of the message, under the key of the session."""
    UNFIT = "unfit"
    """Keys were given, and the session is under none of them."""
    UNCHECKED = "unchecked"
    """No key was given, or the capture has no handshake for it."""


@dataclass(slots=True)
class Finding:
    """What a witness makes of one intact message. `payload` is None where it stays encrypted."""

    payload: bytes | None = field(repr=False)
    mac: Mac | None = None
    is_decrypted: bool = False
    is_repeated: bool = False
    has_completed_handshake: bool = False
    fits_given_key: bool = False
    """A handshake proved one of the keys that were given."""
    notes: tuple[str, ...] = ()


class ChannelFollower:
    """The secure channel of one device. `given`: keys that may be its own, the likeliest first.

    `set_on_bus`: keys that were set on the bus so far, the last one first; a device that gets one adds it, and whoever
    shares the list follows it to another address.
    """

    def __init__(self, given: Iterable[bytes], set_on_bus: list[bytes]) -> None:
        self._given = list(given)
        self._set = set_on_bus
        self._rnd_a = b""
        self._client = b""  # payload of the last osdp_CCRYPT
        self._has_proof = False
        self._was_tried = False
        self._keys: SessionKeys | None = None
        self._guesses: list[Session] = []
        self._is_up = False
        self._is_left = False  # the control unit began anew, without a channel
        self._last: dict[bool, tuple[Frame, Finding]] = {}

    def see(self, frame: Frame) -> Finding:
        """Take the next intact message from or to the device."""
        before = self._last.get(frame.is_reply)
        if before is not None and before[0] == frame and self._may_be_repeated(frame):
            return replace(before[1], is_repeated=True, has_completed_handshake=False)
        finding = self._reply(frame) if frame.is_reply else self._command(frame)
        self._last[frame.is_reply] = (frame, finding)
        if not frame.is_reply:
            self._last.pop(True, None)
        return finding

    def _may_be_repeated(self, frame: Frame) -> bool:
        """5.9: the same message again, but for sequence number 0, which begins anew; a reply once the command was."""
        return frame.sequence != 0 if not frame.is_reply else True

    def _command(self, frame: Frame) -> Finding:
        kind = frame.block.kind if frame.block else None
        if kind == BlockType.SCS_11 and frame.code == Command.CHLNG:
            self._rnd_a, self._client, self._has_proof = frame.payload, b"", False
            self._keys, self._guesses, self._is_up, self._was_tried, self._is_left = None, [], False, False, False
            return Finding(frame.payload)
        if kind == BlockType.SCS_13 and frame.code == Command.SCRYPT:
            self._has_proof = True
            return Finding(frame.payload, notes=self._proof_notes(frame))
        begins_anew = frame.sequence == 0 and frame.block is None and self._is_up and not self._is_left
        self._is_left |= begins_anew
        finding = self._opened(frame)
        if begins_anew:
            finding.notes += ("the control unit begins anew, which ends the secure channel",)
        if frame.code == Command.KEYSET and finding.payload is not None:
            try:
                self._set.insert(0, new_key(finding.payload).key)
            except PayloadError:
                return finding
            finding.notes += ("the key is followed from here on",)
        return finding

    def _reply(self, frame: Frame) -> Finding:
        kind = frame.block.kind if frame.block else None
        if kind == BlockType.SCS_12 and frame.code == Reply.CCRYPT:
            return self._client_cryptogram(frame)
        if kind == BlockType.SCS_14 and frame.code == Reply.RMAC_I:
            return self._initial_mac(frame)
        return self._opened(frame)

    def _client_cryptogram(self, frame: Frame) -> Finding:
        payload = frame.payload
        rnd_b = payload[CUID_BYTES : CUID_BYTES + CHALLENGE_BYTES]
        proof = payload[CUID_BYTES + CHALLENGE_BYTES :]
        self._keys = None
        if len(self._rnd_a) != CHALLENGE_BYTES or len(rnd_b) != CHALLENGE_BYTES or len(proof) != BLOCK_BYTES:
            return Finding(payload, notes=("the handshake is not whole",))
        self._client, self._was_tried = payload, True
        for key in (*self._set, *self._given, DEFAULT_KEY):
            keys = SessionKeys.derive(key, self._rnd_a)
            if keys.device_cryptogram(self._rnd_a, rnd_b) == proof:
                self._keys = keys
                return Finding(payload, fits_given_key=key in self._given, notes=self._key_notes(key))
        told = "proves none of the keys that were given" if self._given else "under a key that is not known"
        return Finding(payload, notes=(told,))

    def _key_notes(self, key: bytes) -> tuple[str, ...]:
        if key == DEFAULT_KEY:
            return ("proves the default key SCBK-D, which everybody knows",)
        return ("proves a key that was set on this bus",) if key in self._set else ()

    def _proof_notes(self, frame: Frame) -> tuple[str, ...]:
        if self._keys is None:
            return ()
        rnd_b = self._client[CUID_BYTES : CUID_BYTES + CHALLENGE_BYTES]
        if frame.payload == self._keys.panel_cryptogram(self._rnd_a, rnd_b):
            return ()
        return ("the control unit does not have the key",)

    def _initial_mac(self, frame: Frame) -> Finding:
        if frame.block is not None and frame.block.data[:1] in _REFUSED:
            return Finding(frame.payload, notes=("the device refuses the control unit's cryptogram",))
        if not self._has_proof:
            return Finding(frame.payload, notes=("the handshake is not whole",))
        self._has_proof, self._is_up, self._is_left = False, True, False
        self._guesses = []
        if self._keys is not None and len(frame.payload) == BLOCK_BYTES:
            self._guesses = [Session(self._keys, frame.payload)]
        return Finding(frame.payload, has_completed_handshake=True)

    def _opened(self, frame: Frame) -> Finding:
        """Check the MAC of a message, if it has one, and decrypt it."""
        if not frame.has_mac:
            is_odd = (
                self._is_up and not self._is_left and frame.payload and not (frame.is_reply and frame.code == Reply.NAK)
            )
            return Finding(frame.payload, notes=("in clear, although a secure channel is up",) if is_odd else ())
        if not self._guesses:
            unfit = self._is_up and self._was_tried and bool(self._given)
            notes = () if self._is_up else ("the capture does not hold the handshake of this session",)
            return Finding(_readable(frame), Mac.UNFIT if unfit else Mac.UNCHECKED, notes=notes)
        for guess in self._guesses:
            session = replace(guess)
            try:
                payload = session.open(frame)
            except MacError:
                continue
            except PaddingError as error:
                self._guesses = [session]
                return Finding(None, Mac.OK, notes=(str(error),))
            self._guesses, self._is_left = [session], False
            return Finding(payload, Mac.OK, is_decrypted=frame.is_encrypted and bool(frame.payload))
        passed = [replace(guess) for guess in self._guesses]
        for session in passed:
            session.passed_by(frame)
        self._guesses = (self._guesses + passed)[:_MOST_GUESSES]
        return Finding(_readable(frame), Mac.BAD, notes=("changed on the way, out of order, or something is missing",))


def _readable(frame: Frame) -> bytes | None:
    """Return the payload of a message that can not be decrypted, if it was not encrypted in the first place."""
    return None if frame.is_encrypted and frame.payload else frame.payload
