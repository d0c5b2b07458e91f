"""A vault as one plain file, in a folder of its own that backups leave out.

Each change rewrites it whole, in numbered steps:

1. write all keys that stay to `keys.new`, fsync;
2. link the present file as `keys.old`;
3. rename `keys.new` to `keys`, fsync the folder;
4. open `keys` again and compare;
5. overwrite `keys.old`, fsync, unlink it, fsync the folder.

A crash after any step leaves a file with all keys that must live; the next start, or the next try, finishes steps 5 or
1 by removing what is left over. Where the disk refuses a step, because it is full, the law does not wait: the doomed
keys are overwritten where they stand, which needs no room, and the file is rewritten at a later call. What a file vault
can not promise stands in protection.py. Belongs here: that file. Does not belong here: what a vault does with its keys.
"""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from contract.ids import ControllerId
from contract.periods import Period
from controller.files import fsync_folder, make_private_folder, shred
from controller.vault.protection import Protection, file_protection
from controller.vault.vault import NO_KEY, Vault, VaultError, VaultFault, decode_keys, encode_keys

_NAMES: Final = ("keys", "keys.new", "keys.old")


class FileVault(Vault):
    """The vault as one file, for one controller."""

    def __init__(self, folder: Path, controller: ControllerId, *, look_only: bool = False) -> None:
        """Open or begin the vault in `folder`; `look_only`: change nothing there, for it may be in use.

        Raises VaultError if the file is damaged.
        """
        self._path, self._new, self._old = (folder / name for name in _NAMES)
        if not look_only:
            make_private_folder(folder)
            self._finish_change()
        super().__init__(controller, self._read() if self._path.exists() else {})

    @property
    def protection(self) -> Protection:
        """What this vault does and does not prove."""
        return file_protection()

    def keys(self) -> dict[Period, bytes]:
        """Return the keys themselves, for a vault that takes them over."""
        return dict(self._keys)

    def _change(self, keys: dict[Period, bytes]) -> None:
        self._keys = keys  # whatever the disk does: what died is gone from memory
        self._fault = VaultFault.NOT_REWRITTEN
        try:
            self._rewrite(keys)
        except OSError:
            for path in (self._path, self._old, self._new):
                if path.exists():
                    _blot(path, keys)

    def _finish_change(self) -> None:
        if self._new.exists():  # stopped before step 3: the present file is whole
            shred(self._new)
        if not self._old.exists():
            return
        if self._path.samefile(self._old):  # stopped between steps 2 and 3: two names of the present file
            self._old.unlink()
        else:  # stopped before the end of step 5
            shred(self._old)

    def _read(self) -> dict[Period, bytes]:
        try:
            keys = decode_keys(self._path.read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise VaultError(
                f"the vault can not be read ({error}): what was sealed to its keys is lost; "
                f"move {self._path} away to begin a new vault"
            ) from error
        return {period: key for period, key in keys.items() if key != NO_KEY}

    def _rewrite(self, keys: dict[Period, bytes]) -> None:
        self._finish_change()  # of a try that the disk refused
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:  # step 1
            file.write(encode_keys(keys))
            file.flush()
            os.fsync(file.fileno())
        if self._path.exists():
            os.link(self._path, self._old)  # step 2
        self._new.replace(self._path)  # step 3
        fsync_folder(self._path.parent)
        if not self._holds(keys):  # step 4
            raise OSError(errno.EIO, "the vault's file does not read back as written: replace the disk")
        if self._old.exists():
            shred(self._old)  # step 5
        self._keys = keys
        self._fault = None

    def _holds(self, keys: dict[Period, bytes]) -> bool:
        try:
            return self._read() == keys
        except VaultError:
            return False


def discard_file(folder: Path) -> None:
    """Overwrite and remove what a plain vault wrote in `folder`: its keys live on in another vault."""
    for path in (folder / name for name in _NAMES):
        if path.exists():
            shred(path)


def _blot(path: Path, keys: Mapping[Period, bytes]) -> None:
    """Overwrite every key but `keys` where it stands in a vault's file, durably; needs no room on the disk.

    A file of which half is written, or damaged, goes as a whole: nobody could tell which key stands where.
    """
    data = path.read_bytes()
    try:
        standing = decode_keys(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        blotted = bytes(len(data))
    else:
        blotted = encode_keys({period: keys.get(period, NO_KEY) for period in standing})
    with path.open("r+b") as file:
        file.write(blotted)
        file.flush()
        os.fsync(file.fileno())
