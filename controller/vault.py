"""The vault: private halves of period pairs, in one file, and the only place where they die.

The file lies in a folder of its own that backups leave out. Each change rewrites it whole, in numbered steps:

1. write all keys that stay to `keys.new`, fsync;
2. link the present file as `keys.old`;
3. rename `keys.new` to `keys`, fsync the folder;
4. open `keys` again and compare;
5. overwrite `keys.old`, fsync, unlink it, fsync the folder.

A crash after any step leaves a file with all keys that must live; the next start, or the next try, finishes steps 5 or
1 by removing what is left over. Where the disk refuses a step, because it is full, the law does not wait: the doomed
keys are overwritten where they stand, which needs no room, and the file is rewritten at a later call. What a file vault
can not promise: a copy that somebody took of it opens what was alive then until those periods end, and a flash disk may
keep overwritten blocks. Belongs here: keys and their file. Does not belong here: when a period's time has come
(retention.py).
"""

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.ids import ControllerId
from contract.messages import PERIODS_AHEAD
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, Wraps, unwrap
from controller.files import fsync_folder, make_private_folder, shred

_VIDEO_AHEAD: Final = 32
_KEY_BYTES: Final = 32
_NO_KEY: Final = bytes(_KEY_BYTES)
"""What stands in the file where a key was overwritten."""
_Key = Annotated[bytes, msgspec.Meta(min_length=_KEY_BYTES, max_length=_KEY_BYTES)]


class VaultError(Exception):
    """The vault can not be used; the message says what to do."""


class KeyGoneError(VaultError):
    """The period's key is destroyed, or was never here: nothing opens what was sealed to it."""


class FileVault:
    """The vault as one file, for one controller."""

    def __init__(self, folder: Path, controller: ControllerId, *, look_only: bool = False) -> None:
        """Open or begin the vault in `folder`; `look_only`: change nothing there, for it may be in use.

        Raises VaultError if the file is damaged.
        """
        self._controller = controller
        self._path, self._new, self._old = (folder / name for name in ("keys", "keys.new", "keys.old"))
        if not look_only:
            make_private_folder(folder)
            self._finish_change()
        self._keys = self._read() if self._path.exists() else {}
        self._is_patched = False

    def ensure(self, retention: Retention, now_ns: int) -> bool:
        """Make pairs for the present and coming periods (336 of movement, 32 of video). Returns whether any was new."""
        new = dict(self._keys)
        for kind, ahead in ((Kind.MOVEMENT, PERIODS_AHEAD), (Kind.VIDEO, _VIDEO_AHEAD)):
            period = retention.period_at(kind, now_ns)
            for _ in range(ahead):
                if period not in new:
                    new[period] = secrets.token_bytes(_KEY_BYTES)
                period = period.next()
        if len(new) == len(self._keys):
            return False
        self._rewrite(new)
        return True

    def periods(self) -> list[Period]:
        """Return the periods whose keys are alive, in order."""
        return sorted(self._keys)

    def public_key(self, period: Period) -> bytes:
        """Return the public half (32 bytes). Raises KeyGoneError."""
        return self._private(period).public_key().public_bytes_raw()

    def open(self, wraps: Wraps) -> ContentKey:
        """Return the content key in `wraps`.

        Raises KeyGoneError (destroyed), or contract.sealing's NotWrappedForError and WrapRefusedError.
        """
        private = self._private(wraps.name.period)
        return unwrap(wraps.name, self._controller, wraps.wrap_for(self._controller), private)

    @property
    def is_patched(self) -> bool:
        """Whether the file could not be rewritten and had keys overwritten in place instead."""
        return self._is_patched

    def destroy(self, periods: Iterable[Period]) -> None:
        """Destroy the keys of `periods`, for good; unknown ones are passed over. Also rewrites a patched file.

        Raises OSError only if the disk lets neither the file be rewritten nor the keys be overwritten in place.
        """
        gone = set(periods)
        staying = {period: key for period, key in self._keys.items() if period not in gone}
        if len(staying) < len(self._keys) or self._is_patched:
            self._change(staying)

    def replace(self, period: Period) -> None:
        """Destroy the pair of `period`, if there is one, and make another in its place. Raises OSError as `destroy`."""
        if period in self._keys:
            self._change({**self._keys, period: secrets.token_bytes(_KEY_BYTES)})

    def _change(self, keys: dict[Period, bytes]) -> None:
        """Let the file have `keys`, and no other key of before, whatever the disk refuses."""
        try:
            self._rewrite(keys)
        except OSError:
            other = {key: keys.get(period, _NO_KEY) for period, key in self._keys.items() if keys.get(period) != key}
            for path in (self._path, self._old):
                if path.exists():
                    _overwrite(path, other)
            self._keys = keys
            self._is_patched = True

    def _finish_change(self) -> None:
        if self._new.exists():  # stopped before step 3: the present file is whole
            shred(self._new)
        if not self._old.exists():
            return
        if self._path.samefile(self._old):  # stopped between steps 2 and 3: two names of the present file
            self._old.unlink()
        else:  # stopped before the end of step 5
            shred(self._old)

    def _private(self, period: Period) -> X25519PrivateKey:
        key = self._keys.get(period)
        if key is None:
            raise KeyGoneError(f"no key for the {period.kind} period that starts at {period.start_s}")
        return X25519PrivateKey.from_private_bytes(key)

    def _read(self) -> dict[Period, bytes]:
        try:
            keys = msgspec.msgpack.decode(self._path.read_bytes(), type=list[tuple[Period, _Key]])
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise VaultError(
                f"the vault can not be read ({error}): what was sealed to its keys is lost; "
                "move the folder away to begin a new vault"
            ) from error
        return {period: key for period, key in keys if key != _NO_KEY}

    def _rewrite(self, keys: dict[Period, bytes]) -> None:
        self._finish_change()  # of a try that the disk refused
        data = msgspec.msgpack.encode(sorted(keys.items()))
        descriptor = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:  # step 1
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if self._path.exists():
            os.link(self._path, self._old)  # step 2
        self._new.replace(self._path)  # step 3
        fsync_folder(self._path.parent)
        if self._read() != keys:  # step 4
            raise VaultError("the vault's file does not read back as written: replace the disk")
        if self._old.exists():
            shred(self._old)  # step 5
        self._keys = keys
        self._is_patched = False


def _overwrite(path: Path, other: Mapping[bytes, bytes]) -> None:
    """Put other bytes in the place of some keys in a vault's file, durably. Needs no room on the disk."""
    data = path.read_bytes()
    with path.open("r+b") as file:
        for key, instead in other.items():
            place = data.find(key)
            if place >= 0:
                file.seek(place)
                file.write(instead)
        file.flush()
        os.fsync(file.fileno())
