"""Vehicles that may come in, and deliveries that are expected."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "vehicle",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("access_level", sa.String, sa.ForeignKey("access_level.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("lookup", sa.LargeBinary, nullable=False),
        sa.Column("valid_from_s", sa.Integer, nullable=False),
        sa.Column("valid_until_s", sa.Integer, nullable=False),
        sa.Column("blocked", sa.Boolean, nullable=False),
        sa.Column("is_delivery", sa.Boolean, nullable=False),
        sa.UniqueConstraint("lookup", "is_delivery", "valid_from_s"),
    )
