"""A long night: a real fold, store, vault and ledger with short periods, an operation, and people who stay."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from contract.clock import to_datetime
from contract.ids import AccountId, HolderId, OperationId
from contract.site import parse_site
from controller.domain.muster.grounds import Grounds
from controller.domain.operation import OperationKind, Plan, Reason
from controller.domain.standing_order import Addressee, Way
from controller.live import Headcount
from controller.service.disclosing.carriers import Carrier, CarryError
from controller.service.disclosing.copies import Copies, Document
from controller.service.disclosing.hand_over import HandOvers
from controller.service.disclosing.missing import Missing
from controller.service.disclosing.standing_order import StandingOrder
from controller.service.muster.boards import Boards
from controller.service.muster.outcomes import Outcomes
from controller.service.operating.operations import Figures, Operations
from controller.service.operating.reconfirmation import Reconfirmations
from controller.service.records.marks import Marks
from controller.service.records.notes import Notes
from controller.service.site.photos import Photos
from controller.service.site.reference import NewHolder, Reference, ReferenceKey
from controller.store.reference import open_reference
from tests.unit.controller.kept import RETENTION, START_S, Kept, in_store, went
from tests.unit.controller.sources import MAIN, at_ns, signer_of

SITE = parse_site('area = [{id = "hall", name = "Great Hall"}]\naccess_point = []\n')
CHIEF, SECOND, KIM, LEE, AUTHORITY = (AccountId(name) for name in ("chief", "second", "kim", "lee", "authority"))
PEOPLE = ("Ann Kowalczyk", "Bob Zielinski", "محمد علي")
KEY = ReferenceKey(bytes(32))
DEATH_S = 290
"""When the key of the first minute dies, in seconds after the start. Prepared 25 s, due 3 s before."""


@dataclass
class Courier:
    """A way to addressees that can be made to fail. `got`: what arrived, by addressee."""

    fails: bool = False
    got: dict[str, list[Document]] = field(default_factory=dict)
    tries: int = 0

    def carry(self, addressee: Addressee, document: Document, within_s: float) -> None:
        self.tries += 1
        assert within_s > 0
        if self.fails:
            raise CarryError("no road")
        self.got.setdefault(addressee.id, []).append(document)


class Night:
    """One run; `again` starts another on the same folder."""

    def __init__(self, folder: Path, kept: Kept, courier: Courier | None = None) -> None:
        self.folder, self.kept = folder, kept
        self.clock, self.ledger, self.alarms = kept.clock, kept.ledger, kept.alarms
        self.engine = open_reference(folder / "state" / "reference.db")
        self.reference = Reference(self.engine, KEY)
        self.courier = courier or Courier()
        carriers: dict[Way, Carrier] = {Way.FOLDER: self.courier}
        self.operations = Operations(self.clock, self.ledger, self.alarms, lambda: Figures(0, 0, 0))
        kept.ingest.may_mark = lambda edge: str(edge) == MAIN
        signer = signer_of("controller")
        self.presence = kept.movements.presence
        marks = Marks(self.clock, RETENTION, MAIN, signer, lambda p: {MAIN: kept.vault.public_key(p)}, kept.ingest.take)
        self.notes = Notes(self.clock, RETENTION, MAIN, signer, kept.vault, kept.store, in_store)
        grounds = Grounds(SITE)
        self.boards = Boards(
            self.clock, grounds, self.operations, self.presence, kept.movements.acts, self.reference,
            lambda: (Headcount("", "", 0, 0, 0, 0, [], 0), []),
            Outcomes(self.clock, self.ledger, self.alarms, grounds, 3),
        )  # fmt: skip
        photos = Photos(self.engine, KEY, self.reference)
        self.missing = Missing(SITE, self.presence, self.reference, photos.photo, self.boards)
        self.copies = Copies(
            self.clock, self.ledger, self.alarms, self.operations.open_now, self.missing, self.notes, "Test site"
        )
        self.order = StandingOrder(self.clock, self.ledger, self.alarms, frozenset(carriers))
        self.hand_overs = HandOvers(
            self.clock, self.ledger, self.alarms, RETENTION, self.operations.open_now, kept.vault.periods,
            self.missing, self.copies, self.order, carriers,
        )  # fmt: skip
        self.reconfirmations = Reconfirmations(
            self.clock, self.ledger, self.alarms, RETENTION, self.presence, marks, 7200
        )
        self.ledger.tell_past()

    @classmethod
    async def begin(cls, folder: Path) -> "Night":
        return cls(folder, await Kept(folder).begin())

    async def again(self) -> "Night":
        """Start again, as after a crash."""
        self.close()
        return Night(self.folder, await Kept(self.folder, self.clock).begin(), self.courier)

    def close(self) -> None:
        self.kept.close()
        self.engine.dispose()

    def at(self, second: float) -> None:
        self.kept.at(second)

    async def people(self, count: int = 3) -> list[HolderId]:
        """Let so many people with names enter in the first minute."""
        people = self.reference.register([NewHolder(name, "delegate", []) for name in PEOPLE[:count]])
        await self.kept.take(self.kept.source(), {n: went("in", who, 0) for n, who in enumerate(people, 1)})
        return people

    async def leaves(self, who: HolderId, second: float, number: int = 50) -> None:
        self.at(second)
        await self.kept.take(self.kept.source(), {number: went("out", who, second)})

    def emergency(self) -> OperationId:
        return self.operations.open_emergency(Plan.EVACUATE, Reason.FIRE, CHIEF).id

    def drill(self) -> OperationId:
        proposal = self.operations.propose(OperationKind.DRILL, Plan.EVACUATE, Reason.PLANNED_DRILL, CHIEF)
        return self.operations.join(proposal.id, SECOND).id

    def kinds(self, *prefixes: str) -> list[str]:
        """Kinds of entry of this area, in order."""
        return [entry.kind for entry in self.ledger.entries() if entry.kind.startswith(prefixes)]

    def alarm_kinds(self) -> list[str]:
        return [line.kind for line in self.alarms.lines()]


_KEYS: dict[int, rsa.RSAPrivateKey] = {}


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A recipient's key; one of each size for all tests."""
    if bits not in _KEYS:
        _KEYS[bits] = rsa.generate_private_key(65537, bits)
    return _KEYS[bits]


def certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    from_s: float = -3600,
    until_s: float = 365 * 86400,
    usage: x509.KeyUsage | None = None,
) -> str:
    """A recipient's certificate in PEM; valid from and until, in seconds after the start."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "crisis team")])
    start = to_datetime(at_ns(START_S))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start + timedelta(seconds=from_s))
        .not_valid_after(start + timedelta(seconds=until_s))
    )
    if usage is not None:
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
