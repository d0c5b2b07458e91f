"""The options that name a vault's token: which module, which token, and where its PIN lies.

Belongs here: reading the PIN, which never stands on a command line. Does not belong here: the token (controller/vault).
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sacs.terminal import fail

if TYPE_CHECKING:
    from controller.vault import TokenSettings

_CREDENTIAL: Final = "vault-pin"
_OTHERS: Final = 0o077


def token_settings(module: Path, label: str, pin_file: Path | None) -> "TokenSettings":
    """Return the token's settings, or end the command with what is wrong with the PIN's file.

    Without `pin_file` the PIN is the credential `vault-pin` that systemd hands over (LoadCredentialEncrypted=).
    """
    from controller.vault import TokenSettings

    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    path = pin_file or (Path(credentials, _CREDENTIAL) if credentials else None)
    if path is None:
        fail(f"--vault-token needs its PIN: say --vault-pin-file, or give the service a credential {_CREDENTIAL!r}")
    try:
        if path.stat().st_mode & _OTHERS:
            fail(f"{path} holds the token's PIN and others may read it: chmod 600")
        pin = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        fail(error)
    if not pin:
        fail(f"{path} is empty: put the token's PIN into it")
    return TokenSettings(module, label, pin)
