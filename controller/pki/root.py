"""The site's offline root: two keys on a medium of their own, and the list of controllers that it signed last.

The medium is a folder, on a stick that lies in a safe: it is mounted to make the root, to sign, to revoke or to rescue,
and taken away again; no controller and no gate has it at work. Its files:

- `root.key` (mode 0600): the signing key (Ed25519) and the exchange key (X25519), to which copies are sealed;
- `root.public`: what may be copied, and what a controller is told to believe;
- `controllers.list`: the last signed list.

Belongs here: those files, and what the root does with them. Does not belong here: what stands on a list
(contract/controllers.py), or which list a controller believes (listed.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.controllers import ControllerCard, ControllerList, Key, open_list, sign_list
from contract.ids import ControllerId, SiteId
from contract.messages import VERSION
from contract.sealing import SealingError, open_sealed_to, seal_to
from contract.signing import SignatureError
from controller.files import PUBLIC, make_private_folder, write_atomically

LIST: Final = "controllers.list"
PUBLIC_FILE: Final = "root.public"
_KEY_FILE: Final = "root.key"
REFERENCE_COPY: Final = b"sacs/1/reference-key-copy"
"""Purpose under which the reference key is sealed, to the root or to another controller."""


class RootError(Exception):
    """The root's medium can not be used so; the message says what to do."""


class RootPublic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What everybody may know of the root. `verify_key`: Ed25519."""

    site: SiteId
    verify_key: Key


class _RootKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    site: SiteId
    signing_key: Key
    exchange_key: Key


def read_public(data: bytes) -> RootPublic:
    """Return what a `root.public` file says. Raises RootError."""
    try:
        return msgspec.json.decode(data, type=RootPublic)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RootError(f"not the public file of a root: {error}; copy root.public from the root's medium") from error


@dataclass(frozen=True)
class Root:
    """The root with its keys, for as long as its medium is mounted at `folder`."""

    folder: Path
    site: SiteId
    signer: Ed25519PrivateKey
    exchange: X25519PrivateKey

    @classmethod
    def make(cls, folder: Path, site: SiteId) -> Self:
        """Make the root of `site`, once. Raises RootError if one is there, OSError."""
        if (folder / _KEY_FILE).exists():
            raise RootError(f"{folder} has a root already: take another medium, or keep this one")
        root = cls(folder, site, Ed25519PrivateKey.generate(), X25519PrivateKey.generate())
        keys = _RootKeys(site, root.signer.private_bytes_raw(), root.exchange.private_bytes_raw())
        make_private_folder(folder)
        write_atomically(folder / PUBLIC_FILE, msgspec.json.encode(root.public), PUBLIC)
        write_atomically(folder / _KEY_FILE, msgspec.json.encode(keys))
        return root

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the root's keys from its medium. Raises RootError."""
        try:
            keys = msgspec.json.decode((folder / _KEY_FILE).read_bytes(), type=_RootKeys)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RootError(f"{folder / _KEY_FILE} can not be read ({error}): is the root's medium mounted?") from error
        return cls(
            folder,
            keys.site,
            Ed25519PrivateKey.from_private_bytes(keys.signing_key),
            X25519PrivateKey.from_private_bytes(keys.exchange_key),
        )

    @property
    def public(self) -> RootPublic:
        """What may be told to everybody."""
        return RootPublic(self.site, self.signer.public_key().public_bytes_raw())

    def last(self) -> ControllerList | None:
        """Return the list that was signed last, or None before the first. Raises RootError if it was altered."""
        path = self.folder / LIST
        if not path.exists():
            return None
        try:
            return open_list(path.read_bytes(), self.public.verify_key, self.site)
        except (OSError, SignatureError) as error:
            raise RootError(
                f"{path} is not what this root signed last ({error}): copy it back from a controller's state"
            ) from error

    def enrol(self, cards: Iterable[ControllerCard]) -> ControllerList:
        """Sign a list with `cards` added, each in place of an earlier one of the same controller.

        Raises RootError, also for another controller of a name that is taken; OSError.
        """
        last = self.last()
        by_name = {card.controller: card for card in (last.controllers if last else [])}
        for card in cards:
            if by_name.get(card.controller, card).verify_key != card.verify_key:
                raise RootError(
                    f"another machine is listed as {card.controller!r}: give the new one another name, or remove the "
                    "old one first"
                )
            by_name[card.controller] = card
        return self._sign(list(by_name.values()), last.revoked_gates if last else [])

    def remove(self, controller: ControllerId) -> ControllerList:
        """Sign a list without `controller`. Raises RootError where that is not listed, or alone on it; OSError."""
        last = self._present()
        staying = [card for card in last.controllers if card.controller != controller]
        if len(staying) == len(last.controllers) or not staying:
            names = ", ".join(card.controller for card in last.controllers)
            raise RootError(f"{controller!r} can not be removed from this list: {names}; at least one stays")
        return self._sign(staying, last.revoked_gates)

    def put_first(self, controller: ControllerId) -> ControllerList:
        """Sign a list on which `controller` keeps the reference data. Raises RootError, OSError."""
        last = self._present()
        card = last.card_of(controller)
        if card is None:
            raise RootError(f"{controller!r} is not on the list")
        return self._sign([card, *(other for other in last.controllers if other is not card)], last.revoked_gates)

    def revoke_gate(self, verify_key: bytes) -> ControllerList:
        """Sign a list by which the gate with that key (32 bytes, Ed25519) stays out. Raises RootError, OSError."""
        last = self._present()
        return self._sign(last.controllers, list(dict.fromkeys([*last.revoked_gates, verify_key])))

    def rescue_reference_key(self, sealed: bytes, controller: str) -> bytes:
        """Return the reference key sealed to a listed controller, out of the copy that was sealed to the root.

        Raises RootError for a copy that this root does not open, and for a controller that is not on the list.
        """
        card = self._present().card_of(controller)
        if card is None:
            raise RootError(f"{controller!r} is not on the list")
        try:
            key = open_sealed_to(self.exchange, REFERENCE_COPY, sealed)
        except SealingError as error:
            raise RootError(f"the copy does not open with this root: {error}") from error
        return seal_to(card.exchange_key, REFERENCE_COPY, key)

    def _present(self) -> ControllerList:
        last = self.last()
        if last is None:
            raise RootError("this root has signed no list yet: sign a controller's request first")
        return last

    def _sign(self, cards: list[ControllerCard], revoked: list[bytes]) -> ControllerList:
        last = self.last()
        signed = ControllerList(
            VERSION,
            self.site,
            last.number + 1 if last else 1,
            datetime.now(UTC).isoformat(timespec="seconds"),
            self.exchange.public_key().public_bytes_raw(),
            cards,
            revoked,
        )
        write_atomically(self.folder / LIST, sign_list(signed, self.signer), PUBLIC)
        return signed
