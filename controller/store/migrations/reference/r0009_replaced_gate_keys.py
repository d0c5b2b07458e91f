"""With what a gate signed before it was enrolled again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "replaced_gate_key",
        sa.Column("verify_key", sa.LargeBinary, primary_key=True),
        sa.Column("gate", sa.String, nullable=False),
        sa.Column("until_s", sa.Integer, nullable=False),
    )
