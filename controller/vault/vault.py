"""What every vault does: makes pairs, opens wraps, destroys keys; and how its errors are called.

Belongs here: the keys in memory. Does not belong here: where they lie on disk (file.py, token_vault.py).
"""

import abc
import enum
import secrets
from collections.abc import Iterable, Mapping
from typing import Annotated, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import NS_PER_S
from contract.ids import ControllerId
from contract.messages import PERIODS_AHEAD
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, Wraps, unwrap
from controller.vault.protection import Protection

_VIDEO_AHEAD: Final = 32
_KEY_BYTES: Final = 32
NO_KEY: Final = bytes(_KEY_BYTES)
"""What stands in the place of a key that was overwritten."""
_Key = Annotated[bytes, msgspec.Meta(min_length=_KEY_BYTES, max_length=_KEY_BYTES)]


class VaultError(Exception):
    """The vault can not be used; the message says what to do."""


class KeyGoneError(VaultError):
    """The period's key is destroyed, or was never here: nothing opens what was sealed to it."""


class TokenGoneError(VaultError):
    """The vault's token does not answer, or does not let us in; the message says what to do."""


class VaultFault(enum.StrEnum):
    """What a vault still owes: the kind of alarm that says so. Each call of `destroy` tries again."""

    NOT_REWRITTEN = "vault-not-rewritten"
    TOKEN_GONE = "vault-token-gone"  # noqa: S105  no password


class Vault(abc.ABC):
    """The keys of one controller, in memory as they must be on disk. Belongs to one thread."""

    def __init__(self, controller: ControllerId, keys: Mapping[Period, bytes]) -> None:
        self._controller = controller
        self._keys = dict(keys)
        self._fault: VaultFault | None = None
        self._undestroyed: set[Period] = set()

    @property
    @abc.abstractmethod
    def protection(self) -> Protection:
        """What this vault does and does not prove."""

    def ensure(self, retention: Retention, now_ns: int) -> bool:
        """Make pairs for the present and coming periods (336 of movement, 32 of video). Returns whether any was new.

        Raises OSError or VaultError where the disk or the token refuses: then there is none of the new ones.
        """
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

    def ensure_past(self, retention: Retention, now_ns: int) -> bool:
        """Make pairs of the movement periods that are over and whose time has not come; return whether any was new.

        For a controller that was not there: another one wraps to them what gates sealed then. Raises as `ensure`.
        """
        new = dict(self._keys)
        period = retention.period_at(Kind.MOVEMENT, now_ns)
        while period.start_s >= period.length_s:
            period = Period(period.kind, period.start_s - period.length_s, period.length_s)
            if retention.dies_at_s(period) * NS_PER_S <= now_ns:
                break
            new.setdefault(period, secrets.token_bytes(_KEY_BYTES))
        if len(new) == len(self._keys):
            return False
        self._rewrite(new)
        return True

    def periods(self) -> list[Period]:
        """Return the periods whose keys are alive, in order."""
        return sorted(self._keys)

    def outliving(self) -> list[Period]:
        """Return, in order, the periods whose keys are alive anywhere: those too that are gone from memory alone."""
        return sorted({*self._keys, *self._undestroyed})

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
    def fault(self) -> VaultFault | None:
        """What the last change left undone, if anything."""
        return self._fault

    def destroy(self, periods: Iterable[Period]) -> None:
        """Destroy the keys of `periods`, for good; unknown ones are passed over. Also does what `fault` says is owed.

        From memory they are gone on return, whatever happens; from the disk unless `fault` says otherwise. Raises
        OSError only if a plain file can neither be rewritten nor be overwritten in place.
        """
        gone = set(periods)
        staying = {period: key for period, key in self._keys.items() if period not in gone}
        if len(staying) < len(self._keys) or self._fault is not None:
            self._undestroyed |= self._keys.keys() & gone
            self._change(staying)
            if self._fault is not VaultFault.TOKEN_GONE:
                self._undestroyed.clear()

    def replace(self, period: Period) -> None:
        """Destroy the pair of `period`, if there is one, and make another in its place.

        Raises OSError as `destroy`, and TokenGoneError: then the pair is the one of before.
        """
        if period in self._keys:
            self._exchange({**self._keys, period: secrets.token_bytes(_KEY_BYTES)})

    @abc.abstractmethod
    def _change(self, keys: dict[Period, bytes]) -> None:
        """Let memory and disk have `keys`, and no other key of before, whatever refuses; set `_fault`."""

    def _exchange(self, keys: dict[Period, bytes]) -> None:
        """Let memory and disk have `keys`, of which one takes the place of another."""
        self._change(keys)

    @abc.abstractmethod
    def _rewrite(self, keys: dict[Period, bytes]) -> None:
        """Let the disk, then memory, have `keys`. Raises OSError or VaultError: then nothing has changed."""

    def _private(self, period: Period) -> X25519PrivateKey:
        key = self._keys.get(period)
        if key is None:
            raise KeyGoneError(f"no key for the {period.kind} period that starts at {period.start_s}")
        return X25519PrivateKey.from_private_bytes(key)


def encode_keys(keys: Mapping[Period, bytes]) -> bytes:
    """Return the keys as one packed list, in order."""
    return msgspec.msgpack.encode(sorted(keys.items()))


def decode_keys(data: bytes) -> dict[Period, bytes]:
    """Return what `encode_keys` took. Raises msgspec.DecodeError, UnicodeDecodeError."""
    return dict(msgspec.msgpack.decode(data, type=list[tuple[Period, _Key]]))
