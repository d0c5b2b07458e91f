"""The tables of records.db as they stood before there were revisions.

Makes what is missing, so that a database of that time is taken over as it is.
"""

from alembic import op

revision = "0001"
down_revision = None

_TABLES = (
    """CREATE TABLE IF NOT EXISTS content_key (
        id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, wraps BLOB NOT NULL,
        edge TEXT NOT NULL, epoch BLOB NOT NULL, period_s INTEGER NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS content_key_period ON content_key (period_s)",
    """CREATE TABLE IF NOT EXISTS record (
        key_id INTEGER NOT NULL, number INTEGER NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (key_id, number)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS prior (
        edge TEXT NOT NULL, epoch BLOB NOT NULL, number INTEGER NOT NULL, key_id INTEGER NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (edge, epoch, number)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS known (
        edge TEXT NOT NULL, epoch BLOB NOT NULL, intervals BLOB NOT NULL, last_heard_s INTEGER NOT NULL,
        PRIMARY KEY (edge, epoch)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS tally (
        kind TEXT NOT NULL, area TEXT NOT NULL, period_s INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (kind, area, period_s)) WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS figure (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS closing (
        kind TEXT NOT NULL, start_s INTEGER NOT NULL, length_s INTEGER NOT NULL, became_unnamed INTEGER NOT NULL,
        rows INTEGER NOT NULL, PRIMARY KEY (kind, start_s, length_s)) WITHOUT ROWID""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _TABLES:
        op.execute(statement)
