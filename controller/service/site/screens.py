"""What the screens of gate officers may show: faces for all gates, and for each gate an order that opens them.

The faces are made anew when reference data or photos change, each time under a new secret, and lie in a file that is
noise without it; the secret is kept in memory and goes to gates inside their orders. Orders are made anew when the
faces are, when somebody may or may no longer sign in, and before a quarter of an hour is over, for they are the lease
by which a gate shows anybody at all. Belongs here: making both. Does not belong here: their format (contract/screen).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine
from sqlmodel import Session

from contract.clock import NS_PER_S
from contract.ids import AccountId, ControllerId, EdgeId
from contract.messages import VERSION, ScreenNotice
from contract.screen import (
    FACES_AT_MOST_BYTES,
    LEASE_S,
    FacesError,
    ScreenOfficer,
    ScreenOrder,
    name_digest,
    new_secret,
    pack_faces,
    seal_order,
)
from contract.site import Site
from controller.domain.rights.judge import is_fit
from controller.domain.rights.roles import SEES_NO_MOVEMENTS, Role
from controller.files import make_private_folder, write_atomically
from controller.service.officers.accounts import Accounts
from controller.service.officers.officers import Officers
from controller.service.site.photos import Photos
from controller.service.site.reference import Reference
from controller.store.reference import GateRow

RENEW_EVERY_S: Final = 15 * 60
REMAKE_AFTER_S: Final = 20
"""Faces are made anew so often at most: a desk that issues passes all day must not keep a core busy with them."""
_ASK_AGAIN_S: Final = 30
"""How often names and passwords of those who may sign in are read again; who they are is looked at each time."""
_FILE: Final = "faces"


class _Admitted(NamedTuple):
    """A gate officer who may sign in at gates now."""

    account: AccountId
    sign_in_name: str
    password_hash: str


@dataclass(frozen=True)
class _Made:
    """The faces that are in force: of which revisions, since when, under which secret; their hash and size."""

    revisions: tuple[int, int]
    at_s: int
    secret: bytes
    sha256: bytes
    size_bytes: int

    def __repr__(self) -> str:
        """Without the secret."""
        return f"_Made({self.revisions})"


class Screens:
    """Keeps the faces and the orders of all gates that have a screen. Use it from one thread at a time."""

    def __init__(
        self,
        site: Site,
        controller: ControllerId,
        signer: Ed25519PrivateKey,
        reference: Reference,
        photos: Photos,
        engine: Engine,
        folder: Path,
        officers: Officers,
        accounts: Accounts,
    ) -> None:
        make_private_folder(folder)
        self._gates = [gate.id for gate in site.gate if gate.screen]
        self._controller = controller
        self._signer = signer
        self._reference = reference
        self._photos = photos
        self._engine = engine
        self._file = folder / _FILE
        self._officers = officers
        self._accounts = accounts
        self._made: _Made | None = None
        self._fit: tuple[AccountId, ...] | None = None
        self._admitted: list[_Admitted] = []
        self._asked_s = 0
        self._told: tuple[bytes, list[_Admitted]] | None = None
        self._told_s = 0
        self.leaves_photos_out = False
        """Whether there are more photos than a gate can hold, so that screens show names alone."""

    def refresh(self, now_ns: int) -> Mapping[EdgeId, ScreenNotice]:
        """Make what has to be made anew; return the notices that are new, none if nothing changed. Takes a while.

        Raises OSError, SQLAlchemy's errors, contract.screen.FacesError for more names than a gate can hold.
        """
        if not self._gates:
            return {}
        now_s = now_ns // NS_PER_S
        made = self._faces(now_s)
        admitted = self._who_may_sign_in(now_s)
        told = (made.sha256, admitted)
        if told == self._told and now_s < self._told_s + RENEW_EVERY_S:
            return {}
        notices = self._orders(made, admitted, now_ns)
        self._told, self._told_s = told, now_s
        return notices

    def faces(self, edge: EdgeId, sha256: bytes) -> bytes | None:
        """Return the document that an order of a gate names, or None if it is no longer the present one."""
        made = self._made
        is_present = edge in self._gates and made is not None and made.sha256 == sha256
        return self._file.read_bytes() if is_present else None

    def _faces(self, now_s: int) -> _Made:
        revisions = (self._reference.revision, self._photos.revision)
        made = self._made
        if made is not None and (made.revisions == revisions or now_s < made.at_s + REMAKE_AFTER_S):
            return made
        secret = new_secret()
        self.leaves_photos_out = self._photos.size_bytes() > FACES_AT_MOST_BYTES // 2
        document = pack_faces(secret, self._photos.faces(with_photos=not self.leaves_photos_out))
        if len(document) > FACES_AT_MOST_BYTES:
            raise FacesError(f"{len(document)} bytes of names: a gate's screen can hold {FACES_AT_MOST_BYTES}")
        write_atomically(self._file, document)
        made = _Made(revisions, now_s, secret, hashlib.sha256(document).digest(), len(document))
        self._made = made
        return made

    def _who_may_sign_in(self, now_s: int) -> list[_Admitted]:
        """L2: gate officers who belong to the department, are authorized and informed, and have a password."""
        situation = self._officers.situation()
        officers = self._officers.register.having(Role.GATE_OFFICER)
        fit = tuple(each.account for each in officers if not each.roles & SEES_NO_MOVEMENTS and is_fit(each, situation))
        if fit != self._fit or now_s >= self._asked_s + _ASK_AGAIN_S:
            asked = [self._admit(account) for account in fit]
            self._admitted = [each for each in asked if each is not None]
            self._fit, self._asked_s = fit, now_s
        return self._admitted

    def _admit(self, account: AccountId) -> _Admitted | None:
        person, hashed = self._accounts.person(account), self._accounts.password(account)
        return None if person is None or hashed is None else _Admitted(account, person.sign_in_name, hashed)

    def _orders(self, made: _Made, admitted: list[_Admitted], now_ns: int) -> dict[EdgeId, ScreenNotice]:
        lease_until_s = now_ns // NS_PER_S + LEASE_S
        officers = [
            ScreenOfficer(each.account, name_digest(made.secret, each.sign_in_name), each.password_hash)
            for each in admitted
        ]
        notices = {}
        with Session(self._engine) as session:
            for edge in self._gates:
                row = session.get(GateRow, edge)
                if row is not None:
                    order = ScreenOrder(
                        edge, now_ns, lease_until_s, made.secret, made.sha256, made.size_bytes, officers
                    )
                    sealed = seal_order(order, row.policy_key, self._controller, self._signer)
                    notices[edge] = ScreenNotice(VERSION, self._controller, edge, sealed)
        return notices
