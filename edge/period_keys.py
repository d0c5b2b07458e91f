"""Public period keys of the controllers, as they signed them, kept so that a gate can seal without any network.

A controller publishes the keys of present and coming periods (two weeks of hours). Each message that changes anything
is kept in the state folder exactly as it came, and its signature is checked again when it is read back. Of a
controller's messages the one that was signed last counts: a replayed one brings no replaced pair back.

Belongs here: which public keys are known. Does not belong here: sealing (sealer.py).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.ids import ControllerId
from contract.messages import VERSION, PeriodKeys
from contract.periods import Kind, Period
from contract.signing import BadMessageError, SignatureError, verify
from edge.state_files import read_if_there, write_atomically

_SUFFIX: Final = ".keys"
_KEY_BYTES: Final = 32

_logger = structlog.get_logger(__name__)


class PeriodKeyStore:
    """What is known of the controllers' public keys. `folder`: where messages are kept; made when needed.

    `signers`: the keys of the controllers that are believed; the mapping may change, and what is sealed to with it.

    Calls each of `listeners` (without arguments, on the loop) when something changed.
    """

    def __init__(self, folder: Path, signers: Mapping[str, Ed25519PublicKey]) -> None:
        """Read what is kept. A damaged file, or one of a controller that is no longer enrolled, is passed over."""
        self._folder = folder
        self._signers = signers
        self._keys: dict[ControllerId, dict[Period, bytes]] = {}
        self._issued_ns: dict[ControllerId, int] = {}
        self._signed_with: dict[ControllerId, bytes] = {}
        self.listeners: list[Callable[[], None]] = []
        for controller in signers:
            data = read_if_there(folder / f"{controller}{_SUFFIX}")
            if data is not None:
                try:
                    self._apply(data)
                except SignatureError as error:
                    _logger.warning("kept_keys_refused", controller=controller, cause=str(error))

    def publics(self, period: Period) -> dict[ControllerId, bytes]:
        """Return the public key of `period` (32 bytes, X25519) of each controller that published one."""
        return {controller: keys[period] for controller, keys in self._believed() if period in keys}

    def published_until_s(self) -> int:
        """Return the end (seconds since 1970-01-01 UTC) of the first movement period that is known; 0 without any.

        Of several controllers the latest counts: a signed message may be old, never early.
        """
        firsts = (min((p for p in keys if p.kind is Kind.MOVEMENT), default=None) for _, keys in self._believed())
        return max((first.end_s for first in firsts if first is not None), default=0)

    def is_past(self, period: Period) -> bool:
        """Tell whether every key that is known belongs to a later period: none will ever come for this one."""
        known = [p for _, keys in self._believed() for p in keys if p.kind is period.kind]
        return bool(known) and all(p.start_s > period.start_s for p in known)

    async def take(self, data: bytes) -> bool:
        """Take a signed PeriodKeys message; returns False for one that was signed earlier, or says nothing new.

        Raises contract.signing.SignatureError if no enrolled controller signed it. What it says counts at once; that
        it could not be written is only logged.
        """
        controller = self._apply(data)
        if controller is None:
            return False
        for listener in self.listeners:
            listener()
        try:
            await asyncio.to_thread(write_atomically, self._folder / f"{controller}{_SUFFIX}", data)
        except OSError as error:
            _logger.warning("keys_not_kept", controller=controller, cause=error.strerror)
        return True

    def _believed(self) -> Iterator[tuple[ControllerId, Mapping[Period, bytes]]]:
        """Yield what is known of the controllers that are believed now: one that was removed is sealed to no more.

        Nor is one of before, where another machine has its name.
        """
        for controller, keys in self._keys.items():
            signer = self._signers.get(controller)
            if signer is not None and signer.public_bytes_raw() == self._signed_with[controller]:
                yield controller, keys

    def _apply(self, data: bytes) -> ControllerId | None:
        """Return the controller of which other keys are known now, if any."""
        signer, message = verify(data, PeriodKeys, self._signers)
        if message.controller != signer or message.version != VERSION:
            raise BadMessageError("keys of another controller or version than their signer's")
        if any(len(key) != _KEY_BYTES for _, key in message.keys):
            message_ = f"a public key has {_KEY_BYTES} bytes"
            raise BadMessageError(message_)
        keys = dict(message.keys)
        signed_with = self._signers[signer].public_bytes_raw()
        if self._signed_with.get(message.controller) != signed_with:  # another machine of that name: it begins anew
            self._issued_ns.pop(message.controller, None)
            self._keys.pop(message.controller, None)
        self._signed_with[message.controller] = signed_with
        if message.issued_ns <= self._issued_ns.get(message.controller, -1):
            return None
        self._issued_ns[message.controller] = message.issued_ns
        if keys == self._keys.get(message.controller):
            return None
        self._keys[message.controller] = keys
        return message.controller
