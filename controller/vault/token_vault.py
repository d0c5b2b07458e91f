"""A vault as two files under a key of a token, of which a new one is made, and the old one destroyed, at each change.

The files `keys.a` and `keys.b` take turns. A change, in numbered steps:

1. make a new key on the token;
2. write all keys that stay, sealed under it, over the file whose turn it is, fsync;
3. open that file again and compare;
4. destroy every other key that the token has for this vault.

Step 4 is the end of every copy of the file of before, and of its freed blocks. The files keep their size, so that step
2 needs no room on a full disk. A crash after any step is finished at the next start: the newest file that opens counts,
and all other keys of this vault die. Where the disk refuses step 2 the law does not wait: the old key on the token is
destroyed all the same, and what lives is in memory alone until the disk takes it. Where the token does not answer, keys
die in memory, and on the token as soon as it is back. A mark in the folder names this vault on the token, so that no
other folder's keys are ever touched.

Belongs here: these files. Does not belong here: PKCS#11 (token.py).
"""

import contextlib
import errno
import os
import secrets
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from contract.ids import ControllerId
from contract.periods import Period
from controller.files import make_private_folder, write_atomically
from controller.vault.file import FileVault, discard_file
from controller.vault.opening import TOKEN_MARK
from controller.vault.protection import Protection, token_protection
from controller.vault.token import NotOpenedError, Token, key_of
from controller.vault.vault import TokenGoneError, Vault, VaultError, VaultFault, decode_keys, encode_keys

_NAMES: Final = ("keys.a", "keys.b")
_HEAD: Final = struct.Struct(">QI")
"""Before the keys: a number that rises with each change, and the length of the keys in bytes."""
_ROOM_BYTES: Final = 64 * 1024
"""What is sealed is filled up to a multiple of this: a change seldom needs more room than the one before."""
LOOK_EVERY_S: Final = 60.0
"""How often a token that nobody needs is asked whether it is there."""


class _Mark(msgspec.Struct, frozen=True):
    """Names the vault of this folder on its token."""

    vault: str


class _Opened(NamedTuple):
    number: int
    key_id: bytes
    keys: dict[Period, bytes]


