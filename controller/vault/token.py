"""A token by PKCS#11: keys that never leave it, each made, used and destroyed there.

Data does not pass through the token, which may be slow: it is sealed with AES-256-GCM under a key that is drawn for
it, and only those 32 bytes go through the token, by AES-CBC of two blocks: the one mechanism that security modules,
TPMs and SoftHSM have in common. Whatever was changed or is under another key does not authenticate. Each act has a
session of its own, so that a token that was away is used again as soon as it is back.

Belongs here: PKCS#11. Does not belong here: what is sealed, or which key must die.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import msgspec
import pkcs11
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pkcs11 import Attribute, KeyType, Mechanism, MechanismFlag, ObjectClass, SlotFlag
from pkcs11.exceptions import NoSuchKey, PinIncorrect, PinLenRange, PinLocked, PKCS11Error

from controller.vault.opening import TokenSettings
from controller.vault.vault import TokenGoneError

_KEY_BITS: Final = 256
_KEY_BYTES: Final = _KEY_BITS // 8
_ID_BYTES: Final = 16
_IV_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_WRONG_PIN: Final = (PinIncorrect, PinLocked, PinLenRange)
T = TypeVar("T")


class NotOpenedError(Exception):
    """What was sealed is damaged, or the token's key for it is destroyed."""


class _Sealed(msgspec.Struct, frozen=True, array_like=True):
    """Something sealed: the token's key by its id, the drawn key under it, and the data under that."""

    key_id: bytes
    iv: bytes
    wrapped: bytes
    nonce: bytes
    data: bytes


class Token:
    """One token, by its label. Use it from one thread."""

    def __init__(self, settings: TokenSettings) -> None:
        """Load the module and log in once. Raises TokenGoneError: no module, no such token, wrong PIN."""
        self._settings = settings
        self._is_pin_refused = False
        token = self._try(lambda session: session.token)
        self.device = f"{token.manufacturer_id} {token.model}".strip()
        self.is_hardware = bool(token.slot.flags & SlotFlag.HW_SLOT)

    def key_ids(self, label: str) -> set[bytes]:
        """Return the ids of the keys with that label. Raises TokenGoneError, as all calls here."""
        return self._try(lambda session: {bytes(key.id) for key in _keys(session, label)})

    def make_key(self, label: str) -> bytes:
        """Make a key that never leaves the token; return its id."""
        key_id = secrets.token_bytes(_ID_BYTES)
        self._try(lambda _: None)  # finds a token that is back; what makes a key is never done twice
        self._try(
            lambda session: session.generate_key(
                KeyType.AES,
                _KEY_BITS,
                id=key_id,
                label=label,
                store=True,
                capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            ),
            again=False,
        )
        return key_id

    def destroy_keys(self, label: str, *, but: bytes | None = None) -> None:
        """Destroy all keys with that label, but the one with that id."""

        def destroy(session: pkcs11.Session) -> None:
            for key in [key for key in _keys(session, label) if bytes(key.id) != but]:
                key.destroy()

        self._try(destroy)

    def seal(self, key_id: bytes, data: bytes, context: bytes) -> bytes:
        """Seal `data` under a key of the token; `context` must be said again to open it."""
        drawn, iv, nonce = (secrets.token_bytes(size) for size in (_KEY_BYTES, _IV_BYTES, _NONCE_BYTES))
        wrapped = self._try(lambda session: _wrapped(session, key_id, drawn, iv))
        sealed = AESGCM(drawn).encrypt(nonce, data, key_id + context)
        return msgspec.msgpack.encode(_Sealed(key_id, iv, wrapped, nonce, sealed))

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Return what was sealed. Raises NotOpenedError: damaged, or its key is not (or no more) on this token."""
        parts = _parts(sealed)
        drawn = self._try(lambda session: _drawn(session, parts))
        if drawn is None:
            raise NotOpenedError("its key is not on this token")
        try:
            return AESGCM(drawn).decrypt(parts.nonce, parts.data, parts.key_id + context)
        except (InvalidTag, ValueError) as error:
            raise NotOpenedError("damaged") from error

    def _try(self, act: Callable[[pkcs11.Session], T], *, again: bool = True) -> T:
        """Do `act` in a session of its own; once more with the module begun anew, for the token may have been away."""
        if self._is_pin_refused:  # each wrong PIN more could lock the token for good
            raise TokenGoneError(f"the token {self._settings.label!r} refused its PIN: put the right one, start again")
        try:
            with self._session() as session:
                return act(session)
        except _WRONG_PIN as error:
            self._is_pin_refused = True
            raise TokenGoneError(
                f"the token {self._settings.label!r} refuses its PIN ({type(error).__name__}): put the right one into "
                "the PIN's file; another wrong one may lock the token"
            ) from error
        except (PKCS11Error, OSError) as error:
            if again:
                self._begin_anew()
                return self._try(act, again=False)
            raise TokenGoneError(
                f"the token {self._settings.label!r} does not answer ({type(error).__name__}: {error}): is it plugged "
                f"in, is its label right, and does the module {self._settings.module} belong to it?"
            ) from error

    @contextmanager
    def _session(self) -> Iterator[pkcs11.Session]:
        token = pkcs11.lib(str(self._settings.module)).get_token(token_label=self._settings.label)
        with token.open(rw=True, user_pin=self._settings.pin) as session:
            yield session

    def _begin_anew(self) -> None:
        """Let the module look for its tokens again."""
        try:
            pkcs11.lib(str(self._settings.module)).reinitialize()
        except PKCS11Error:
            pkcs11.unload(str(self._settings.module))


def key_of(sealed: bytes) -> bytes:
    """Return the id of the token's key under which something is sealed. Raises NotOpenedError: nothing of ours."""
    return _parts(sealed).key_id


def _parts(sealed: bytes) -> _Sealed:
    try:
        return msgspec.msgpack.decode(sealed, type=_Sealed)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotOpenedError("not sealed by a token") from error


def _keys(session: pkcs11.Session, label: str) -> list[pkcs11.SecretKey]:
    found = session.get_objects({Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label})
    return [each for each in found if isinstance(each, pkcs11.SecretKey)]


def _wrapped(session: pkcs11.Session, key_id: bytes, drawn: bytes, iv: bytes) -> bytes:
    key = session.get_key(object_class=ObjectClass.SECRET_KEY, id=key_id)
    if not isinstance(key, pkcs11.EncryptMixin):
        raise PKCS11Error("its key may not encrypt")
    return bytes(key.encrypt(drawn, mechanism=Mechanism.AES_CBC, mechanism_param=iv))  # type: ignore[arg-type]


def _drawn(session: pkcs11.Session, parts: _Sealed) -> bytes | None:
    """Return the drawn key, or None if the token has no key with that id."""
    try:
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, id=parts.key_id)
    except NoSuchKey:
        return None
    if not isinstance(key, pkcs11.DecryptMixin):
        raise PKCS11Error("its key may not decrypt")
    return bytes(key.decrypt(parts.wrapped, mechanism=Mechanism.AES_CBC, mechanism_param=parts.iv))  # type: ignore[arg-type]
