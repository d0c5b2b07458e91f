"""Reference data: what a site knows beforehand of its areas, holders, passes and gates; personal columns sealed.

Belongs here: tables; whoever changes one adds a revision (migrations/). Does not belong here: sealing and looking up
(service/reference.py). The site file is the source of areas, portals and access points and is copied here at each
start, so that queries can join them.
"""

from pathlib import Path

from sqlalchemy import Engine, UniqueConstraint, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlmodel import Field, SQLModel, create_engine

from controller.files import make_private_folder
from controller.store.migrations import PRAGMAS, REFERENCE, upgrade


class AreaRow(SQLModel, table=True):
    """A part of the premises in which persons are counted."""

    __tablename__ = "area"
    id: str = Field(primary_key=True)
    name: str
    capacity: int | None = None


class PortalRow(SQLModel, table=True):
    """A physical opening, and the gate that it belongs to."""

    __tablename__ = "portal"
    id: str = Field(primary_key=True)
    gate: str


class AccessPointRow(SQLModel, table=True):
    """One direction through a portal, from area to area."""

    __tablename__ = "access_point"
    id: str = Field(primary_key=True)
    name: str
    from_area: str
    to_area: str
    portal: str | None = None


class AccessLevelRow(SQLModel, table=True):
    """Where somebody may pass and when: JSON lists of access points and of (weekday, from_min, until_min)."""

    __tablename__ = "access_level"
    id: str = Field(primary_key=True)
    access_points: str
    windows: str = "[]"


class HolderRow(SQLModel, table=True):
    """A holder. `sealed`: name and category, under the reference key."""

    __tablename__ = "holder"
    id: str = Field(primary_key=True)
    sealed: bytes


class HolderPhotoRow(SQLModel, table=True):
    """A holder's photo, in a table of its own: lists read none. `sealed`: a JPEG, under the reference key."""

    __tablename__ = "holder_photo"
    holder: str = Field(primary_key=True, foreign_key="holder.id")
    sealed: bytes


class PassRow(SQLModel, table=True):
    """What was issued to a holder.

    `sealed`: the printed number; `lookup`: its HMAC. Times in seconds since 1970 UTC.
    """

    __tablename__ = "pass"
    id: str = Field(primary_key=True)
    holder: str = Field(foreign_key="holder.id", index=True)
    access_level: str = Field(foreign_key="access_level.id")
    sealed: bytes
    lookup: bytes = Field(unique=True)
    valid_from_s: int
    valid_until_s: int
    blocked: bool = False


class PassEntryRow(SQLModel, table=True):
    """What a gate asks of, or allows, the holder of a pass.

    `sealed`: PIN, duress PIN and whether he needs longer, under the reference key, in every row of the same length. A
    table of its own, so that a database of an earlier version gets it; a pass without a row has none of these.
    """

    __tablename__ = "pass_entry"
    pass_id: str = Field(primary_key=True, foreign_key="pass.id")
    sealed: bytes


class EscortRow(SQLModel, table=True):
    """Who has to be on the premises as long as a visitor is: two holders."""

    __tablename__ = "escort"
    visitor: str = Field(primary_key=True, foreign_key="holder.id")
    escort: str = Field(foreign_key="holder.id")


class BlockedPassRow(SQLModel, table=True):
    """Since when a pass is blocked, in seconds since 1970 UTC: whoever is granted with it later uses a replaced one."""

    __tablename__ = "blocked_pass"
    pass_id: str = Field(primary_key=True, foreign_key="pass.id")
    since_s: int


class CredentialRow(SQLModel, table=True):
    """What is presented at a reader.

    `sealed`: its canonical text; `lookup`: its HMAC, so that it can not be given twice.
    """

    __tablename__ = "credential"
    lookup: bytes = Field(primary_key=True)
    pass_id: str = Field(foreign_key="pass.id", index=True)
    sealed: bytes


class VehicleEntryRow(SQLModel, table=True):
    """A vehicle that may come in, or a delivery that is expected.

    `sealed`: its plate and who may drive it; `lookup`: the plate's HMAC, so that it is entered once for each time.
    Times in seconds since 1970 UTC.
    """

    __tablename__ = "vehicle"
    __table_args__ = (UniqueConstraint("lookup", "is_delivery", "valid_from_s"),)
    id: str = Field(primary_key=True)
    access_level: str = Field(foreign_key="access_level.id")
    sealed: bytes
    lookup: bytes
    valid_from_s: int
    valid_until_s: int
    blocked: bool
    is_delivery: bool


class GateRow(SQLModel, table=True):
    """An enrolled gate: public halves of its keys, and the policy that it shall have."""

    __tablename__ = "gate"
    id: str = Field(primary_key=True)
    verify_key: bytes
    policy_key: bytes
    policy_version: int = 0
    enrolled_at: str


class ReplacedGateKeyRow(SQLModel, table=True):
    """With what a gate signed before it was enrolled again; `until_s`: until when, in seconds since 1970 UTC."""

    __tablename__ = "replaced_gate_key"
    verify_key: bytes = Field(primary_key=True)
    gate: str
    until_s: int


def open_reference(path: Path) -> Engine:
    """Open or make the reference database at `path`, mode 0600, and bring it up to date. Raises MigrationError."""
    make_private_folder(path.parent)
    path.touch(mode=0o600)
    upgrade(path, REFERENCE)
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)  # an error's text may come to stand in a log
    event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: DBAPIConnection, _: object) -> None:
    cursor = connection.cursor()
    for pragma in (*PRAGMAS, "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