class TokenVault(Vault):
    """The vault under a token's key, for one controller."""

    def __init__(self, folder: Path, controller: ControllerId, token: Token, *, look_only: bool = False) -> None:
        """Open or begin the vault in `folder`; a plain vault found there moves under the token.

        `look_only`: change nothing, in the folder or on the token. Raises VaultError: nothing there opens, and what to
        do; TokenGoneError, OSError.
        """
        self._token = token
        self._paths = [folder / name for name in _NAMES]
        self._context = f"sacs/1/vault\0{controller}".encode()
        self._label = f"sacs vault {controller} {self._mark(folder, look_only=look_only)}"
        opened = [self._read(path) for path in self._paths]
        number, self._key_id, keys = max((each for each in opened if each), default=_Opened(0, b"", {}))
        if not number and any(path.exists() for path in self._paths):
            raise VaultError(
                f"the vault in {folder} does not open: its key is not on this token, for it is a copy from before a "
                "change or another token's, or its files are damaged. What was sealed to it is lost; "
                f"move {' and '.join(_NAMES)} away to begin a new vault"
            )
        self._number = number
        self._turn = next((at for at, each in enumerate(opened) if each and each.number == number), 1)
        super().__init__(controller, keys)
        self._looked_s = time.monotonic()
        if not look_only:
            token.destroy_keys(self._label, but=self._key_id)  # step 4, if a crash came before it
            self._take_in(folder)

    @property
    def protection(self) -> Protection:
        """What this vault does and does not prove."""
        return token_protection(self._token.device, is_hardware=self._token.is_hardware)

    def destroy(self, periods: Iterable[Period]) -> None:
        """Destroy as every vault does; also look once a minute whether the token is there, and say so in `fault`."""
        super().destroy(periods)
        if self._fault is None and time.monotonic() - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = time.monotonic()
            try:
                is_there = self._key_id in self._token.key_ids(self._label)
            except TokenGoneError:
                is_there = False
            self._fault = None if is_there else VaultFault.TOKEN_GONE

    def _take_in(self, folder: Path) -> None:
        """Take over the keys of a plain vault of before, unless that is done already, and overwrite its file."""
        if not self._number:
            keys = FileVault(folder, self._controller).keys()
            if keys:
                self._rewrite(keys)
        discard_file(folder)

    def _change(self, keys: dict[Period, bytes]) -> None:
        self._keys = keys  # whatever follows: what died is gone from memory
        try:
            self._rewrite(keys)
        except TokenGoneError:
            self._fault = VaultFault.TOKEN_GONE
        except OSError:
            self._fault = VaultFault.NOT_REWRITTEN
            self._key_id = b""
            try:
                self._token.destroy_keys(self._label)  # the law is above the count
            except TokenGoneError:
                self._fault = VaultFault.TOKEN_GONE

    def _exchange(self, keys: dict[Period, bytes]) -> None:
        self._rewrite(keys)

    def _rewrite(self, keys: dict[Period, bytes]) -> None:
        key_id = self._token.make_key(self._label)  # step 1
        body = encode_keys(keys)
        head = _HEAD.pack(self._number + 1, len(body))
        filling = bytes(-(len(head) + len(body)) % _ROOM_BYTES)
        sealed = self._token.seal(key_id, head + body + filling, self._context)
        turn = 1 - self._turn
        try:
            _write(self._paths[turn], sealed)  # step 2
            self._compare(self._paths[turn], _Opened(self._number + 1, key_id, keys))  # step 3
        except OSError:
            with contextlib.suppress(TokenGoneError):
                self._token.destroy_keys(self._label, but=self._key_id)
            raise
        self._number, self._turn, self._key_id, self._keys = self._number + 1, turn, key_id, keys
        self._token.destroy_keys(self._label, but=key_id)  # step 4
        self._fault = None
        other = self._paths[1 - turn]
        if not other.exists():  # so that the next change needs no room
            with contextlib.suppress(OSError):
                write_atomically(other, secrets.token_bytes(len(sealed)))

    def _read(self, path: Path) -> _Opened | None:
        """Return what a file holds, or None if it does not open."""
        try:
            sealed = path.read_bytes()
            content = self._token.open(sealed, self._context)
        except (FileNotFoundError, NotOpenedError):
            return None
        number, length_bytes = _HEAD.unpack_from(content)
        keys = decode_keys(content[_HEAD.size : _HEAD.size + length_bytes])
        return _Opened(number, key_of(sealed), keys)

    def _compare(self, path: Path, written: _Opened) -> None:
        if self._read(path) != written:
            raise OSError(errno.EIO, "the vault's file does not read back as written: replace the disk")

    def _mark(self, folder: Path, *, look_only: bool) -> str:
        """Return this vault's name on the token; a new one is drawn for a new vault."""
        path = folder / TOKEN_MARK
        if not path.exists():
            if any(each.exists() for each in self._paths):
                raise VaultError(f"{path} is missing beside the vault's files: put it back")
            if look_only:
                return ""
            make_private_folder(folder)
            write_atomically(path, msgspec.json.encode(_Mark(secrets.token_hex(8))))
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Mark).vault
        except msgspec.DecodeError as error:
            raise VaultError(f"{path} is damaged: put back your copy") from error


def _write(path: Path, data: bytes) -> None:
    """Write over a file in its place, durably; one that is too small or missing is made anew."""
    if not path.exists() or path.stat().st_size < len(data):
        write_atomically(path, data)
        return
    descriptor = os.open(path, os.O_RDWR)
    with os.fdopen(descriptor, "r+b") as file:
        file.write(data)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
