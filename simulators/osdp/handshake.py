"""How a device agrees to a session: challenge, cryptograms, initial MAC (Annex D.4), under the key that it claims.

Belongs here: the device's half of the four messages. Does not belong here: when it answers at all (device.py).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from simulators.osdp.commands import PayloadError
from simulators.osdp.frame import Block, BlockType, Frame
from simulators.osdp.secure_channel import (
    CHALLENGE_BYTES,
    DEFAULT_KEY,
    KEY_TYPE_DEFAULT,
    KEY_TYPE_OWN,
    Session,
    SessionKeys,
)
from simulators.osdp.state import Misbehaviour, ReaderState


class HandshakeError(ValueError):
    """The control unit does not have the key."""


@dataclass(frozen=True, slots=True)
class Handshake:
    """A handshake of which the first half is done. `key_type`: which key the device says that it uses."""

    keys: SessionKeys = field(repr=False)
    rnd_a: bytes = field(repr=False)
    rnd_b: bytes = field(repr=False)
    key_type: int

    @classmethod
    def begin(cls, state: ReaderState, challenge: Frame, draw: Callable[[int], bytes]) -> "Handshake":
        """Take osdp_CHLNG in SCS_11. Raises PayloadError."""
        if len(challenge.payload) != CHALLENGE_BYTES:
            raise PayloadError(f"a challenge has {CHALLENGE_BYTES} bytes, not {len(challenge.payload)}")
        wanted = challenge.block.data[0] if challenge.block and challenge.block.data else KEY_TYPE_OWN
        key, key_type = _claimed_key(state, wanted)
        keys = SessionKeys.derive(key, challenge.payload)
        return cls(keys, challenge.payload, draw(CHALLENGE_BYTES), key_type)

    @property
    def block(self) -> Block:
        """SCS_12, which says which key it is (D.4.3)."""
        return Block(kind=BlockType.SCS_12, data=bytes([self.key_type]))

    def answer(self, cuid: bytes) -> bytes:
        """Return the payload of osdp_CCRYPT: who it is, its challenge, its cryptogram (D.4.3)."""
        return cuid + self.rnd_b + self.keys.device_cryptogram(self.rnd_a, self.rnd_b)

    def finish(self, proof: Frame) -> Session:
        """Take osdp_SCRYPT in SCS_13 and return the session (D.4.5). Raises HandshakeError."""
        expected = self.keys.panel_cryptogram(self.rnd_a, self.rnd_b)
        if not hmac.compare_digest(proof.payload, expected):
            raise HandshakeError("the control unit's cryptogram is not that of the key")
        return Session(self.keys, self.keys.initial_mac(expected))


def _claimed_key(state: ReaderState, wanted: int) -> tuple[bytes, int]:
    """Return the key that the device proves, and which it says that it is (D.4.3).

    A device with a key of its own proves that one, whatever the control unit would like: it is the control unit's part
    to refuse. Only misbehaviour makes it otherwise.
    """
    misbehaviours = state.misbehaviours
    lingers = Misbehaviour.LINGER_IN_INSTALL_MODE in misbehaviours and wanted == KEY_TYPE_DEFAULT
    if state.key is None or lingers or Misbehaviour.ASK_FOR_KEY in misbehaviours:
        return DEFAULT_KEY, KEY_TYPE_DEFAULT
    return (DEFAULT_KEY if Misbehaviour.DEFAULT_KEY in misbehaviours else state.key), KEY_TYPE_OWN
