"""Content keys that are open now: each unwrapped once, checked against its gate's signature, dropped with its period.

Belongs here: the cache. Does not belong here: private keys (vault.py).
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from contract.ids import EdgeId, Epoch
from contract.periods import Kind, Period
from contract.sealing import ContentKey, KeyName, WrapRefusedError, decode_wraps
from contract.signing import UnknownSignerError
from controller.vault import KeyGoneError, Vault


class ForeignSourceError(Exception):
    """A gate sent records of another gate, or of another kind than movement."""


class ExpiredError(Exception):
    """The records' period is over: nothing opens them any more. `name` says whose and when."""

    def __init__(self, name: KeyName) -> None:
        super().__init__(f"records of {name.edge} of the period that starts at {name.period.start_s} have expired")
        self.name = name


class ClockAheadError(Exception):
    """Records are sealed to a period that has not begun: `name` says whose and which.

    `opens`: whether the pair of that period still opens them, so that it must be replaced.
    """

    def __init__(self, name: KeyName, *, opens: bool) -> None:
        super().__init__(f"{name.edge} has sealed to the period that starts at {name.period.start_s}")
        self.name = name
        self.opens = opens


class KeyRing:
    """Opens wraps through the vault and remembers the content keys."""

    def __init__(self, vault: Vault, gates: Mapping[str, Ed25519PublicKey]) -> None:
        """`gates`: signing keys of the enrolled gates; the mapping may grow."""
        self._vault = vault
        self._gates = gates
        self._open: dict[bytes, ContentKey] = {}

    def open(self, wraps: bytes, sender: str | None = None, latest_start_s: int | None = None) -> ContentKey:
        """Return the content key in encoded wraps; `sender` is the gate whose topic brought them.

        `latest_start_s`: the last second (since 1970-01-01 UTC) at which their period may begin; None for any.
        Raises ExpiredError, ClockAheadError, ForeignSourceError, contract.signing.SignatureError,
        contract.sealing.SealingError.
        """
        key = self._open.get(wraps)
        if key is None:
            key = self._open[wraps] = self._unwrap(wraps, sender, latest_start_s)
        _check_sender(key.name, sender)
        return key

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

    def renew(self, period: Period) -> None:
        """Have another pair made in the place of that of `period`: what was sealed to it opens no more.

        Raises OSError or controller.vault.VaultError where the disk refuses.
        """
        self.drop({period})
        self._vault.replace(period)

    def _unwrap(self, encoded: bytes, sender: str | None, latest_start_s: int | None) -> ContentKey:
        wraps = decode_wraps(encoded)
        _check_sender(wraps.name, sender)
        signer = self._gates.get(wraps.name.edge)
        if signer is None:
            raise UnknownSignerError(f"{wraps.name.edge!r} is not enrolled here")
        wraps.check(signer)
        is_ahead = latest_start_s is not None and wraps.name.period.start_s > latest_start_s
        try:
            key = self._vault.open(wraps)
        except KeyGoneError:
            raise ExpiredError(wraps.name) from None
        except WrapRefusedError:
            if is_ahead:  # the pair was replaced already
                raise ClockAheadError(wraps.name, opens=False) from None
            raise
        if is_ahead:
            raise ClockAheadError(wraps.name, opens=True)
        return key


def _check_sender(name: KeyName, sender: str | None) -> None:
    if sender is not None and name.edge != sender:
        raise ForeignSourceError(f"{sender} sent records of {name.edge}")
    if name.period.kind is not Kind.MOVEMENT:
        raise ForeignSourceError(f"{name.edge} sent {name.period.kind} as events")
