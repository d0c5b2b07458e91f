"""What several tests of the gate need: a site of one gate, a controller's keys, devices that remember."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contract.clock import NS_PER_S
from contract.controllers import ControllerCard, ControllerList, sign_list
from contract.enrolment import Enrolment
from contract.events import AnyEvent, decode_event
from contract.ids import AccessPointId, ControllerId, EdgeId, HolderId, PassId, PortalId, ReaderId, SiteId
from contract.messages import VERSION, PeriodKeys
from contract.periods import Kind, Period, Retention
from contract.policy import VERSION as POLICY_VERSION
from contract.policy import AccessLevel, PolicyHeader, PolicyRow, new_digest_key, pack, seal_policy
from contract.sealing import ContentKey, decode_wraps, unwrap
from contract.signing import sign
from contract.site import AntiPassback, Site, parse_site
from drivers.ports import EventSink, Indication
from edge.ring_file import RecordKind, StoredRecord

NOON_NS = 1_800_000_000 * NS_PER_S
EDGE, MAIN = EdgeId("north"), ControllerId("main")
ANN, BOB = HolderId("0a" * 12), HolderId("0b" * 12)
ANN_CARD, ANN_TAG, BOB_CARD = "h10301:1:1", "em4100:0f0184f07b", "em4100:0f0184f07a"
SITE = """
[[area]]
id = "hall"
[[access_point]]
id = "in"
from = "outside"
to = "hall"
[[access_point]]
id = "out"
from = "hall"
to = "outside"
[[gate]]
id = "north"
[[gate.reader]]
id = "north-in"
kind = "osdp"
access_point = "in"
device = "bus"
[[gate.reader]]
id = "north-out"
kind = "serial"
access_point = "out"
device = "line"
[[gate.portal]]
id = "door"
hardware = "north-in"
access_points = ["in", "out"]
unlock_ms = 100
held_after_ms = 300
"""


def site() -> Site:
    """A site with one gate: an entry and an exit through one door with a contact."""
    return parse_site(SITE)


class PlayedController:
    """The keys of a controller, and what it does with sealed records."""

    def __init__(self, name: ControllerId = MAIN, retention: Retention | None = None) -> None:
        self.name = name
        self.retention = retention or Retention()
        self.signer = Ed25519PrivateKey.generate()
        self.authority_pem = ""
        self.privates: dict[Period, X25519PrivateKey] = {}
        self.issued_ns = NOON_NS

    def card(self, broker_port: int = 1, policy_port: int = 1) -> ControllerCard:
        """How a gate knows this controller."""
        verify_key = self.signer.public_key().public_bytes_raw()
        return ControllerCard(
            self.name, verify_key, bytes(32), self.authority_pem, "127.0.0.1", broker_port, "127.0.0.1", policy_port
        )

    def publish(self, from_ns: int = NOON_NS, periods: int = 3) -> bytes:
        """A signed PeriodKeys message with keys from `from_ns` on; those that are known stay."""
        keys: list[tuple[Period, bytes]] = []
        for kind in Kind:
            period = self.retention.period_at(kind, from_ns)
            for _ in range(periods):
                private = self.privates.setdefault(period, X25519PrivateKey.generate())
                keys.append((period, private.public_key().public_bytes_raw()))
                period = period.next()
        self.issued_ns += 1
        return sign(PeriodKeys(VERSION, self.name, self.issued_ns, keys), self.name, self.signer)

    def open_key(self, encoded_wraps: bytes, enrolment: Enrolment) -> ContentKey:
        """Check wraps and open the content key."""
        wraps = decode_wraps(encoded_wraps)
        wraps.check(enrolment.signer().public_key())
        return unwrap(wraps.name, self.name, wraps.wrap_for(self.name), self.privates[wraps.name.period])

    def open(self, records: Iterable[StoredRecord], enrolment: Enrolment) -> list[AnyEvent]:
        """Open records of a ring."""
        return [decode_event(self.open_key(r.wraps, enrolment).open(r.number, r.body)) for r in records]

    def policy(
        self,
        enrolment: Enrolment,
        version: int = 1,
        anti_passback: AntiPassback = AntiPassback.OFF,
        extra_rows: int = 0,
    ) -> bytes:
        """A sealed policy in which Ann may pass in and out, and Bob only out."""
        levels = [AccessLevel(frozenset(point.id for point in site().access_point)), AccessLevel(frozenset({"out"}))]  # type: ignore[arg-type]
        header = PolicyHeader(
            POLICY_VERSION, EDGE, version, 0, 4_000_000_000, "Europe/Vienna", anti_passback, levels, new_digest_key()
        )
        rows = [
            (ANN_CARD, PolicyRow(ANN, PassId("1a" * 12), 0)),
            (ANN_TAG, PolicyRow(ANN, PassId("1c" * 12), 0)),
            (BOB_CARD, PolicyRow(BOB, PassId("1b" * 12), 1)),
            *((f"extra:{n}", PolicyRow(BOB, PassId("1b" * 12), 1)) for n in range(extra_rows)),
        ]
        gate_key = enrolment.policy_private().public_key().public_bytes_raw()
        return seal_policy(pack(header, rows), EDGE, gate_key, self.name, self.signer)


ROOT = Ed25519PrivateKey.generate()
"""The root of the site of these tests."""


def listed(controllers: Iterable[ControllerCard], number: int = 1) -> bytes:
    """A list of controllers, signed by the root."""
    signed_at = "2026-11-21T12:00:00+00:00"
    return sign_list(ControllerList(VERSION, SiteId("site"), number, signed_at, bytes(32), list(controllers)), ROOT)


def enrol(controllers: Iterable[ControllerCard], certificate_pem: str = "", key_pem: str = "") -> Enrolment:
    """The enrolment of the gate `north`."""
    return Enrolment(
        SiteId("site"),
        EDGE,
        Ed25519PrivateKey.generate().private_bytes_raw(),
        X25519PrivateKey.generate().private_bytes_raw(),
        certificate_pem,
        key_pem,
        ROOT.public_key().public_bytes_raw(),
        listed(controllers),
    )


@dataclass
class RememberingReader:
    """A reader that remembers what it was told to show."""

    id: ReaderId
    shown: list[Indication] = field(default_factory=list)

    async def run(self, sink: EventSink) -> None:
        """Never called: tests feed the gate themselves."""
        raise NotImplementedError

    def indicate(self, indication: Indication) -> None:
        """See drivers.ports.Reader."""
        self.shown.append(indication)


@dataclass
class RememberingPortal:
    """A strike that remembers; `is_online` tells whether it takes commands."""

    id: PortalId
    unlocked_ms: list[int] = field(default_factory=list)
    is_online: bool = True

    def unlock(self, duration_ms: int, access_point: AccessPointId | None = None) -> bool:
        """See drivers.ports.PortalHardware."""
        self.unlocked_ms.append(duration_ms)
        return self.is_online

    def lock(self) -> bool:
        """See drivers.ports.PortalHardware."""
        return self.is_online


EVENT, SNAPSHOT = RecordKind.EVENT, RecordKind.SNAPSHOT
