"""What makes this program this controller: its signing key, and in the vault's folder its exchange and reference keys.

They are files, made when they are first wanted. Where there is a token they are sealed under a key that never leaves it
and lives as long as the controller; plain ones of before are sealed then, and overwritten. Belongs here: these files.
Does not belong here: period keys (vault/), or TLS (pki/).
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from controller.files import make_private_folder, shred, write_atomically

if TYPE_CHECKING:
    from controller.vault.token import Token

_KEY_BYTES: Final = 32
_OWN: Final = "sacs own"
"""The label, on the token, of the key under which both files are sealed."""


class IdentityError(Exception):
    """A key file is damaged, or does not belong to this token; the message names it."""


@dataclass(frozen=True)
class Identity:
    """`signer`: signs what the controller says. `reference_key`: 32 bytes, seals reference data.

    `exchange`: opens what is sealed to this controller alone.
    """

    signer: Ed25519PrivateKey
    reference_key: bytes
    exchange: X25519PrivateKey

    def __repr__(self) -> str:
        """Without the keys."""
        return "Identity(...)"


def load_identity(state: Path, vault: Path, token: "Token | None" = None) -> Identity:
    """Load all keys, or make them. The signing key lies in the state folder, the others beside the vault.

    Raises IdentityError; controller.vault.TokenGoneError.
    """
    paths = state / "signing.key", vault / "reference.key", vault / "exchange.key"
    if token is None:
        signing, reference, exchange = (_load(path) for path in paths)
    else:
        signing, reference, exchange = (_load_sealed(path, token) for path in paths)
    return Identity(
        Ed25519PrivateKey.from_private_bytes(signing), reference, X25519PrivateKey.from_private_bytes(exchange)
    )


def keep_reference_key(key: bytes, vault: Path, token: "Token | None" = None) -> bytes:
    """Keep, and return, another reference key, which came from the controller that has it, in place of the own one.

    Raises IdentityError; controller.vault.TokenGoneError; OSError.
    """
    path = vault / "reference.key"
    _checked(path, key)
    if token is None:
        write_atomically(path, key)
    else:
        _seal(path, key, token)
    return key


def see_reference_key(vault: Path, token: "Token | None" = None) -> bytes | None:
    """Return the reference key that lies in a vault's folder, changing nothing there; None where there is none.

    Raises IdentityError: it is damaged, or under a token that was not said; controller.vault.TokenGoneError.
    """
    path = vault / "reference.key"
    if _sealed(path).exists():
        if token is None:
            raise IdentityError(f"{_sealed(path)} is under a token: say the same --vault-token as before")
        return _opened(path, token)
    return _checked(path, path.read_bytes()) if path.exists() else None


def _load(path: Path) -> bytes:
    make_private_folder(path.parent)
    if _sealed(path).exists():
        raise IdentityError(f"{_sealed(path)} is under a token: say the same --vault-token as before")
    if not path.exists():
        write_atomically(path, secrets.token_bytes(_KEY_BYTES))
    return _checked(path, path.read_bytes())


def _load_sealed(path: Path, token: "Token") -> bytes:
    """Load a key that is sealed under the token, or seal the plain one, or a new one."""
    make_private_folder(path.parent)
    if not _sealed(path).exists():
        key = _checked(path, path.read_bytes()) if path.exists() else secrets.token_bytes(_KEY_BYTES)
        _seal(path, key, token)
    key = _opened(path, token)
    if path.exists():
        shred(path)
    return key


def _opened(path: Path, token: "Token") -> bytes:
    """Return what is sealed in the place of `path`. Raises IdentityError; controller.vault.TokenGoneError."""
    from controller.vault.token import NotOpenedError  # noqa: PLC0415  only machines with a token carry the extra

    sealed = _sealed(path)
    try:
        return _checked(sealed, token.open(sealed.read_bytes(), _context(path)))
    except NotOpenedError as error:
        raise IdentityError(f"{sealed} does not open ({error}): plug in the token that it belongs to") from error


def _seal(path: Path, key: bytes, token: "Token") -> None:
    own = min(token.key_ids(_OWN), default=None) or token.make_key(_OWN)
    write_atomically(_sealed(path), token.seal(own, key, _context(path)))


def _context(path: Path) -> bytes:
    return f"sacs/1/own\0{path.name}".encode()


def _sealed(path: Path) -> Path:
    return path.with_name(f"{path.name}.sealed")


def _checked(path: Path, key: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        raise IdentityError(f"{path} is damaged: put back your copy, or remove it to begin anew")
    return key
