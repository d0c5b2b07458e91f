"""Commanders' keys for sealed rolls."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "roll_key",
        sa.Column("account", sa.String, sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
