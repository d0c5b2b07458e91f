"""Accounts: who an officer is and what lets him in, sealed under the reference key as holders are.

Belongs here: names, staff numbers, sign-in names, password hashes, one-time codes. Does not belong here: roles and
authorizations (officers.py), sessions (sessions.py), or slowing guesses down (sign_in.py).
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Engine, delete, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from contract.clock import NS_PER_S
from contract.ids import AccountId, new_account_id
from controller.domain.sign_in import CODE_LIFE_S
from controller.service.site.reference import ReferenceKey
from controller.store.accounts import AccountRow, CodeRow, PasskeyRow, SessionRow

PASSWORD: Final = "password"  # noqa: S105  a purpose
"""Purpose of a code with which an account's password is set."""
_CODE_BYTES: Final = 15
_TEXT_AT_MOST: Final = 120


class AccountError(ValueError):
    """An account that can not be made like that; the message says why, without repeating a person's data."""


@dataclass(frozen=True)
class Person:
    """Who stands behind an account."""

    account: AccountId
    name: str = field(repr=False)
    staff_number: str = field(repr=False)
    sign_in_name: str = field(repr=False)
    has_password: bool


class _Personal(msgspec.Struct, frozen=True, array_like=True):
    name: str
    staff_number: str
    sign_in_name: str


class Accounts:
    """Reads and writes accounts. Methods take milliseconds; raise SQLAlchemy's errors where the disk refuses."""

    def __init__(self, engine: Engine, key: ReferenceKey) -> None:
        self._engine = engine
        self._key = key

    def make(self, name: str, staff_number: str, sign_in_name: str) -> AccountId:
        """Make an account that nobody can use yet. Raises AccountError for what is given to somebody already."""
        texts = [text.strip() for text in (name, staff_number, sign_in_name)]
        if not all(text and len(text) <= _TEXT_AT_MOST and text.isprintable() for text in texts):
            raise AccountError(f"name, staff number and sign-in name are printable, up to {_TEXT_AT_MOST} characters")
        account = new_account_id()
        row = AccountRow(
            id=account,
            sealed=self._key.seal("account", msgspec.msgpack.encode(_Personal(*texts))),
            lookup=self._lookup(texts[2]),
            staff_lookup=self._staff_lookup(texts[1]),
        )
        try:
            with Session(self._engine) as session:
                session.add(row)
                session.commit()
        except IntegrityError:
            raise AccountError("that staff number or sign-in name has an account already") from None
        return account

    def remove(self, account: AccountId) -> None:
        """Remove an account with all that lets somebody in by it."""
        with Session(self._engine) as session:
            for table in (SessionRow, PasskeyRow, CodeRow):
                session.exec(delete(table).where(col(table.account) == account))
            session.exec(delete(AccountRow).where(col(AccountRow.id) == account))
            session.commit()

    def people(self) -> list[Person]:
        """Return everybody, opened."""
        with Session(self._engine) as session:
            return [self._person(row) for row in session.exec(select(AccountRow))]

    def person(self, account: AccountId) -> Person | None:
        """Return one, opened."""
        with Session(self._engine) as session:
            row = session.get(AccountRow, account)
            return None if row is None else self._person(row)

    def find(self, sign_in_name: str) -> AccountId | None:
        """Return whose sign-in name that is."""
        with Session(self._engine) as session:
            found = session.exec(select(AccountRow.id).where(AccountRow.lookup == self._lookup(sign_in_name))).first()
        return None if found is None else AccountId(found)

    def holding(self, staff_number: str, sign_in_name: str) -> set[AccountId]:
        """Return who has that staff number or that sign-in name."""
        lookups = self._lookup(sign_in_name), self._staff_lookup(staff_number)
        same = or_(col(AccountRow.lookup) == lookups[0], col(AccountRow.staff_lookup) == lookups[1])
        with Session(self._engine) as session:
            return {AccountId(found) for found in session.exec(select(AccountRow.id).where(same))}

    def password(self, account: AccountId) -> str | None:
        """Return the hash of an account's password, if it has one."""
        with Session(self._engine) as session:
            row = session.get(AccountRow, account)
            return None if row is None or row.password is None else self._key.open("password", row.password).decode()

    def with_passwords(self) -> set[AccountId]:
        """Return who has a password."""
        with Session(self._engine) as session:
            found = session.exec(select(AccountRow.id).where(col(AccountRow.password).is_not(None)))
            return {AccountId(account) for account in found}

    def set_password(self, account: AccountId, hashed: str) -> None:
        """Keep the hash of an account's password; codes for setting one end."""
        with Session(self._engine) as session:
            row = session.get(AccountRow, account)
            if row is None:
                return
            row.password = self._key.seal("password", hashed.encode())
            session.add(row)
            session.exec(delete(CodeRow).where(col(CodeRow.account) == account))
            session.commit()

    def issue_code(self, purpose: str, account: AccountId | None, now_ns: int) -> str:
        """Return a new one-time code in place of those for the same; it is kept only as a hash."""
        code = secrets.token_urlsafe(_CODE_BYTES)
        with Session(self._engine) as session:
            session.exec(delete(CodeRow).where(col(CodeRow.purpose) == purpose, col(CodeRow.account) == account))
            session.add(
                CodeRow(code=_hash(code), purpose=purpose, account=account, until_ns=now_ns + CODE_LIFE_S * NS_PER_S)
            )
            session.commit()
        return code

    def whose_code(self, code: str, purpose: str, now_ns: int) -> AccountId | None:
        """Return the account that a code for a password belongs to; None if it is no such code, or too old."""
        row = self._code(code, purpose, now_ns)
        return None if row is None or row.account is None else AccountId(row.account)

    def is_code(self, code: str, purpose: str, now_ns: int) -> bool:
        """Tell whether this is a code for that purpose, and still works."""
        return self._code(code, purpose, now_ns) is not None

    def drop_code_of(self, account: AccountId) -> None:
        """End an account's code for a new password, if it has a password: whoever kept the code keeps no way in."""
        with Session(self._engine) as session:
            row = session.get(AccountRow, account)
            if row is not None and row.password is not None:
                session.exec(delete(CodeRow).where(col(CodeRow.account) == account))
                session.commit()

    def drop_passkeys(self, account: AccountId) -> int:
        """Remove all passkeys of an account; return how many there were."""
        with Session(self._engine) as session:
            dropped: int = session.exec(delete(PasskeyRow).where(col(PasskeyRow.account) == account)).rowcount
            session.commit()
        return dropped

    def drop_codes(self, purpose: str) -> None:
        """End all codes for a purpose."""
        with Session(self._engine) as session:
            session.exec(delete(CodeRow).where(col(CodeRow.purpose) == purpose))
            session.commit()

    def _code(self, code: str, purpose: str, now_ns: int) -> CodeRow | None:
        with Session(self._engine) as session:
            row = session.get(CodeRow, _hash(code))
        return row if row is not None and row.purpose == purpose and now_ns < row.until_ns else None

    def _lookup(self, sign_in_name: str) -> bytes:
        return self._key.lookup("sign-in-name", sign_in_name.strip().casefold())

    def _staff_lookup(self, staff_number: str) -> bytes:
        return self._key.lookup("staff-number", staff_number.strip().casefold())

    def _person(self, row: AccountRow) -> Person:
        personal = msgspec.msgpack.decode(self._key.open("account", row.sealed), type=_Personal)
        return Person(
            AccountId(row.id), personal.name, personal.staff_number, personal.sign_in_name, row.password is not None
        )


def _hash(code: str) -> bytes:
    return hashlib.sha256(code.strip().encode(errors="surrogatepass")).digest()
