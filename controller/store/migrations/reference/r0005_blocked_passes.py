"""Since when passes are blocked. Of those that were blocked before this nobody knows."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "blocked_pass",
        sa.Column("pass_id", sa.String, sa.ForeignKey("pass.id"), primary_key=True),
        sa.Column("since_s", sa.Integer, nullable=False),
    )
