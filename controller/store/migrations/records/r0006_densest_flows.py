"""How many passed each access point in its densest quarter of an hour: a maximum over all time, of nobody."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.execute("CREATE TABLE densest_flow (access_point TEXT PRIMARY KEY, passed INTEGER NOT NULL) WITHOUT ROWID")
