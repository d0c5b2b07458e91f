"""Asking another controller: one HTTPS request each, with certificates on both sides; its own authority is believed.

Belongs here: the request. Does not belong here: when something is asked (exchange.py), or what is made of an answer.
"""

import http.client
import ssl
from http import HTTPStatus
from typing import Final, TypeVar

import msgspec

from contract.controllers import ControllerCard
from controller.peer.words import (
    LONGEST_BYTES,
    BadWordsError,
    CopyAsk,
    Entries,
    EntriesAsk,
    Marks,
    MarksAsk,
    ReferenceCopy,
    RewrapAsk,
    Rewrapped,
    SessionsTold,
    Status,
    Tallies,
    decode,
    encode,
)
from controller.pki.folder import CertificateFiles

_LIMIT_S: Final = 10.0
_SOON_S: Final = 3.0
T = TypeVar("T")


class PeerAwayError(Exception):
    """Another controller did not answer, or not as it should."""


class Peer:
    """One other controller, as it can be asked. All methods wait for the network: call them on a thread of their own.

    They raise PeerAwayError.
    """

    def __init__(self, card: ControllerCard, own: CertificateFiles) -> None:
        self.card = card
        self._own = own

    def status(self) -> Status:
        """Ask how it stands; who does not say that soon is away, and must not hold up what others tell."""
        return self._ask("GET", "status", None, Status, _SOON_S)

    def controllers(self) -> bytes:
        """Ask for its list of controllers, as the root signed it."""
        return self._raw("GET", "controllers", None)

    def news(self) -> None:
        """Tell it that there is something to ask for."""
        self._raw("POST", "news", None)

    def entries(self, ask: EntriesAsk) -> Entries:
        """Ask for entries of its ledger that others take over."""
        return self._ask("POST", "entries", ask, Entries)

    def sessions(self) -> SessionsTold:
        """Ask who is signed in there."""
        return self._ask("GET", "sessions", None, SessionsTold)

    def tallies(self) -> Tallies:
        """Ask for its tally table."""
        return self._ask("GET", "tallies", None, Tallies)

    def rewrap(self, ask: RewrapAsk) -> Rewrapped:
        """Ask for content keys."""
        return self._ask("POST", "rewrap", ask, Rewrapped)

    def marks(self, ask: MarksAsk) -> Marks:
        """Ask for the marks of its officers."""
        return self._ask("POST", "marks", ask, Marks)

    def reference(self, ask: CopyAsk) -> ReferenceCopy:
        """Ask for its reference data."""
        return self._ask("POST", "reference", ask, ReferenceCopy)

    def reference_key(self) -> bytes:
        """Ask for the reference key, sealed to whoever asks."""
        return self._raw("GET", "reference-key", None)

    def _ask(
        self, method: str, what: str, ask: msgspec.Struct | None, expected: type[T], limit_s: float = _LIMIT_S
    ) -> T:
        try:
            return decode(self._raw(method, what, ask, limit_s), expected)
        except BadWordsError as error:
            raise PeerAwayError(f"{self.card.controller} answers {error}") from error

    def _raw(self, method: str, what: str, ask: msgspec.Struct | None, limit_s: float = _LIMIT_S) -> bytes:
        card = self.card
        try:
            tls = ssl.create_default_context(cadata=card.authority_pem)
            tls.load_cert_chain(self._own.certificate, self._own.key)
            connection = http.client.HTTPSConnection(card.policy_host, card.policy_port, timeout=limit_s, context=tls)
            try:
                connection.request(method, f"/peer/{what}", None if ask is None else encode(ask))
                answer = connection.getresponse()
                body = answer.read(LONGEST_BYTES)
                if answer.status != HTTPStatus.OK:
                    raise PeerAwayError(f"{card.controller} answers {answer.status} for {what}")
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise PeerAwayError(f"{card.controller} does not answer: {error}") from error
        return body
