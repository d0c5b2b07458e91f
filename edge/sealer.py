"""Sealing events at their source: a content key for each period, drawn on first use, wrapped to every controller.

A content key lives in memory until its period ends, its controllers change, or their keys do; then another is drawn. It
is dropped at the end of its period by the clock, whether anybody passes then or not.
Nothing here can open what it sealed once the key is dropped.

Belongs here: which content key seals what. Does not belong here: the cryptography (contract/sealing.py).
"""

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.clock import NS_PER_S
from contract.ids import ControllerId, EdgeId, Epoch
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from edge.ring_file import RecordKind, SealedKey, SealedRecord


class NoPeriodKeyError(Exception):
    """No controller has published a key for this period (yet)."""

    def __init__(self, period: Period) -> None:
        super().__init__(f"no key for the period from {period.start_s}")
        self.period = period


class Sealer:
    """Seals the events of one run of a gate. `publics` returns the controllers' public keys of a period."""

    def __init__(
        self,
        edge: EdgeId,
        epoch: Epoch,
        signer: Ed25519PrivateKey,
        retention: Retention,
        publics: Callable[[Period], Mapping[ControllerId, bytes]],
    ) -> None:
        self._edge = edge
        self._epoch = epoch
        self._signer = signer
        self._retention = retention
        self._publics = publics
        self._period: Period | None = None
        self._sealed_to: Mapping[ControllerId, bytes] = {}
        self._key: tuple[ContentKey, SealedKey] | None = None

    def period_at(self, at_ns: int) -> Period:
        """Return the movement period of `at_ns` (ns since 1970-01-01 UTC)."""
        return self._retention.period_at(Kind.MOVEMENT, at_ns)

    def dies_at_ns(self, at_ns: int) -> int:
        """Return when the key of a record of `at_ns` dies; both in ns since 1970-01-01 UTC."""
        return self._retention.dies_at_s(self.period_at(at_ns)) * NS_PER_S

    def forget(self, now_ns: int) -> None:
        """Drop the content key of a period that is over at `now_ns`: nobody at the gate shall open its records then."""
        if self._period is not None and self._period.end_s * NS_PER_S <= now_ns:
            self._period, self._key, self._sealed_to = None, None, {}

    def seal(self, number: int, kind: RecordKind, plaintext: bytes, at_ns: int) -> SealedRecord:
        """Seal an encoded event whose earliest instant is `at_ns`. Raises NoPeriodKeyError."""
        content_key, sealed_key = self._key_of(self.period_at(at_ns))
        return SealedRecord(number, kind, sealed_key, content_key.seal(number, plaintext))

    def _key_of(self, period: Period) -> tuple[ContentKey, SealedKey]:
        publics = self._publics(period)
        if not publics:
            raise NoPeriodKeyError(period)
        if self._key is None or period != self._period or publics != self._sealed_to:
            key = ContentKey.draw(KeyName(self._edge, self._epoch, period))
            wraps = key.wrap(publics, self._signer)
            self._key = key, SealedKey(wraps, self._retention.dies_at_s(period))
            self._period, self._sealed_to = period, publics
        return self._key
