"""A controller for benchmarks: assembled as in the product, with gates whose records are sealed beforehand.

Belongs here: what several benchmarks need. Does not belong here: measuring.
"""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contract.client_id import client_id
from contract.clock import Clock
from contract.enrolment import Enrolment, decode_enrolment
from contract.events import AccessGranted, encode_event
from contract.ids import ControllerId, EdgeId, Epoch, HolderId, PassId, new_epoch
from contract.messages import VERSION, SealedBatch, encode
from contract.periods import Kind
from contract.sealing import ContentKey, KeyName
from contract.site import Site, parse_site
from controller.composition.assembly import Assembly, Settings
from controller.composition.ceremony import enrol

CONTROLLER = ControllerId("main")


def bench_site(gates: int) -> Site:
    """Return a site of one area with that many gates, each with one way in and one way out."""
    lines = [
        f'[[access_point]]\nid = "in-{n}"\nfrom = "outside"\nto = "inside"\n'
        f'[[access_point]]\nid = "out-{n}"\nfrom = "inside"\nto = "outside"\n'
        f'[[gate]]\nid = "gate-{n}"\n'
        for n in range(gates)
    ]
    return parse_site('[site]\nid = "bench"\n[[area]]\nid = "inside"\n' + "".join(lines))


def client_tls(folder: Path) -> ssl.SSLContext:
    """Return a gate's side of mutual TLS from what `BenchGate.write_tls` wrote."""
    context = ssl.create_default_context(cafile=folder / "authority.pem")
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


def bench_settings(site: Site, folder: Path, broker: str | None = None) -> Settings:
    """Return settings with state and vault below `folder`, of a controller that is enrolled."""
    settings = Settings(site, CONTROLLER, folder / "state", folder / "vault", broker)
    enrol(folder / "root", settings)
    return settings


@dataclass
class BenchGate:
    """A gate of the bench: its enrolment, and a key under which it seals."""

    number: int
    enrolment: Enrolment
    epoch: Epoch
    key: ContentKey
    wraps: bytes
    clock: Clock
    sealed: int = 0

    @classmethod
    def of(cls, assembly: Assembly, number: int) -> "BenchGate":
        """Take gate `number` of the bench site, and seal to the present period."""
        edge = EdgeId(f"gate-{number}")
        enrolment = decode_enrolment((assembly.enrolments_folder / f"{edge}.enrolment").read_bytes())
        clock = assembly.truth.clock
        period = assembly.truth.site.retention.period_at(Kind.MOVEMENT, clock.now_ns())
        epoch = new_epoch()
        key = ContentKey.draw(KeyName(edge, epoch, period))
        wraps = key.wrap({CONTROLLER: assembly.truth.vault.public_key(period)}, enrolment.signer())
        return cls(number, enrolment, epoch, key, wraps, clock)

    def batches(self, events: int, per_message: int) -> Iterator[bytes]:
        """Yield messages with that many sealed events in all: a holder in, then out, and so on."""
        while events > 0:
            count = min(per_message, events)
            records = []
            for _ in range(count):
                self.sealed += 1
                records.append((self.sealed, self.key.seal(self.sealed, self._event())))
            events -= count
            yield encode(SealedBatch(VERSION, self.wraps, records))

    def _event(self) -> bytes:
        inward = self.sealed % 2
        holder = HolderId(f"{self.number:08x}{(self.sealed + 1) // 2:016x}")
        way = "in" if inward else "out"
        at_ns = self.clock.now_ns()
        event = AccessGranted(at_ns, f"{way}-{self.number}", holder, PassId(holder), f"h10301:{self.number}:{holder}")  # type: ignore[arg-type]
        return encode_event(event)

    def write_tls(self, folder: Path) -> Path:
        """Write certificate.pem, key.pem and authority.pem of the gate's side of mutual TLS below `folder`."""
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / "certificate.pem").write_text(self.enrolment.tls_certificate_pem)
        (folder / "key.pem").write_text(self.enrolment.tls_key_pem)
        (folder / "authority.pem").write_text(self.enrolment.tls_ca_pem)
        return folder

    @property
    def client_id(self) -> str:
        """The gate's MQTT client id."""
        return client_id(f"edge-{self.enrolment.edge}", self.enrolment.tls_key_pem.encode())
