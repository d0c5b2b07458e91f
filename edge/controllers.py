"""The controllers that this gate believes: the newest list that the site's root signed, kept in the state folder.

The first list comes with the enrolment; later ones come over any broker, for the root's signature is all that counts. A
list with a lower number is refused: it would bring back who was removed.

Belongs here: which list is in force, and what follows for keys and TLS. Does not belong here: the list itself
(contract/controllers.py), period keys (period_keys.py), connections (uplink.py).
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.controllers import ControllerCard, ControllerList, open_list
from contract.enrolment import Enrolment
from contract.signing import SignatureError
from edge.state_files import read_if_there, write_atomically
from edge.tls import client_context

FILE: Final = "controllers.list"

_logger = structlog.get_logger(__name__)


class OldListError(SignatureError):
    """A list with a lower number than the one in force."""


class Controllers:
    """Who the controllers are. `listeners` are called, without arguments on the loop, when another list is in force.

    `keys`: the controllers' signing keys; the mapping stays the same and its content follows the list.
    """

    def __init__(self, enrolment: Enrolment, folder: Path) -> None:
        """Read the list that is kept in `folder`, unless the enrolment's own is newer.

        A kept list that is damaged, or of another root, is passed over. Raises contract.enrolment.EnrolmentError.
        """
        self._enrolment = enrolment
        self._path = folder / FILE
        self._signed = enrolment.controller_list
        self.listed: ControllerList = enrolment.listed()
        self._keys: dict[str, Ed25519PublicKey] = self.listed.verify_keys()
        self.listeners: list[Callable[[], None]] = []
        kept = read_if_there(self._path)
        if kept is not None:
            try:
                listed = self._opened(kept)
            except SignatureError as error:
                _logger.warning("kept_list_refused", cause=str(error))
            else:
                if listed.number > self.listed.number:
                    self._put(kept, listed)

    @property
    def keys(self) -> Mapping[str, Ed25519PublicKey]:
        """The signing keys of the controllers that are believed now."""
        return self._keys

    @property
    def cards(self) -> list[ControllerCard]:
        """The controllers that are believed now."""
        return self.listed.controllers

    def tls_with(self, *cards: ControllerCard) -> ssl.SSLContext:
        """Return a context that trusts the authorities of these controllers alone. Raises ssl.SSLError."""
        return client_context(self._enrolment, "\n".join(card.authority_pem for card in cards))

    async def take(self, signed: bytes) -> bool:
        """Take a signed list into force; returns False for the one that is.

        Raises OldListError, contract.signing.SignatureError. What it says counts at once; that it could not be written
        is only logged: it comes again with the next connection.
        """
        if signed == self._signed:
            return False
        listed = self._opened(signed)
        if listed.number <= self.listed.number:
            message = f"list {listed.number} is not newer than list {self.listed.number}, which is in force"
            raise OldListError(message)
        self._put(signed, listed)
        _logger.info("controllers_listed", number=listed.number, controllers=[card.controller for card in self.cards])
        for listener in self.listeners:
            listener()
        try:
            await asyncio.to_thread(write_atomically, self._path, signed)
        except OSError as error:
            _logger.warning("list_not_kept", cause=error.strerror)
        return True

    def _opened(self, signed: bytes) -> ControllerList:
        return open_list(signed, self._enrolment.root_key, self._enrolment.site)

    def _put(self, signed: bytes, listed: ControllerList) -> None:
        self._signed, self.listed = signed, listed
        self._keys.clear()
        self._keys.update(listed.verify_keys())
