"""Notes: free text beside ledger entries, sealed to its period and gone with it."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.execute(
        "CREATE TABLE note (id TEXT PRIMARY KEY, period_s INTEGER NOT NULL, wraps BLOB NOT NULL, sealed BLOB NOT NULL) "
        "WITHOUT ROWID"
    )
