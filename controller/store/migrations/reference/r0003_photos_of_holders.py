"""Photos of holders."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "holder_photo",
        sa.Column("holder", sa.String, sa.ForeignKey("holder.id"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
