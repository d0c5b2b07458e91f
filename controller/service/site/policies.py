"""Policies: one document for each gate, made anew when reference data changes or half of its life is over.

Belongs here: what stands in a gate's policy, and its version. Does not belong here: the document's format
(contract/policy.py), or the HTTPS through which gates fetch it (gate_api.py).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session

from contract.clock import NS_PER_S
from contract.ids import ControllerId, EdgeId
from contract.messages import VERSION, PolicyManifest
from contract.periods import HOUR_S
from contract.policy import VERSION as POLICY_VERSION
from contract.policy import AccessLevel, PolicyHeader, new_digest_key, pack, seal_policy
from contract.site import Gate, Site
from controller.files import make_private_folder, write_atomically
from controller.service.site.reference import Reference
from controller.service.site.vehicles import Vehicles
from controller.store.reference import GateRow

LIFE_S: Final = 72 * HOUR_S
"""For how long a gate that hears from nobody goes on admitting who may enter (G4)."""


class Policies:
    """Keeps the sealed policy of each enrolled gate, on disk and by version."""

    def __init__(
        self,
        site: Site,
        controller: ControllerId,
        signer: Ed25519PrivateKey,
        reference: Reference,
        vehicles: Vehicles,
        engine: Engine,
        folder: Path,
        life_s: int = LIFE_S,
    ) -> None:
        make_private_folder(folder)
        self._site = site
        self._controller = controller
        self._signer = signer
        self._reference = reference
        self._vehicles = vehicles
        self._engine = engine
        self._folder = folder
        self._life_s = life_s
        self._made: tuple[int, int] | None = None
        self.wanted: dict[EdgeId, int] = {}
        self._manifests: dict[EdgeId, PolicyManifest] = {}

    def refresh(self, now_ns: int) -> Mapping[EdgeId, PolicyManifest]:
        """Make new documents if reference data changed or they are half over; return the manifests that are new."""
        now_s = now_ns // NS_PER_S
        if self._made is not None:
            revision, made_s = self._made
            if revision == self._reference.revision and now_s < made_s + self._renewed_after_s():
                return {}
        made = (self._reference.revision, now_s)
        self._vehicles.forget_past(now_s)
        with Session(self._engine) as session:
            gates = {gate.id: session.get(GateRow, gate.id) for gate in self._site.gate}
            for gate in self._site.gate:
                row = gates[gate.id]
                if row is not None:
                    row.policy_version = self._next_version(gate.id, row.policy_version, now_s)
                    self._manifests[gate.id] = self._make(gate, row, now_s)
            session.commit()
        self._made = made
        return self._manifests

    def _renewed_after_s(self) -> int:
        """A copy waits longer for its keeper, which renews at half of the life."""
        return self._life_s // 2 if self._reference.kept_elsewhere() is None else self._life_s * 3 // 4

    def _next_version(self, edge: EdgeId, present: int, now_s: int) -> int:
        """The keeper counts versions; a copy of its data has its version, so that no gate takes older data for newer.

        Only where the keeper has not renewed a policy in time, a copy does. Never below what a gate may have from
        before the reference data came back from a backup.
        """
        if self._reference.kept_elsewhere() is not None and present > self.wanted.get(edge, 0):
            return present
        return max(present + 1, now_s)

    def manifest(self, edge: EdgeId) -> PolicyManifest | None:
        """Return which policy a gate shall have, if it is enrolled."""
        return self._manifests.get(edge)

    def sealed(self, edge: EdgeId, policy_version: int) -> bytes | None:
        """Return the sealed document that a manifest names, or None if that is no longer the gate's policy."""
        if self.wanted.get(edge) != policy_version:
            return None
        return self._path(edge).read_bytes()

    def _make(self, gate: Gate, row: GateRow, now_s: int) -> PolicyManifest:
        levels = self._reference.access_levels()
        lanes = {lane.access_point for lane in gate.lane}
        points = {reader.access_point for reader in gate.reader} | lanes
        numbers = {name: at for at, name in enumerate(levels)}
        by_lane = {name: at for name, at in numbers.items() if levels[name].access_points & lanes}
        key = new_digest_key()
        header = PolicyHeader(
            POLICY_VERSION,
            gate.id,
            row.policy_version,
            now_s,
            now_s + self._life_s,
            self._site.site.time_zone,
            gate.anti_passback,
            [AccessLevel(level.access_points & points, level.windows) for level in levels.values()],
            key,
            self._vehicles.policy_rows(by_lane, key, now_s),
        )
        document = pack(header, self._reference.policy_rows(numbers, key))
        sealed = seal_policy(document, gate.id, row.policy_key, self._controller, self._signer)
        write_atomically(self._path(gate.id), sealed)
        self.wanted[gate.id] = row.policy_version
        digest = hashlib.sha256(sealed).digest()
        return PolicyManifest(VERSION, self._controller, gate.id, row.policy_version, digest, len(sealed))

    def _path(self, edge: EdgeId) -> Path:
        return self._folder / f"{edge}.policy"
