"""Databases are brought up to date whole or not at all, with their data, and leave no old bytes behind."""

import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from sqlmodel import SQLModel

import controller.store
from controller.store import migrations
from controller.store.migrations import RECORDS, REFERENCE, MigrationError, upgrade
from controller.store.records import RecordStore
from controller.store.reference import open_reference

OLD_RECORDS = Path(__file__).parent / "records_before_revisions.sql"
OLD_REFERENCE = Path(__file__).parent / "reference_before_revisions.sql"
PLANT = b"Amara Osei-Tutu 4711"

_FIRST = """
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, sealed BLOB, owner INTEGER REFERENCES thing (id))")
"""
_SECOND = """
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE thing ADD COLUMN other INTEGER")
    {act}
"""


@pytest.fixture
def revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Revisions of a program of its own, in a folder whose name has signs that a configuration file would interpret."""
    here = tmp_path / "100% own: code"
    own = here / REFERENCE
    own.mkdir(parents=True)
    (here / "env.py").write_text((Path(migrations.__file__).parent / "env.py").read_text())
    (own / "r0001_first.py").write_text(_FIRST)
    monkeypatch.setattr(migrations, "_HERE", here)
    migrations._revisions.cache_clear()
    yield own
    migrations._revisions.cache_clear()


def second(revisions: Path, act: str = "") -> None:
    (revisions / "r0002_second.py").write_text(_SECOND.format(act=act))
    migrations._revisions.cache_clear()


def made(path: Path) -> Path:
    """A database of the first revision with a plant in it, as a controller left it."""
    upgrade(path, REFERENCE)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT INTO thing VALUES (1, ?, NULL)", (PLANT * 50,))
    return path


def asked(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def shape(path: Path) -> set[tuple[object, ...]]:
    """Columns of each table, and its indexes."""
    columns = asked(
        path,
        'SELECT m.name, c.name, c.type, c."notnull", c.pk FROM sqlite_master m, pragma_table_info(m.name) c '
        "WHERE m.type = 'table' AND m.name NOT LIKE 'alembic%'",
    )
    indexes = asked(
        path,
        'SELECT m.name, i."unique", c.name '
        "FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) c "
        "WHERE m.type = 'table' AND m.name NOT LIKE 'alembic%'",
    )
    return {*columns, *indexes}


def test_models_and_revisions_agree(tmp_path: Path) -> None:
    for module in pkgutil.iter_modules(controller.store.__path__, "controller.store."):
        importlib.import_module(module.name)
    engine = open_reference(tmp_path / "reference.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


@pytest.mark.parametrize(("which", "script"), [(REFERENCE, OLD_REFERENCE), (RECORDS, OLD_RECORDS)])
def test_a_database_of_before_there_were_revisions_is_taken_over_with_its_data(
    tmp_path: Path, which: str, script: Path
) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    with closing(sqlite3.connect(old)) as db:
        db.executescript(script.read_text())
    tables = [name for (name,) in asked(old, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    before = {name: asked(old, f'SELECT * FROM "{name}"') for name in tables}  # noqa: S608  SQLite's own names
    assert all(before.values())
    upgrade(old, which)
    upgrade(new, which)
    assert shape(old) == shape(new)
    for name, rows in before.items():
        columns = ", ".join(f'"{row[1]}"' for row in _columns(script, str(name)))
        assert asked(old, f'SELECT {columns} FROM "{name}"') == rows  # noqa: S608


def _columns(script: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(script.read_text())
        return db.execute(f'PRAGMA table_info("{table}")').fetchall()


def test_stores_open_what_was_taken_over(tmp_path: Path) -> None:
    for name, script in (("records.db", OLD_RECORDS), ("reference.db", OLD_REFERENCE)):
        with closing(sqlite3.connect(tmp_path / name)) as db:
            db.executescript(script.read_text())
    with closing(RecordStore(tmp_path / "records.db")) as store:
        assert store.figure("stored", 0) == 7
        assert len(store.closings()) == 1
    engine = open_reference(tmp_path / "reference.db")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM holder").scalar() == 1
    engine.dispose()


def test_a_database_of_today_is_left_alone(tmp_path: Path, revisions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path / "reference.db")

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(migrations, "_run", never)
    monkeypatch.setattr(migrations, "_rebuild", never)
    upgrade(path, REFERENCE)


def test_the_next_revision_keeps_what_stands(tmp_path: Path, revisions: Path) -> None:
    path = made(tmp_path / "reference.db")
    second(revisions)
    upgrade(path, REFERENCE)
    assert asked(path, "SELECT * FROM thing") == [(1, PLANT * 50, None, None)]
    assert asked(path, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_a_newer_database_is_refused_untouched(tmp_path: Path, revisions: Path) -> None:
    path = made(tmp_path / "reference.db")
    second(revisions)
    upgrade(path, REFERENCE)
    (revisions / "r0002_second.py").unlink()
    migrations._revisions.cache_clear()
    before = path.read_bytes()
    with pytest.raises(
        MigrationError, match=r"reference\.db was written by a newer version .* 0002.*start that version"
    ):
        upgrade(path, REFERENCE)
    assert path.read_bytes() == before


def test_an_upgrade_that_fails_leaves_the_form_of_before(tmp_path: Path, revisions: Path) -> None:
    path = made(tmp_path / "reference.db")
    before = shape(path)
    second(revisions, 'op.execute("UPDATE thing SET sealed = NULL"); raise RuntimeError("power lost")')
    with pytest.raises(RuntimeError, match="power lost"):
        upgrade(path, REFERENCE)
    assert shape(path) == before
    assert asked(path, "SELECT sealed, version_num FROM thing, alembic_version") == [(PLANT * 50, "0001")]


def test_a_row_that_points_nowhere_is_refused(tmp_path: Path, revisions: Path) -> None:
    path = made(tmp_path / "reference.db")
    second(revisions, 'op.execute("UPDATE thing SET owner = 99")')
    with pytest.raises(MigrationError, match="a row names another one"):
        upgrade(path, REFERENCE)
    assert asked(path, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_what_a_revision_rewrites_is_nowhere_afterwards(tmp_path: Path, revisions: Path) -> None:
    path = made(tmp_path / "reference.db")
    assert PLANT in path.read_bytes()
    second(revisions, 'op.execute("UPDATE thing SET sealed = NULL")')
    upgrade(path, REFERENCE)
    assert not [file for file in tmp_path.glob("reference.db*") if PLANT in file.read_bytes()]


def test_a_crash_before_the_rebuild_is_made_good_at_the_next_start(
    tmp_path: Path, revisions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "reference.db")
    second(revisions, 'op.execute("UPDATE thing SET sealed = NULL")')

    def crash(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "_rebuild", crash)
        with pytest.raises(KeyboardInterrupt):
            upgrade(path, REFERENCE)
    assert asked(path, "PRAGMA user_version") == [(1,)]
    upgrade(path, REFERENCE)
    assert asked(path, "PRAGMA user_version") == [(0,)]
    assert not [file for file in tmp_path.glob("reference.db*") if PLANT in file.read_bytes()]


def test_a_reader_that_keeps_old_pages_is_named(
    tmp_path: Path, revisions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_BUSY_S", 0.05)
    path = made(tmp_path / "reference.db")
    second(revisions, 'op.execute("UPDATE thing SET sealed = NULL")')
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT * FROM thing").all()
        with pytest.raises(MigrationError, match=r"reference\.db is read by another program"):
            upgrade(path, REFERENCE)
    upgrade(path, REFERENCE)
    assert asked(path, "PRAGMA user_version") == [(0,)]
