"""Which vault a folder holds, and opening it: plain, or under a token's key.

Belongs here: the choice, and moving from a plain file to a token. Does not belong here: either vault.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from contract.ids import ControllerId
from controller.vault.file import FileVault
from controller.vault.vault import Vault, VaultError

if TYPE_CHECKING:
    from controller.vault.token import Token

TOKEN_MARK = "token.json"  # noqa: S105  a file's name
"""Lies in a folder whose keys are under a token."""


@dataclass(frozen=True)
class TokenSettings:
    """How a token is found. `module`: its maker's PKCS#11 library; `label`: the token's; `pin`: of its user."""

    module: Path
    label: str
    pin: str = field(repr=False)


def open_token(settings: TokenSettings) -> "Token":
    """Return the token, after it let us in. Raises TokenGoneError; VaultError where the extra `hsm` is missing."""
    try:
        from controller.vault.token import Token  # noqa: PLC0415  only machines with a token carry the extra
    except ModuleNotFoundError as error:
        raise VaultError("a vault under a token needs the extra `hsm`: install sacs[controller,hsm]") from error
    return Token(settings)


def open_vault(folder: Path, controller: ControllerId, token: "Token | None", *, look_only: bool = False) -> Vault:
    """Open or begin the vault in `folder`; a plain one moves under the token if there is one.

    `look_only`: change nothing there. Raises VaultError: what is there can not be used so, and what to do.
    """
    if token is not None:
        from controller.vault.token_vault import TokenVault  # noqa: PLC0415  as above

        return TokenVault(folder, controller, token, look_only=look_only)
    if (folder / TOKEN_MARK).exists():
        raise VaultError(
            f"the vault in {folder} is under a token: say the same --vault-token and --vault-token-label as before"
        )
    return FileVault(folder, controller, look_only=look_only)
