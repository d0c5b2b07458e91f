"""What is usual at each access point in each hour of the week: counts of nobody, which outlive every key."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.execute(
        "CREATE TABLE usual_flow (access_point TEXT NOT NULL, hour INTEGER NOT NULL, mean REAL NOT NULL, "
        "widest INTEGER NOT NULL, weeks INTEGER NOT NULL, PRIMARY KEY (access_point, hour)) WITHOUT ROWID"
    )
