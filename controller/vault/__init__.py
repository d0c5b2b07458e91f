"""The vault: private halves of period pairs, and the only place where they die.

`vault.py` has what every vault does; `file.py` keeps the keys in a plain file, `token_vault.py` in a file under a key
of a token (PKCS#11), `token.py` speaks to the token. `opening.py` finds which kind a folder holds, `protection.py` says
what each kind proves and what it does not. Belongs here: keys and where they lie. Does not belong here: when a period's
time has come (service/retention.py).
"""

from controller.vault.file import FileVault
from controller.vault.opening import TokenSettings, open_token, open_vault
from controller.vault.vault import KeyGoneError, TokenGoneError, Vault, VaultError, VaultFault

__all__ = [
    "FileVault",
    "KeyGoneError",
    "TokenGoneError",
    "TokenSettings",
    "Vault",
    "VaultError",
    "VaultFault",
    "open_token",
    "open_vault",
]
