"""Gates as the controller sees them: their keys, and what they seal. For tests below the wire."""

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contract.clock import NS_PER_S
from contract.events import AnyEvent, encode_event
from contract.ids import ControllerId, EdgeId, Epoch
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind, Period, Retention
from contract.sealing import ContentKey, KeyName
from controller.vault import FileVault

MAIN = ControllerId("main")
GATE_SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def signer_of(edge: str) -> Ed25519PrivateKey:
    """A gate's signing key; the same for the same name."""
    return Ed25519PrivateKey.from_private_bytes(sha256(edge.encode()).digest())


def verify_keys(*edges: str) -> dict[str, Ed25519PublicKey]:
    """What the controller knows of these gates."""
    return {edge: signer_of(edge).public_key() for edge in edges}


@dataclass
class Source:
    """One run of one gate, that seals to the public keys of one vault."""

    edge: EdgeId
    epoch: Epoch
    vault: FileVault
    retention: Retention
    keys: dict[Period, tuple[bytes, ContentKey]] = field(default_factory=dict)

    def key_of(self, period: Period) -> tuple[bytes, ContentKey]:
        """The content key of a period with its encoded wraps, drawn once."""
        if period not in self.keys:
            key = ContentKey.draw(KeyName(self.edge, self.epoch, period))
            self.keys[period] = key.wrap({MAIN: self.vault.public_key(period)}, signer_of(self.edge)), key
        return self.keys[period]

    def batch(self, records: dict[int, AnyEvent], period: Period | None = None) -> bytes:
        """One message with these events, sealed under the period of the first one."""
        occurred_ns = min((event.occurred_ns for event in records.values()), default=0)
        wraps, key = self.key_of(period or self.retention.period_at(Kind.MOVEMENT, occurred_ns))
        sealed = [(number, key.seal(number, encode_event(event))) for number, event in records.items()]
        return encode(SealedBatch(VERSION, wraps, sealed))


def at_ns(seconds: float) -> int:
    """Nanoseconds of a time given in seconds."""
    return round(seconds * NS_PER_S)
