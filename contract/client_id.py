"""The MQTT client id of a program: its identity, and a part that nobody else can guess.

Belongs here: deriving it. Does not belong here: connecting.

Why: a broker ends a connection when another one comes with the same client id (MQTT 3.1.1 section 3.1.4). mosquitto can
be told to take the certificate's name instead of what the client says; nats-server can not. If ids were names, one
stolen gate box could keep every controller and every gate off the broker.
"""

import hashlib
from typing import Final

_PURPOSE: Final = b"sacs/1/client-id\0"
_HEX_DIGITS: Final = 32


def client_id(identity: str, private_key: bytes) -> str:
    """Return the client id that goes with `identity` (the certificate's common name) and its private key file's bytes.

    The same for each connection, so that sessions last; 128 bits of a SHA-256 over the key, which does not tell it.
    """
    return f"{identity}-{hashlib.sha256(_PURPOSE + private_key).hexdigest()[:_HEX_DIGITS]}"
