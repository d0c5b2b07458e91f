"""Enrolment: a machine becomes a gate of this site, once, by a file that is carried to it.

Belongs here: drawing a gate's keys, issuing its certificate, keeping the public halves. Does not belong here: what
stands in the file (contract/enrolment.py). The controller keeps no private key of a gate: the file waits in the vault's
folder, which no backup holds, until the gate is heard; then it is overwritten and removed here.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from contract.clock import NS_PER_S, Clock, to_datetime
from contract.enrolment import Enrolment, encode_enrolment
from contract.ids import EdgeId, SiteId
from controller.files import make_private_folder, shred, write_atomically
from controller.pki.certificates import enrolled_identity
from controller.pki.folder import Authority
from controller.pki.listed import Listed
from controller.store.reference import GateRow, ReplacedGateKeyRow


@dataclass(frozen=True)
class Enrolments:
    """Enrols gates and knows who is enrolled. `outbox`: where enrolment files are put for carrying.

    `listed`: the controllers that a gate is told to believe.
    """

    site: SiteId
    clock: Clock
    authority: Authority
    engine: Engine
    outbox: Path
    listed: Listed

    def enrol(self, edge: EdgeId) -> Path:
        """Enrol gate `edge` (anew, if it was enrolled before) and return the path of its enrolment file.

        What it signed with before is kept as long as something is left that it recorded (replaced_keys.py).
        """
        now = to_datetime(self.clock.now_ns())
        signing, policy = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        folder = self.outbox / edge
        make_private_folder(folder)
        files = self.authority.edge_files(folder, enrolled_identity(edge, signing.public_key().public_bytes_raw()), now)
        enrolment = Enrolment(
            self.site,
            edge,
            signing.private_bytes_raw(),
            policy.private_bytes_raw(),
            files.certificate.read_text(),
            files.key.read_text(),
            self.listed.root_key,
            self.listed.signed,
        )
        path = self._file(edge)
        write_atomically(path, encode_enrolment(enrolment))
        for file in (files.key, files.certificate, files.authority):
            file.unlink()
        folder.rmdir()
        with Session(self.engine) as session:
            before = session.get(GateRow, edge)
            if before is not None:
                until_s = self.clock.now_ns() // NS_PER_S
                session.add(ReplacedGateKeyRow(verify_key=before.verify_key, gate=edge, until_s=until_s))
            session.merge(
                GateRow(
                    id=edge,
                    verify_key=signing.public_key().public_bytes_raw(),
                    policy_key=policy.public_key().public_bytes_raw(),
                    enrolled_at=now.isoformat(),
                )
            )
            session.commit()
        return path

    def refresh(self, verify_keys: dict[str, Ed25519PublicKey]) -> None:
        """Let `verify_keys` say what sources there are now; it stays the same mapping."""
        now = self.sources()
        for edge in set(verify_keys) - set(now):
            del verify_keys[edge]
        verify_keys.update(now)

    def arrived(self, edge: EdgeId) -> None:
        """Remove the enrolment file of a gate that has spoken, for it is where it belongs; nothing if there is none.

        Up to now it recorded with the key that it had before.
        """
        path = self._file(edge)
        if path.exists():
            self._recorded_with_the_last_key(edge)
            shred(path)

    def _recorded_with_the_last_key(self, edge: EdgeId) -> None:
        last = (
            select(ReplacedGateKeyRow)
            .where(ReplacedGateKeyRow.gate == edge)
            .order_by(col(ReplacedGateKeyRow.until_s).desc())
        )
        with Session(self.engine) as session:
            row = session.exec(last).first()
            if row is not None:
                row.until_s = max(row.until_s, self.clock.now_ns() // NS_PER_S)
                session.add(row)
                session.commit()

    def _file(self, edge: EdgeId) -> Path:
        return self.outbox / f"{edge}.enrolment"

    def sources(self) -> dict[str, Ed25519PublicKey]:
        """Return the signing keys of all sources of events: enrolled gates, and other controllers (officers' marks)."""
        sources = self.verify_keys()
        for card in self.listed.peers:
            sources[card.controller] = Ed25519PublicKey.from_public_bytes(card.verify_key)
        return sources

    def verify_keys(self) -> dict[str, Ed25519PublicKey]:
        """Return the signing keys of all enrolled gates, without those that the root has revoked."""
        revoked = set(self.listed.now.revoked_gates)
        with Session(self.engine) as session:
            return {
                row.id: Ed25519PublicKey.from_public_bytes(row.verify_key)
                for row in session.exec(select(GateRow))
                if row.verify_key not in revoked
            }
