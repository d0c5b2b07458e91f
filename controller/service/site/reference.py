"""Reference data as the service sees it: holders and passes sealed at rest, an index of them in memory.

Belongs here: sealing personal columns, issuing, looking up, and the rows of a gate's policy. Does not belong here:
tables (store/reference.py), or who may write (api).
"""

import hashlib
import hmac
import itertools
import secrets
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Engine, delete, insert
from sqlalchemy import select as columns_of
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from contract.ids import HolderId, PassId, new_holder_id, new_pass_id
from contract.policy import FOREVER_S, AccessLevel, PolicyRow, Window, pin_digest
from contract.site import Site
from controller.domain.need import Need
from controller.service.site.pins import Entry, PinError, check_pins, decode_entry, encode_entry
from controller.store.reference import (
    AccessLevelRow,
    AccessPointRow,
    AreaRow,
    BlockedPassRow,
    CredentialRow,
    HolderRow,
    PassEntryRow,
    PassRow,
    PortalRow,
)

CANARY_IDS: Final = "0" * 16
"""With this the ids of canaries begin (service/canaries.py), and no random one does."""
_NONCE_BYTES: Final = 12
_DAY_MIN: Final = 24 * 60
_ASKED_AT_ONCE: Final = 500
Row = TypeVar("Row", AreaRow, PortalRow, AccessPointRow)


class RefusedError(ValueError):
    """Reference data that can not be taken; the message says why, without repeating a person's data."""


@dataclass(frozen=True)
class NewPass:
    """A pass to be issued. `number`: as printed; `credentials`: canonical texts (`h10301:13:4567`). Times in s UTC.

    `pin`: 4 to 8 digits, asked for after the card where an access point wants one. `duress_pin`: opens as well, and
    raises an alarm that nobody sees at the door. `extended_time`: its holder needs longer to pass.
    """

    number: str = field(repr=False)
    credentials: list[str] = field(repr=False)
    access_level: str
    valid_from_s: int = 0
    valid_until_s: int = FOREVER_S
    blocked: bool = False
    pin: str | None = field(default=None, repr=False)
    duress_pin: str | None = field(default=None, repr=False)
    extended_time: bool = False


@dataclass(frozen=True)
class NewHolder:
    """A holder to be registered with his passes. `needs`: what he needs in an evacuation, if he asked to be listed."""

    name: str
    category: str
    passes: list[NewPass]
    needs: Need = Need.NONE


@dataclass(frozen=True)
class Holder:
    """A registered holder: his random id, and what is sealed about him."""

    id: HolderId
    name: str
    category: str
    needs: Need = Need.NONE


