"""Who escorts a visitor."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "escort",
        sa.Column("visitor", sa.String, sa.ForeignKey("holder.id"), primary_key=True),
        sa.Column("escort", sa.String, sa.ForeignKey("holder.id"), nullable=False),
    )
