"""A copy of the keeper's reference data, kept by every other controller.

The keeper is the first controller on the root's list: passes are issued, and gates enrolled, there alone; all others
hold what it holds, row by row, under the one reference key of the site. A copy is taken whole and compared with what is
here; only rows that differ are written, in one transaction. Accounts of officers, with what lets them in, are copied as
well, so that they sign in at each; what comes from the site file, and what one controller alone knows of a sign-in, is
not.

Belongs here: reading and writing rows. Does not belong here: HTTP, or what rows mean (store/, service/reference.py).
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, Engine, Table, and_, select
from sqlmodel import SQLModel

from controller.peer.words import CopyAsk, ReferenceCopy
from controller.service.site.photos import Photos
from controller.service.site.reference import Reference

OWN: Final = frozenset({"area", "portal", "access_point", "session", "one_time_code", "sign_in_failure", "roll_key"})
"""Tables that each controller has for itself."""
_OF_GATES: Final = ("gate", "replaced_gate_key")
_OF_OFFICERS: Final = frozenset({"account", "passkey"})
"""Tables of which no gate's policy depends."""
_LETS_IN: Final = ("session", "one_time_code")
"""Tables that are not copied, and go with the account that they belong to."""


class BadCopyError(Exception):
    """A copy that does not fit the tables of this program: the other controller is of another version."""


def copied_tables() -> list[Table]:
    """Return the tables that are copied, those that others refer to first."""
    return [table for table in SQLModel.metadata.sorted_tables if table.name not in OWN]


class KeptCopy:
    """Both sides of the copy at one controller. Belongs to any thread."""

    def __init__(self, engine: Engine, reference: Reference, photos: Photos) -> None:
        self._engine = engine
        self._reference = reference
        self._photos = photos
        self._stamp = b""
        self._stamped: object = None

    def give(self, ask: CopyAsk) -> ReferenceCopy:
        """Return all rows, unless the one who asks has them."""
        with self._engine.connect() as connection:
            watched = [_rows(connection, _table(name)) for name in (*_OF_GATES, *sorted(_OF_OFFICERS))]
        state = (self._reference.revision, self._photos.revision, msgspec.msgpack.encode(watched))
        if state == self._stamped and ask.stamp == self._stamp:
            return ReferenceCopy(self._stamp, None)
        with self._engine.connect() as connection:
            tables = {str(table.name): _rows(connection, table) for table in copied_tables()}
        stamp = hashlib.sha256(msgspec.msgpack.encode(sorted(tables.items()))).digest()
        self._stamped, self._stamp = state, stamp
        return ReferenceCopy(stamp, None if stamp == ask.stamp else tables)

    def take(self, copy: ReferenceCopy) -> bool:
        """Write what differs; return whether anything of gates and passes did.

        Raises BadCopyError, sqlalchemy.exc.SQLAlchemyError.
        """
        if copy.tables is None:
            return False
        tables = copied_tables()
        if set(copy.tables) != {table.name for table in tables}:
            raise BadCopyError("the keeper's tables are not those of this program: run the same version on both")
        changed = 0
        with self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN")  # before the pragma, which lasts as long as its transaction
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for table in tables:
                count = _take(connection, table, *copy.tables[table.name])
                changed += 0 if table.name in _OF_OFFICERS else count
            for name in _LETS_IN:
                of_nobody = _table(name).c.account.not_in(select(_table("account").c.id))
                connection.execute(_table(name).delete().where(of_nobody))
        if changed:
            self._reference.changed_elsewhere()
            self._photos.changed_elsewhere()
        return changed > 0


def _rows(connection: Connection, table: Table) -> tuple[list[str], list[list[object]]]:
    columns = [str(column.name) for column in table.columns]
    rows = [list(row) for row in connection.execute(table.select().order_by(*table.primary_key.columns))]
    return columns, rows


def _take(connection: Connection, table: Table, columns: list[str], rows: list[list[object]]) -> int:
    names, here = _rows(connection, table)
    if columns != names:
        raise BadCopyError(f"the keeper's table {table.name} has other columns: run the same version on both")
    at = [names.index(column.name) for column in table.primary_key.columns]
    old, new = _by_key(here, at), _by_key(rows, at)
    gone = [key for key, row in old.items() if new.get(key) != row]
    come = [dict(zip(names, row, strict=True)) for key, row in new.items() if old.get(key) != row]
    for key in gone:
        same = (column == value for column, value in zip(table.primary_key.columns, key, strict=True))
        connection.execute(table.delete().where(and_(*same)))
    if come:
        connection.execute(table.insert(), come)
    return len(gone) + len(come)


def _by_key(rows: Iterable[list[object]], at: Sequence[int]) -> dict[tuple[object, ...], list[object]]:
    return {tuple(row[place] for place in at): row for row in rows}


def _table(name: str) -> Table:
    return SQLModel.metadata.tables[name]