class Personal(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed about a holder."""

    name: str
    category: str
    needs: Need = Need.NONE


class ReferenceKey:
    """Seals personal columns and makes look-up values, each under a key of its own drawn from the reference key."""

    def __init__(self, key: bytes) -> None:
        """`key`: 32 bytes from the vault."""
        self._cipher = AESGCM(hmac.digest(key, b"sacs/1/reference/seal", hashlib.sha256))
        self._lookup = hmac.digest(key, b"sacs/1/reference/lookup", hashlib.sha256)

    def seal(self, column: str, plaintext: bytes) -> bytes:
        """Seal one value; it opens in that column only."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, column.encode())

    def open(self, column: str, sealed: bytes) -> bytes:
        """Open one value. Raises RefusedError."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], column.encode())
        except (InvalidTag, ValueError):
            raise RefusedError(f"a value of {column} does not open: wrong vault, or altered") from None

    def lookup(self, column: str, value: str) -> bytes:
        """Return the HMAC under which a value is found; of what is no text as well, which is found nowhere."""
        return hmac.digest(self._lookup, f"{column}\0{value}".encode(errors="surrogatepass"), hashlib.sha256)


def _name_words(name: str) -> list[str]:
    """Return the words of a name so that two spellings of it agree: case, order and form of its letters left aside."""
    return sorted(unicodedata.normalize("NFKC", name).casefold().split())


class Reference:
    """Reads and writes reference data."""

    def __init__(self, engine: Engine, key: ReferenceKey) -> None:
        self._engine = engine
        self._key = key
        self._changes = itertools.count(1)
        self.kept_elsewhere: Callable[[], str | None] = lambda: None
        """Returns the name of the controller that keeps the reference data, if this one holds a copy alone."""
        self.revision = 0
        """Another one after every change that a policy could show; changes come from several threads."""

    def changed_elsewhere(self) -> None:
        """Take note that rows were written by somebody else: policies are to be made anew."""
        self.revision = next(self._changes)

    def load_site(self, site: Site) -> None:
        """Copy areas, portals and access points of the site file, and an access level `all` for all of its points."""
        portal_of = {point: portal.id for gate in site.gate for portal in gate.portal for point in portal.access_points}
        with Session(self._engine) as session:
            for table in (AccessPointRow, PortalRow, AreaRow):
                session.exec(delete(table))
            session.add_all(AreaRow(id=a.id, name=a.name or a.id, capacity=a.capacity) for a in site.area)
            session.add_all(PortalRow(id=p.id, gate=gate.id) for gate in site.gate for p in gate.portal)
            session.add_all(
                AccessPointRow(
                    id=p.id, name=p.name or p.id, from_area=p.from_area, to_area=p.to_area, portal=portal_of.get(p.id)
                )
                for p in site.access_point
            )
            session.commit()
        self.put_access_level("all", AccessLevel(frozenset(point.id for point in site.access_point)))

    def put_access_level(self, level_id: str, level: AccessLevel) -> None:
        """Make or change an access level. Raises RefusedError for points that are not there, or odd windows."""
        self.must_keep()
        known = {row.id for row in self.all_of(AccessPointRow)}
        for point in sorted(level.access_points - known):
            raise RefusedError(f"no access point {point!r}; there are {', '.join(sorted(known)) or 'none'}")
        for window in level.windows:
            if not (0 <= window.weekday <= 6 and 0 <= window.from_min < window.until_min <= _DAY_MIN):
                raise RefusedError(f"a window is a weekday 0 to 6 and two rising minutes of the day, up to {_DAY_MIN}")
        with Session(self._engine) as session:
            session.merge(
                AccessLevelRow(
                    id=level_id,
                    access_points=msgspec.json.encode(sorted(level.access_points)).decode(),
                    windows=msgspec.json.encode(level.windows).decode(),
                )
            )
            session.commit()
        self.revision = next(self._changes)

    def access_levels(self) -> dict[str, AccessLevel]:
        """Return all access levels by id."""
        with Session(self._engine) as session:
            return {
                row.id: AccessLevel(
                    msgspec.json.decode(row.access_points, type=frozenset[str]),
                    msgspec.json.decode(row.windows, type=list[Window]),
                )
                for row in session.exec(select(AccessLevelRow))
            }

    def register(self, holders: Iterable[NewHolder], new_id: Callable[[], HolderId] = new_holder_id) -> list[HolderId]:
        """Register holders with their passes, all or none. `new_id` draws the id of each.

        Raises RefusedError for a number or credential given twice, and for what no policy could hold.
        """
        self.must_keep()
        levels = set(self.access_levels())
        rows: dict[type[SQLModel], list[dict[str, object]]] = {
            table: [] for table in (HolderRow, PassRow, PassEntryRow, CredentialRow)
        }
        try:
            ids = [self._add(new_id(), holder, levels, rows) for holder in holders]
        except UnicodeEncodeError:
            raise RefusedError("a name, number or credential of these is no text that can be stored") from None
        try:
            with self._engine.begin() as connection:  # rows, not objects: a site has many
                for table, values in rows.items():
                    if values:
                        connection.execute(insert(table), values)
        except IntegrityError:
            raise RefusedError("a pass number or credential of these is given to somebody already") from None
        self.revision = next(self._changes)
        return ids

    def must_keep(self) -> None:
        """Raise RefusedError where another controller keeps the reference data: a copy is not written to."""
        keeper = self.kept_elsewhere()
        if keeper is not None:
            raise RefusedError(f"passes are issued at controller {keeper}: this one keeps a copy of its reference data")

    def _add(
        self,
        holder_id: HolderId,
        holder: NewHolder,
        levels: set[str],
        rows: dict[type[SQLModel], list[dict[str, object]]],
    ) -> HolderId:
        sealed = self._sealed(holder.name, holder.category, holder.needs)
        rows[HolderRow].append({"id": holder_id, "sealed": sealed})
        for issued in holder.passes:
            if issued.access_level not in levels:
                raise RefusedError(f"no access level {issued.access_level!r}; there are {', '.join(sorted(levels))}")
            if not 0 <= issued.valid_from_s <= issued.valid_until_s <= FOREVER_S:
                raise RefusedError(
                    f"a pass is valid from one to a later time, in seconds since 1970, up to {FOREVER_S}"
                )
            entry = self._entry(issued.pin, issued.duress_pin, extended_time=issued.extended_time)
            pass_id = new_pass_id()
            rows[PassRow].append(
                {
                    "id": pass_id,
                    "holder": holder_id,
                    "access_level": issued.access_level,
                    "sealed": self._key.seal("pass", issued.number.encode()),
                    "lookup": self._key.lookup("pass", issued.number),
                    "valid_from_s": issued.valid_from_s,
                    "valid_until_s": issued.valid_until_s,
                    "blocked": issued.blocked,
                }
            )
            rows[PassEntryRow].append({"pass_id": pass_id, "sealed": entry})
            rows[CredentialRow] += [
                {
                    "lookup": self._key.lookup("credential", credential),
                    "pass_id": pass_id,
                    "sealed": self._key.seal("credential", credential.encode()),
                }
                for credential in issued.credentials
            ]
        return holder_id

    def _entry(self, pin: str | None, duress_pin: str | None, *, extended_time: bool) -> bytes:
        try:
            check_pins(pin, duress_pin)
        except PinError as error:
            raise RefusedError(str(error)) from None
        return self._key.seal("entry", encode_entry(Entry(pin, duress_pin, extended_time)))

    def set_entry(self, number: str, pin: str | None, duress_pin: str | None, *, extended_time: bool) -> bool:
        """Give the pass with that printed number other PINs (None: none); return whether there is such a pass.

        Raises RefusedError for what can not be a PIN.
        """
        self.must_keep()
        sealed = self._entry(pin, duress_pin, extended_time=extended_time)
        with Session(self._engine) as session:
            row = session.exec(select(PassRow).where(PassRow.lookup == self._key.lookup("pass", number))).first()
            if row is None:
                return False
            session.merge(PassEntryRow(pass_id=row.id, sealed=sealed))
            session.commit()
        self.revision = next(self._changes)
        return True

    def block(self, number: str, *, blocked: bool, at_s: int) -> bool:
        """Block or release the pass with that printed number, as of `at_s` (s since 1970 UTC).

        Return whether there is one. Raises RefusedError.
        """
        self.must_keep()
        with Session(self._engine) as session:
            row = session.exec(select(PassRow).where(PassRow.lookup == self._key.lookup("pass", number))).first()
            if row is None:
                return False
            since = session.get(BlockedPassRow, row.id)
            if blocked and since is None:
                session.add(BlockedPassRow(pass_id=row.id, since_s=at_s))
            elif not blocked and since is not None:
                session.delete(since)
            row.blocked = blocked
            session.commit()
        self.revision = next(self._changes)
        return True

    def holder(self, holder_id: HolderId) -> Holder | None:
        """Return one holder, opened."""
        with Session(self._engine) as session:
            row = session.get(HolderRow, holder_id)
        return None if row is None else self._opened(holder_id, row.sealed)

    def list_need(self, holder_id: HolderId, needs: Need) -> bool:
        """Put on record what a holder needs in an evacuation, or that he is not listed; return whether there is one.

        Raises RefusedError.
        """
        self.must_keep()
        with Session(self._engine) as session:
            row = session.get(HolderRow, holder_id)
            if row is None:
                return False
            known = self._opened(holder_id, row.sealed)
            row.sealed = self._sealed(known.name, known.category, needs)
            session.commit()
        self.revision = next(self._changes)
        return True

    def holders(self, ids: Collection[HolderId]) -> dict[HolderId, Holder]:
        """Return those of these holders that are registered, opened. For a whole roll: ask it beside the loop."""
        found: dict[HolderId, Holder] = {}
        wanted = sorted(ids)
        with self._engine.connect() as connection:  # columns, not objects: a roll is long
            for start in range(0, len(wanted), _ASKED_AT_ONCE):
                some = wanted[start : start + _ASKED_AT_ONCE]
                rows = columns_of(col(HolderRow.id), col(HolderRow.sealed)).where(col(HolderRow.id).in_(some))
                for holder_id, sealed in connection.execute(rows):
                    found[HolderId(holder_id)] = self._opened(HolderId(holder_id), sealed)
        return found

    def holder_of_pass(self, number: str) -> Holder | None:
        """Return the holder of the pass with that printed number."""
        with Session(self._engine) as session:
            row = session.exec(select(PassRow).where(PassRow.lookup == self._key.lookup("pass", number))).first()
        return None if row is None else self.holder(HolderId(row.holder))

    def named(self, name: str) -> list[Holder]:
        """Return the holders of that full name, whatever the order and case of its words. Opens all: in a thread."""
        wanted = _name_words(name)
        if not wanted:
            return []
        rows = columns_of(col(HolderRow.id), col(HolderRow.sealed))
        with self._engine.connect() as connection:
            everybody = (self._opened(HolderId(id_), sealed) for id_, sealed in connection.execute(rows))
            return [holder for holder in everybody if _name_words(holder.name) == wanted]

    def _sealed(self, name: str, category: str, needs: Need) -> bytes:
        return self._key.seal("holder", msgspec.msgpack.encode(Personal(name, category, needs)))

    def _opened(self, holder_id: HolderId, sealed: bytes) -> Holder:
        personal = msgspec.msgpack.decode(self._key.open("holder", sealed), type=Personal)
        return Holder(holder_id, personal.name, personal.category, personal.needs)

    def all_of(self, table: type[Row]) -> list[Row]:
        """Return all rows of a table that holds nothing personal."""
        with Session(self._engine) as session:
            return list(session.exec(select(table)))

    def count_holders(self) -> int:
        """Return how many holders are registered; canaries are none."""
        with Session(self._engine) as session:
            return len(session.exec(select(HolderRow.id).where(col(HolderRow.id).not_like(f"{CANARY_IDS}%"))).all())

    def policy_rows(self, level_numbers: dict[str, int], digest_key: bytes) -> Iterator[tuple[str, PolicyRow]]:
        """Yield each credential's canonical text and its row; `level_numbers`: place of each level in the document.

        `digest_key`: that of the document, for its PINs. A pass whose level is not among them was issued meanwhile: the
        next document has it.
        """
        rows = columns_of(
            col(CredentialRow.sealed), col(PassRow.id), col(PassRow.holder), col(PassRow.access_level),
            col(PassRow.valid_from_s), col(PassRow.valid_until_s), col(PassRow.blocked), col(PassEntryRow.sealed),
        ).join_from(CredentialRow, PassRow).outerjoin(PassEntryRow)  # fmt: skip
        with self._engine.connect() as connection:  # columns, not objects: a site has many
            for sealed, pass_id, holder, level, valid_from_s, valid_until_s, blocked, entry in connection.execute(rows):
                if level not in level_numbers:
                    continue
                asked = decode_entry(self._key.open("entry", entry)) if entry else Entry()
                pin, duress_pin = (
                    None if each is None else pin_digest(digest_key, PassId(pass_id), each)
                    for each in (asked.pin, asked.duress_pin)
                )
                yield (
                    self._key.open("credential", sealed).decode(),
                    PolicyRow(
                        HolderId(holder), PassId(pass_id), level_numbers[level], valid_from_s, valid_until_s, blocked,
                        asked.extended_time, pin, duress_pin,
                    ),
                )  # fmt: skip
