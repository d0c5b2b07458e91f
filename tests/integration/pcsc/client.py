"""The least that a test needs of PC/SC to see what a stranger sees: readers, their state, and one exchange."""

import time
from collections.abc import Sequence
from typing import Final

from smartcard import scard  # type: ignore[import-untyped]

PATIENCE_S: Final = 20.0
_POLL_MS: Final = 200


class Client:
    """A PC/SC client. Raises AssertionError where the service refuses."""

    def __init__(self) -> None:
        """Connect to the service."""
        code, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        assert code == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(code)

    def readers(self) -> set[str]:
        """Names of the readers."""
        code, names = scard.SCardListReaders(self._context, [])
        assert code == scard.SCARD_S_SUCCESS, scard.SCardGetErrorMessage(code)
        return set(names)

    def wait(self, reader: str, flag: int) -> bytes:
        """Wait until the reader's state has this flag; return the answer to reset of the card that is in it."""
        deadline = time.monotonic() + PATIENCE_S
        seen = scard.SCARD_STATE_UNAWARE
        while time.monotonic() < deadline:
            _, states = scard.SCardGetStatusChange(self._context, _POLL_MS, [(reader, seen)])
            seen = states[0][1]
            if seen & flag:
                return bytes(states[0][2])
        raise AssertionError(f"{reader} never came into the state {flag:#x}")

    def exchange(self, reader: str, commands: Sequence[bytes]) -> list[bytes]:
        """Connect, exchange, and let go of the card. Raises ConnectionError where it does not answer."""
        code, card, protocol = scard.SCardConnect(
            self._context, reader, scard.SCARD_SHARE_SHARED, scard.SCARD_PROTOCOL_ANY
        )
        if code != scard.SCARD_S_SUCCESS:
            raise ConnectionError(scard.SCardGetErrorMessage(code))
        try:
            responses = []
            for command in commands:
                code, response = scard.SCardTransmit(card, protocol, list(command))
                if code != scard.SCARD_S_SUCCESS or not response:
                    raise ConnectionError("the card has gone")
                responses.append(bytes(response))
            return responses
        finally:
            scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
