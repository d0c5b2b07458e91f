"""Which other controller told of a session: its sessions end with its place on the list."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; sessions from before are taken for this controller's own."""
    op.add_column("session", sa.Column("told_by", sa.String, nullable=False, server_default=""))
