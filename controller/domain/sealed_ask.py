"""Whom a search asked for, sealed so that only two investigators together can read it (L6).

The text is sealed to the first investigator's public key and the result to the second's (HPKE, RFC 9180): each layer
needs its own private key, and neither key alone tells anything. Every ask has the same length, and sealing the same
text twice gives different bytes, so nobody can tell who was asked for, or that it was the same person. The answer is
never part of it. Belongs here: sealing and opening, pure. Does not belong here: which keys hold (service/sealed_asks),
or files of keys (sacs/).
"""

from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.ids import AccountId, OperationId
from contract.sealing import open_sealed_to, seal_to

LONGEST_BYTES: Final = 254
"""Of what is asked for, in UTF-8."""
_LAYERS: Final = (b"first", b"second")


class AskTooLongError(ValueError):
    """More text than an ask holds."""


class BadInvestigatorKeysError(ValueError):
    """Two keys that can not be used; the message says why."""


class InvestigatorKeys(NamedTuple):
    """The two public keys (32 bytes each, X25519) to which asks are sealed."""

    first: bytes
    second: bytes

    def check(self) -> None:
        """Raise BadInvestigatorKeysError unless something can be sealed to both, and they are two."""
        if self.first == self.second:
            raise BadInvestigatorKeysError("both keys are the same: two persons make one each")
        try:
            seal_ask(self, OperationId(""), AccountId(""), "")
        except ValueError as error:
            raise BadInvestigatorKeysError("not a public key of X25519: make one with sacs investigator-key") from error


def seal_ask(keys: InvestigatorKeys, operation: OperationId, by: AccountId, text: str) -> bytes:
    """Return `text` sealed to both keys; it opens only for that operation and officer. Raises AskTooLongError."""
    encoded = text.encode()
    if len(encoded) > LONGEST_BYTES:
        raise AskTooLongError(f"a name or pass has at most {LONGEST_BYTES} bytes: ask for less")
    sealed = encoded.ljust(LONGEST_BYTES, b"\0")
    for key, layer in zip(keys, _LAYERS, strict=True):
        sealed = seal_to(key, _info(layer, operation, by), sealed)
    return sealed


def open_ask(
    first: X25519PrivateKey, second: X25519PrivateKey, operation: OperationId, by: AccountId, sealed: bytes
) -> str:
    """Return the text of a sealed ask. Raises contract.sealing.WrapRefusedError for other keys, or another entry's."""
    for key, layer in zip((second, first), reversed(_LAYERS), strict=True):
        sealed = open_sealed_to(key, _info(layer, operation, by), sealed)
    return sealed.rstrip(b"\0").decode()


def _info(layer: bytes, operation: OperationId, by: AccountId) -> bytes:
    return b"\0".join((b"sacs/1/ask", layer, operation.encode(), by.encode()))
