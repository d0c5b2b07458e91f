"""HTTPS to a controller: the gate fetches what a signed message named.

Belongs here: one bounded request. Does not belong here: what is fetched (policy_store.py, screen/).
"""

import http.client
import ssl
from http import HTTPStatus
from typing import Final

from contract.controllers import ControllerCard

_TIMEOUT_S: Final = 10.0


class FetchError(Exception):
    """Something that could not be fetched, or is not what was named."""


def fetch(card: ControllerCard, path: str, size_bytes: int, tls: ssl.SSLContext) -> bytes:
    """Return the body, at most one byte more than expected. Raises FetchError, OSError, http.client.HTTPException."""
    connection = http.client.HTTPSConnection(card.policy_host, card.policy_port, timeout=_TIMEOUT_S, context=tls)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            message = f"{card.controller} answered {answer.status} for {path}"
            raise FetchError(message)
        return answer.read(size_bytes + 1)
    finally:
        connection.close()
