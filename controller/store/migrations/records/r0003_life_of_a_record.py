"""What must outlive a restart about the life of a record: watermarks, pairs used early, and more to say in receipts."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    "CREATE TABLE watermark (edge TEXT PRIMARY KEY, at_ns INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE used_early (
        start_s INTEGER NOT NULL, length_s INTEGER NOT NULL, replaced INTEGER NOT NULL,
        PRIMARY KEY (start_s, length_s)) WITHOUT ROWID""",
    """CREATE TABLE gone_before (
        period_s INTEGER PRIMARY KEY, rows INTEGER NOT NULL, became_unnamed INTEGER NOT NULL)""",
    "ALTER TABLE closing ADD COLUMN key_gone_ns INTEGER",
)


def upgrade() -> None:
    """Make the tables and the column."""
    for statement in _STATEMENTS:
        op.execute(statement)
