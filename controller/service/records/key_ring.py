"""Content keys that are open now: each unwrapped once, checked against its gate's signature, dropped with its period.

Beside those of gates it draws keys of the controller's own, for records of a gate whose time does not fit the key that
they came with (ADR 0021): they lie in this controller's store alone, and what is under them counts as doubtful. What a
gate sealed before it knew this controller, another controller wraps to it again (ADR 0028); in our store such a key
stands as we wrapped it to ourselves, so that it opens without the other one.

Belongs here: the cache, and whose signature counts where. Does not belong here: private keys (vault/), or which record
is put under another key (ingest.py).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import (
    BadWrapsError,
    ContentKey,
    KeyName,
    NotWrappedForError,
    SealedBy,
    WrapRefusedError,
    Wraps,
    decode_wraps,
)
from contract.signing import BadSignatureError, UnknownSignerError
from controller.vault import KeyGoneError, Vault

_MOST_MISSING: Final = 4096
"""Most content keys that may wait for another controller's help; gates send again what is under the others."""


class ForeignSourceError(Exception):
    """A gate sent records of another gate, of a controller's own sealing, or of another kind than movement."""


class ExpiredError(Exception):
    """The records' period is over: nothing opens them any more. `name` says whose and when."""

    def __init__(self, name: KeyName) -> None:
        super().__init__(f"records of {name.edge} of the period that starts at {name.period.start_s} have expired")
        self.name = name


class PairReplacedError(Exception):
    """Records are sealed to a pair that was replaced by another one: nothing opens them. `name` says whose and when."""

    def __init__(self, name: KeyName) -> None:
        super().__init__(f"{name.edge} sealed to a pair that was replaced, of {name.period.start_s}")
        self.name = name


