"""Bringing a database to the form that this program knows, with Alembic, before anything is served from it.

How to change a table: add a file `rNNNN_what.py` to `reference/` or `records/` with the next number as `revision`, the
one before as `down_revision` and an `upgrade()`. To change columns of a table that stands, use `op.batch_alter_table`.
Tables of reference.db are described twice, in the revisions and as SQLModel classes of `controller.store`, and a test
compares the two. Released revisions are never edited: a new one changes what they did. There is no way down: a copy
from before the upgrade is the way back.

All steps of one upgrade are one transaction, so a crash leaves the form of before. What steps delete or rewrite must
not stay on the disk as old pages: `secure_delete` is on, and afterwards the file is rebuilt and its write-ahead log
truncated. `user_version` is 1 from the transaction on until that is done, so a crash in between does not skip it.

Belongs here: the revisions, and running them. Does not belong here: what the tables mean (controller/store/).
"""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

import structlog
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

REFERENCE: Final = "reference"
RECORDS: Final = "records"
PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY")
"""How every connection to either database is set up: durable, overwriting what it deletes, with no temporary file."""
_HERE: Final = Path(__file__).parent
_REBUILD: Final = 1
_BUSY_S: Final = 5.0
_log = structlog.get_logger()


class MigrationError(Exception):
    """A database can not be brought to the form that this program knows; the message says what to do."""


def upgrade(path: Path, which: str) -> None:
    """Bring the database at `path` to the newest form; `which`: REFERENCE or RECORDS. An empty file becomes one.

    A database from before there were revisions is taken over with its data, for the first one makes only what is
    missing. Raises MigrationError for a database of a newer program, or if a reader keeps old pages; sqlite3.Error or
    sqlalchemy's where the disk refuses.
    """
    revisions = _revisions(which)
    found, to_rebuild = _form(path)
    if found is not None and found not in revisions:
        raise MigrationError(
            f"{path.name} was written by a newer version of this program (revision {found}): start that version, or "
            "put back the copy that you made before it"
        )
    is_old = found != revisions[0]
    if is_old:
        _log.info("bringing a database up to date", database=path.name, form=found, to=revisions[0])
        _run(path, which)
    if is_old or to_rebuild:
        _rebuild(path)


@cache
def _revisions(which: str) -> list[str]:
    """Return all revisions, newest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config(which)).walk_revisions()]


def _config(which: str) -> Config:
    config = Config()
    places = {"script_location": _HERE, "version_locations": _HERE / which, "path_separator": "newline"}
    for name, place in places.items():
        config.set_main_option(name, str(place).replace("%", "%%"))
    return config


def _form(path: Path) -> tuple[str | None, bool]:
    """Return the revision that a database has, if any, and whether it waits to be rebuilt."""
    with closing(sqlite3.connect(path, timeout=_BUSY_S)) as db:
        pending = db.execute("PRAGMA user_version").fetchone()[0] == _REBUILD
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
            return None, pending
        row = db.execute("SELECT version_num FROM alembic_version").fetchone()
        return (row[0] if row else None), pending


def _run(path: Path, which: str) -> None:
    engine = _engine(path)
    try:
        with engine.connect() as connection, connection.begin():
            config = _config(which)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_references(connection, path)
            connection.exec_driver_sql(f"PRAGMA user_version = {_REBUILD}")
    finally:
        engine.dispose()


def _engine(path: Path) -> Engine:
    """Return an engine whose transactions hold definitions of tables too, which Python's driver leaves out of them."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    def set_up(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        for pragma in (*PRAGMAS, "foreign_keys=OFF"):  # tables are copied and renamed; checked at the end
            connection.execute(f"PRAGMA {pragma}").close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", begin)
    return engine


def _check_references(connection: Connection, path: Path) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise MigrationError(f"{path.name}: a row names another one that is not there: put back your last copy")


def _rebuild(path: Path) -> None:
    """Take old rows out of the file's gaps and its write-ahead log."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=_BUSY_S)) as db:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}").close()
        db.execute("VACUUM").close()
        db.execute("PRAGMA user_version = 0").close()
        if db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise MigrationError(f"{path.name} is read by another program: stop that one, then start again")
