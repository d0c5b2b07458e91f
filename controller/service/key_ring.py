"""Content keys that are open now: each unwrapped once, checked against its gate's signature, dropped with its period.

Beside those of gates it draws keys of the controller's own, for records of a gate whose time does not fit the key that
they came with (ADR 0021): they lie in this controller's store alone, and what is under them counts as doubtful. Belongs
here: the cache, and whose signature counts where. Does not belong here: private keys (vault/), or which record is put
under another key (ingest.py).
"""

from collections.abc import Iterable, Mapping
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import ContentKey, KeyName, SealedBy, WrapRefusedError, Wraps, decode_wraps
from contract.signing import BadSignatureError, UnknownSignerError
from controller.vault import KeyGoneError, Vault


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

    def open(self, wraps: bytes, sender: str | None = None) -> ContentKey:
        """Return the content key in encoded wraps; `sender` is the gate whose topic brought them, None: our own store.

        Raises ExpiredError, PairReplacedError, ForeignSourceError, contract.signing.SignatureError,
        contract.sealing.SealingError.
        """
        key = self._open.get(wraps)
        if key is None:
            key = self._open[wraps] = self._unwrap(wraps, sender)
        _check_sender(key.name, sender)
        if sender is not None and self.is_own(wraps):
            raise ForeignSourceError(f"{sender} sent what a controller sealed for itself")
        return key

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
        except WrapRefusedError:
            if wraps.name.period in self._replaced:
                raise PairReplacedError(wraps.name) from None
            raise
        if is_own:
            self._own[wraps.name] = encoded
        return key

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
            wraps.check(self._signer.public_key(), SealedBy.CONTROLLER)
            return True
        return False


def _check_sender(name: KeyName, sender: str | None) -> None:
    if sender is not None and name.edge != sender:
        raise ForeignSourceError(f"{sender} sent records of {name.edge}")
    if name.period.kind is not Kind.MOVEMENT:
        raise ForeignSourceError(f"{name.edge} sent {name.period.kind} as events")
