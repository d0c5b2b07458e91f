"""Keys that lie where no key may lie: a vault's files outside of the vault, and what they open.

The register knows a vault's files by their names, but a copy of them is no place of the system: whoever finds it opens
what was copied beside it. Belongs here: finding such copies, by name and by content, and trying them. Does not belong
here: the vault that the caller named (carving.py).
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.ids import ControllerId
from contract.periods import Period
from contract.sealing import SealingError, Wraps, unwrap
from controller.audit.carving import wraps_below
from controller.audit.places import holds_keys
from controller.audit.plants import files_below
from controller.vault.vault import NO_KEY, decode_keys

_LARGEST_BYTES: Final = 1024 * 1024
"""Several times what a vault of all periods needs."""


@dataclass(frozen=True)
class Stray:
    """A file with keys outside of the vault; `opened`: how many of the sealed keys that were found it opens."""

    file: str
    opened: int


def strays_below(roots: Iterable[Path], controller: ControllerId, vault: Path | None) -> list[Stray]:
    """Return the files with keys below `roots` that do not lie in the folder `vault`, each tried on all that is sealed.

    Raises OSError for what can not be read.
    """
    folders = list(roots)
    own = None if vault is None else vault.resolve()
    held: dict[Path, dict[Period, bytes]] = {}
    for path in files_below(folders):
        if own is not None and path.resolve().is_relative_to(own):
            continue
        with contextlib.suppress(FileNotFoundError):  # gone since it was listed, as happens in a system that runs
            keys = _keys_in(path)
            if keys or holds_keys(path.as_posix()):
                held[path] = keys
    sealed = wraps_below(folders) if any(held.values()) else []
    return [Stray(str(path), sum(_opens(wraps, controller, keys) for wraps in sealed)) for path, keys in held.items()]


def _keys_in(path: Path) -> dict[Period, bytes]:
    """Return the period keys that stand in `path` in clear; none if it is no vault's file, whatever its name."""
    if path.stat().st_size > _LARGEST_BYTES:
        return {}
    try:
        keys = decode_keys(path.read_bytes())
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
        return {}
    return {period: key for period, key in keys.items() if key != NO_KEY}


def _opens(wraps: Wraps, controller: ControllerId, keys: dict[Period, bytes]) -> bool:
    key = keys.get(wraps.name.period)
    if key is None:
        return False
    try:
        unwrap(wraps.name, controller, wraps.wrap_for(controller), X25519PrivateKey.from_private_bytes(key))
    except SealingError:
        return False
    return True
