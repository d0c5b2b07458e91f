"""Commanders' keys for sealed rolls: public halves in the ledger, private ones under each commander's passphrase.

The private halves were made in the commander's browser and never were here in clear: they lie in the database under
the passphrase and the reference key. Belongs here: keeping them, and whose keys a roll is sealed to now. Does not
belong here: making or opening one (console/static/assembly).
"""

from datetime import datetime
from typing import Final

from sqlalchemy import Engine
from sqlmodel import Session

from contract.clock import Clock, from_datetime
from contract.ids import AccountId
from contract.sealed_roll import KEY_BYTES
from controller.domain.rights.judge import is_fit
from controller.domain.rights.roles import Role
from controller.domain.tablets import RollKey, TabletError
from controller.ledger import Entry, Ledger
from controller.ledger.told import hearing
from controller.service.officers.officers import Officers
from controller.service.site.reference import ReferenceKey
from controller.store.accounts import RollKeyRow

SET: Final = "roll-key-set"
REMOVED: Final = "roll-key-removed"
_COLUMN: Final = "roll-key"
_WRAPPED_AT_MOST: Final = 4096


class RollKeys:
    """See the module."""

    def __init__(self, clock: Clock, ledger: Ledger, engine: Engine, key: ReferenceKey, officers: Officers) -> None:
        self._clock: Final = clock
        self._ledger: Final = ledger
        self._engine: Final = engine
        self._key: Final = key
        self._officers: Final = officers
        self._public: dict[AccountId, tuple[bytes, bytes, int]] = {}
        self._last_ns: dict[AccountId, int] = {}
        """When each account's key was set or removed last: what another controller did before is heard of later."""
        follower = hearing(self._take)
        ledger.follow(follower, follower)

    def set(self, account: AccountId, roll: bytes, sign: bytes, wrapped: str) -> None:
        """Take a commander's key in the place of his last. Raises TabletError, OSError, SQLAlchemy's errors."""
        if len(roll) != KEY_BYTES or len(sign) != KEY_BYTES or not 0 < len(wrapped) <= _WRAPPED_AT_MOST:
            raise TabletError("roll-key", "this is no key for sealed rolls: make it on the page anew")
        sealed = self._key.seal(_COLUMN, wrapped.encode())
        with Session(self._engine) as session:
            session.merge(RollKeyRow(account=account, sealed=sealed))
            session.commit()
        self._ledger.append(SET, self._clock.now_ns(), account=account, roll_key=roll.hex(), signing_key=sign.hex())

    def remove(self, account: AccountId, by: AccountId) -> bool:
        """Seal nothing to it any more; return whether there was one. Raises OSError, SQLAlchemy's errors."""
        if account not in self._public:
            return False
        with Session(self._engine) as session:
            if (row := session.get(RollKeyRow, account)) is not None:
                session.delete(row)
                session.commit()
        self._ledger.append(REMOVED, self._clock.now_ns(), account=account, by=by)
        return True

    def of(self, account: AccountId) -> RollKey | None:
        """Return somebody's key; `wrapped` is empty where he set it at another controller."""
        public = self._public.get(account)
        if public is None:
            return None
        with Session(self._engine) as session:
            row = session.get(RollKeyRow, account)
        wrapped = "" if row is None else self._key.open(_COLUMN, row.sealed).decode()
        return RollKey(account, public[0], public[1], wrapped, public[2])

    def in_force(self) -> list[RollKey]:
        """Return the keys that a roll is sealed to now: of commanders who might see names, if names were open."""
        found = (self.of(account) for account in sorted(self._public) if self.may_open(account))
        return [key for key in found if key is not None]

    def may_open(self, account: AccountId) -> bool:
        """Whether that account is a commander's whose authorization and briefing are in force."""
        officer = self._officers.register.officer(account)
        return officer is not None and Role.COMMANDER in officer.roles and is_fit(officer, self._officers.situation())

    def _take(self, entry: Entry) -> None:
        if entry.kind not in {SET, REMOVED}:
            return
        facts, at_ns = entry.facts, from_datetime(datetime.fromisoformat(entry.at))
        account = AccountId(str(facts["account"]))
        if at_ns < self._last_ns.get(account, 0):
            return
        self._last_ns[account] = at_ns
        if entry.kind == SET:
            keys = bytes.fromhex(str(facts["roll_key"])), bytes.fromhex(str(facts["signing_key"]))
            self._public[account] = (*keys, at_ns)
        else:
            self._public.pop(account, None)
