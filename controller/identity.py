"""What makes this program this controller: its signing key, and the reference key from the vault's folder.

Belongs here: two key files, made on first start. Does not belong here: period keys (vault.py), or TLS (pki/).
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from controller.files import make_private_folder, write_atomically

_KEY_BYTES: Final = 32


class IdentityError(Exception):
    """A key file is damaged; the message names it."""


@dataclass(frozen=True)
class Identity:
    """`signer`: signs what the controller says. `reference_key`: 32 bytes, seals reference data."""

    signer: Ed25519PrivateKey
    reference_key: bytes


def load_identity(state: Path, vault: Path) -> Identity:
    """Load both keys, or make them. The signing key lies in the state folder, the reference key beside the vault."""
    return Identity(Ed25519PrivateKey.from_private_bytes(_load(state / "signing.key")), _load(vault / "reference.key"))


def _load(path: Path) -> bytes:
    make_private_folder(path.parent)
    if not path.exists():
        write_atomically(path, secrets.token_bytes(_KEY_BYTES))
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise IdentityError(f"{path} is damaged: put back your copy, or remove it to begin anew")
    return key
