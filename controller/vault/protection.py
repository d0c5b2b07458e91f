"""What a vault proves and what it does not, in words for the guide, the console and the report of the law.

Belongs here: those words. Does not belong here: how a vault works.
"""

from dataclasses import dataclass
from typing import Final


def word(text: str) -> str:
    """Mark `text` for the catalogues."""
    return text


_ANY: Final = word(
    "Backups, broker stores, databases, journals and copies of a gate's disk hold no key: without this vault they open "
    "nothing, at any time."
)
_DEAD: Final = word("After a key has died this vault opens nothing that was sealed to it, wherever copies of that lie.")
_COPY: Final = word(
    "A copy of this vault that somebody made opens what its keys open: records of the hours that were alive then, and "
    "of those to come for which it held keys. Only keeping the vault out of every backup prevents that."
)
_FILE_COPY: Final = word(
    "The vault's file is under a key that never leaves the token and is destroyed there with each period: a copy of "
    "the file, of the disk and of its freed blocks that was made before opens nothing after."
)
_MACHINE_COPY: Final = word("A copy of the whole machine opens nothing without the token and its PIN.")
_PROGRAM: Final = word(
    "This token is a program: its own keys lie in files of this machine, and a copy of those is a copy of the vault."
)
_MEMORY: Final = word(
    "Whoever may read the memory of the running program reads the keys that are alive at that moment, and no other."
)
_FLASH: Final = word("A flash disk may keep overwritten blocks: in them may stand keys that died.")


@dataclass(frozen=True)
class Protection:
    """What one kind of vault is worth (L7).

    `kind`: "file" or "token". `device`: maker and model of the token, "" for a file. `is_hardware`: whether the token
    calls itself hardware. `proves`, `leaves_open`: sentences.
    """

    kind: str
    device: str
    is_hardware: bool
    proves: tuple[str, ...]
    leaves_open: tuple[str, ...]

    @property
    def complies(self) -> bool:
        """Whether this counts as full compliance with L7: only a token of hardware does."""
        return self.kind == "token" and self.is_hardware


def file_protection() -> Protection:
    """Return what a plain file of keys is worth."""
    return Protection(
        kind="file",
        device="",
        is_hardware=False,
        proves=(_ANY, _DEAD),
        leaves_open=(_COPY, _FLASH, _MEMORY),
    )


def token_protection(device: str, *, is_hardware: bool) -> Protection:
    """Return what a file under a token's key is worth; `device`: maker and model."""
    return Protection(
        kind="token",
        device=device,
        is_hardware=is_hardware,
        proves=(_ANY, _DEAD, _FILE_COPY, _MACHINE_COPY) if is_hardware else (_ANY, _DEAD, _FILE_COPY),
        leaves_open=(_MEMORY,) if is_hardware else (_PROGRAM, _MEMORY),
    )