class KeyRing:
    """Opens wraps through the vault and remembers the content keys."""

    def __init__(
        self,
        vault: Vault,
        gates: Mapping[str, Ed25519PublicKey],
        controller: ControllerId,
        signer: Ed25519PrivateKey,
        replaced: Iterable[Period] = (),
    ) -> None:
        """`gates`: signing keys of the enrolled gates; the mapping may grow. `signer`: of the controller itself.

        `replaced`: periods of which a pair was replaced by another one.
        """
        self._vault: Final = vault
        self._gates: Final = gates
        self._controller: Final = controller
        self._signer: Final = signer
        self._replaced: Final = set(replaced)
        self._open: dict[bytes, ContentKey] = {}
        self._own: dict[KeyName, bytes] = {}
        self._learned: dict[bytes, bytes] = {}
        self.missing: Final[dict[bytes, EdgeId]] = {}
        """Wraps of enrolled gates that this controller can not open, and whose: another controller may help."""

    def open(self, wraps: bytes, sender: str | None = None) -> ContentKey:
        """Return the content key in encoded wraps; `sender` is the gate whose topic brought them, None: our own store.

        Raises ExpiredError, PairReplacedError, ForeignSourceError, contract.signing.SignatureError,
        contract.sealing.SealingError.
        """
        wraps = self._learned.get(wraps, wraps)
        key = self._open.get(wraps)
        if key is None:
            key = self._open[wraps] = self._unwrap(wraps, sender)
        _check_sender(key.name, sender)
        if sender is not None and self.is_own(wraps):
            raise ForeignSourceError(f"{sender} sent what a controller sealed for itself")
        return key

    def kept_as(self, wraps: bytes) -> bytes:
        """Return the wraps under which records of that content key are stored here: what opens with our own vault."""
        return self._learned.get(wraps, wraps)

    def rewrapped(self, wraps: bytes, controller: ControllerId, publics: Mapping[Period, bytes]) -> bytes:
        """Return a gate's content key wrapped to another controller. `publics`: that one's public keys.

        Raises as `open`, so for a period whose key is dead; KeyError for a period of which `publics` has none.
        """
        key = self.open(wraps, decode_wraps(wraps).name.edge)
        return key.wrap({controller: publics[key.name.period]}, self._signer, SealedBy.PEER)

    def rewrapped_kept(self, wraps: bytes, controller: ControllerId, publics: Mapping[Period, bytes]) -> bytes:
        """As `rewrapped`, of a content key as it stands in our own store."""
        key = self.open(wraps)
        return key.wrap({controller: publics[key.name.period]}, self._signer, SealedBy.PEER)

    def learn(self, wraps: bytes, rewrapped: bytes, peer: Ed25519PublicKey) -> None:
        """Take a content key that a gate did not wrap to a pair of ours, as another controller has wrapped it to us.

        `peer`: the key with which that one signs. Raises ExpiredError, contract.signing.SignatureError,
        contract.sealing.SealingError.
        """
        original = decode_wraps(wraps)
        self._check_signature(original, original.name.edge)
        self.learn_kept(wraps, rewrapped, peer)

    def learn_kept(self, wraps: bytes, rewrapped: bytes, peer: Ed25519PublicKey) -> None:
        """As `learn`, of a content key whose first wraps are nowhere: `wraps` are those in the other one's store.

        The other controller alone vouches for it: for officers' marks, which it could make as well.
        """
        ours = decode_wraps(rewrapped)
        ours.check(peer, SealedBy.PEER)
        if ours.name != decode_wraps(wraps).name:
            raise BadWrapsError("another controller wrapped another key than it was asked for")
        try:
            key = self._vault.open(ours)
            public = self._vault.public_key(ours.name.period)
        except KeyGoneError:
            raise ExpiredError(ours.name) from None
        kept = key.wrap({self._controller: public}, self._signer, SealedBy.PEER)
        self._open[kept] = key
        self._learned[wraps] = kept
        self.missing.pop(wraps, None)

    def is_own(self, wraps: bytes) -> bool:
        """Tell whether these wraps, which are open, are of the controller's own sealing."""
        return self._own.get(self._open[wraps].name) == wraps

    def own(self, edge: EdgeId, epoch: Epoch, period: Period) -> tuple[bytes, ContentKey]:
        """Return wraps and content key under which the controller itself seals records of that source and period.

        Raises ExpiredError where the period's key is dead, or never was.
        """
        name = KeyName(edge, epoch, period)
        wraps = self._own.get(name)
        if wraps is None:
            try:
                public = self._vault.public_key(period)
            except KeyGoneError:
                raise ExpiredError(name) from None
            key = ContentKey.draw(name)
            wraps = self._own[name] = key.wrap({self._controller: public}, self._signer, SealedBy.CONTROLLER)
            self._open[wraps] = key
        return wraps, self._open[wraps]

    def wraps_of(self, edge: EdgeId, epoch: Epoch, period_s: int) -> tuple[bytes, ContentKey]:
        """Return a content key of that source and period that is open now, with its wraps. Raises KeyError."""
        for wraps, key in self._open.items():
            name = key.name
            if name.period.start_s == period_s and name.edge == edge and name.epoch == epoch:
                return wraps, key
        raise KeyError((edge, epoch, period_s))

    def drop(self, periods: set[Period]) -> None:
        """Forget the content keys of `periods`."""
        self._open = {wraps: key for wraps, key in self._open.items() if key.name.period not in periods}
        self._own = {name: wraps for name, wraps in self._own.items() if name.period not in periods}
        self._learned = {wraps: kept for wraps, kept in self._learned.items() if kept in self._open}
        for wraps in [wraps for wraps in self.missing if decode_wraps(wraps).name.period in periods]:
            del self.missing[wraps]

    def replace(self, period: Period) -> None:
        """Have another pair made in the place of that of `period`: what was sealed to it opens no more.

        Raises OSError or controller.vault.VaultError where the disk refuses.
        """
        self.drop({period})
        self._vault.replace(period)
        self._replaced.add(period)

    def forget(self, start_s: int) -> None:
        """Forget that pairs of periods up to the one that starts at `start_s` were replaced: their time is over."""
        self._replaced.difference_update([period for period in self._replaced if period.start_s <= start_s])

    def _unwrap(self, encoded: bytes, sender: str | None) -> ContentKey:
        wraps = decode_wraps(encoded)
        _check_sender(wraps.name, sender)
        is_own = self._check_signature(wraps, sender)
        try:
            key = self._vault.open(wraps)
        except KeyGoneError:
            raise ExpiredError(wraps.name) from None
        except NotWrappedForError:
            self._miss(encoded, wraps.name)
            raise
        except WrapRefusedError:
            if wraps.name.period in self._replaced:
                raise PairReplacedError(wraps.name) from None
            self._miss(encoded, wraps.name)  # its gate signed it, so it is whole: our pair of that time is lost
            raise
        if is_own:
            self._own[wraps.name] = encoded
        return key

    def _miss(self, encoded: bytes, name: KeyName) -> None:
        if len(self.missing) < _MOST_MISSING:
            self.missing[encoded] = name.edge

    def _check_signature(self, wraps: Wraps, sender: str | None) -> bool:
        """Raise SignatureError unless the gate signed these wraps; return True if we did, in our own store."""
        is_mark = wraps.name.edge == EdgeId(self._controller)  # of an officer: this controller is its source (marks.py)
        signer = self._signer.public_key() if is_mark else self._gates.get(wraps.name.edge)
        if signer is None:
            raise UnknownSignerError(f"{wraps.name.edge!r} is not enrolled here")
        try:
            wraps.check(signer)
        except BadSignatureError:
            if sender is not None:
                raise
        else:
            return False
        try:
            wraps.check(self._signer.public_key(), SealedBy.CONTROLLER)
        except BadSignatureError:
            wraps.check(self._signer.public_key(), SealedBy.PEER)
            return False
        return True


def _check_sender(name: KeyName, sender: str | None) -> None:
    if sender is not None and name.edge != sender:
        raise ForeignSourceError(f"{sender} sent records of {name.edge}")
    if name.period.kind is not Kind.MOVEMENT:
        raise ForeignSourceError(f"{name.edge} sent {name.period.kind} as events")
