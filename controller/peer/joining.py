"""The first start of a controller that does not keep the reference data: it fetches the reference key from who does.

Belongs here: that one exchange. Does not belong here: everything that follows (exchange.py).
"""

import time
from pathlib import Path
from typing import Final

import structlog

from contract.sealing import SealingError, open_sealed_to
from controller.identity import Identity
from controller.peer.calls import Peer, PeerAwayError
from controller.pki.folder import CertificateFiles
from controller.pki.listed import Listed
from controller.pki.root import REFERENCE_COPY

WAIT_S: Final = 30.0
_RETRY_S: Final = 1.0
_log = structlog.get_logger()


class JoinError(Exception):
    """This controller can not begin without another one; the message says what to do."""


def needs_key(state: Path, listed: Listed) -> bool:
    """Tell whether this is the first start of a controller that follows another one."""
    return not listed.is_keeper and not (state / "reference.db").exists()


def fetch_reference_key(listed: Listed, own: CertificateFiles, identity: Identity) -> bytes:
    """Return the site's reference key, from any other controller that answers within WAIT_S. Raises JoinError.

    Waits on the network: call it on a thread of its own. The other controller must have the list with this one on it.
    """
    end_s = time.monotonic() + WAIT_S
    while True:
        for card in listed.peers:
            try:
                return open_reference_copy(Peer(card, own).reference_key(), identity)
            except PeerAwayError as error:
                _log.info("no reference key yet", controller=card.controller, error=str(error))
        if time.monotonic() >= end_s:
            names = ", ".join(card.controller for card in listed.peers)
            raise JoinError(
                f"the first start needs the reference key, and none of these gives it: {names}. Install the list at "
                "each of them and start one, or bring the key from the root: see 'sacs root rescue --help'"
            )
        time.sleep(_RETRY_S)


def open_reference_copy(sealed: bytes, identity: Identity) -> bytes:
    """Return the reference key that was sealed to this controller. Raises JoinError."""
    try:
        return open_sealed_to(identity.exchange, REFERENCE_COPY, sealed)
    except SealingError as error:
        raise JoinError(f"the reference key was not sealed to this controller: {error}") from error
