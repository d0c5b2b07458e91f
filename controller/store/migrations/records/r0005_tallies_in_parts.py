"""Tallies of a region by the area within it in which they arose, so that a sweep of one area settles what was there."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table anew; of what was counted for the whole site nobody knows where it arose."""
    op.execute("ALTER TABLE tally RENAME TO tally_before")
    op.execute(
        "CREATE TABLE tally (kind TEXT NOT NULL, area TEXT NOT NULL, period_s INTEGER NOT NULL, part TEXT NOT NULL, "
        "count INTEGER NOT NULL, PRIMARY KEY (kind, area, period_s, part)) WITHOUT ROWID"
    )
    op.execute("INSERT INTO tally SELECT kind, area, period_s, '', count FROM tally_before")
    op.execute("DROP TABLE tally_before")
