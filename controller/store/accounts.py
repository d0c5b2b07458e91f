"""Accounts of officers: what identifies them and lets them in; personal columns and password hashes sealed.

Belongs here: tables; whoever changes one adds a revision (migrations/). Does not belong here: roles, authorizations and
briefings, whose one truth is the ledger, or sealing and looking up (service/accounts.py). Times in ns since 1970 UTC.
"""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class AccountRow(SQLModel, table=True):
    """An officer's account.

    `sealed`: name, staff number and sign-in name; `lookup` and `staff_lookup`: HMACs of the last two, so that neither
    is given twice. `password`: argon2id hash, sealed, so that a stolen database has nothing to guess at.
    """

    __tablename__ = "account"
    id: str = Field(primary_key=True)
    sealed: bytes
    lookup: bytes = Field(unique=True)
    staff_lookup: bytes = Field(unique=True)
    password: bytes | None = None


class SessionRow(SQLModel, table=True):
    """A session. `token`: SHA-256 of the cookie's value; the value itself is kept nowhere.

    `told_by`: the controller that told of it, empty for one that was opened here.
    """

    __tablename__ = "session"
    token: bytes = Field(primary_key=True)
    account: str = Field(foreign_key="account.id", index=True)
    opened_ns: int = Field(sa_type=BigInteger)
    used_ns: int = Field(sa_type=BigInteger)
    told_by: str = ""


class PasskeyRow(SQLModel, table=True):
    """A passkey (W3C WebAuthn). `sealed`: its name, given by its owner; `sign_count` as the authenticator said last."""

    __tablename__ = "passkey"
    credential: bytes = Field(primary_key=True)
    account: str = Field(foreign_key="account.id", index=True)
    public_key: bytes
    sign_count: int = Field(sa_type=BigInteger)
    sealed: bytes
    added_ns: int = Field(sa_type=BigInteger)


class CodeRow(SQLModel, table=True):
    """A one-time code, as its SHA-256: it lets in whoever is to set a password, until `until_ns`.

    `purpose`: `password` of an account, or the first account of a role.
    """

    __tablename__ = "one_time_code"
    code: bytes = Field(primary_key=True)
    purpose: str = Field(index=True)
    account: str | None = Field(default=None, foreign_key="account.id", index=True)
    until_ns: int = Field(sa_type=BigInteger)


class FailureRow(SQLModel, table=True):
    """Failed sign-ins in a row, of a sign-in name or from an address. `source`: an HMAC of it; no names at rest."""

    __tablename__ = "sign_in_failure"
    source: bytes = Field(primary_key=True)
    failures: int
    last_ns: int = Field(sa_type=BigInteger)


class RollKeyRow(SQLModel, table=True):
    """A commander's private keys for sealed rolls: under his passphrase, and `sealed` under the reference key."""

    __tablename__ = "roll_key"
    account: str = Field(primary_key=True, foreign_key="account.id")
    sealed: bytes
