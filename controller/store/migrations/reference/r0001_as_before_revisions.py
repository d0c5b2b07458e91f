"""The tables of reference.db as they stood before there were revisions.

Makes what is missing, so that a database of that time is taken over as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "area",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("capacity", sa.Integer),
        if_not_exists=True,
    )
    op.create_table(
        "portal",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("gate", sa.String, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "access_point",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("from_area", sa.String, nullable=False),
        sa.Column("to_area", sa.String, nullable=False),
        sa.Column("portal", sa.String),
        if_not_exists=True,
    )
    op.create_table(
        "access_level",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("access_points", sa.String, nullable=False),
        sa.Column("windows", sa.String, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "holder",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "pass",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("holder", sa.String, sa.ForeignKey("holder.id"), nullable=False),
        sa.Column("access_level", sa.String, sa.ForeignKey("access_level.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("lookup", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("valid_from_s", sa.Integer, nullable=False),
        sa.Column("valid_until_s", sa.Integer, nullable=False),
        sa.Column("blocked", sa.Boolean, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_pass_holder", "pass", ["holder"], if_not_exists=True)
    op.create_table(
        "pass_entry",
        sa.Column("pass_id", sa.String, sa.ForeignKey("pass.id"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "credential",
        sa.Column("lookup", sa.LargeBinary, primary_key=True),
        sa.Column("pass_id", sa.String, sa.ForeignKey("pass.id"), nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        if_not_exists=True,
    )
    op.create_index("ix_credential_pass_id", "credential", ["pass_id"], if_not_exists=True)
    op.create_table(
        "gate",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("verify_key", sa.LargeBinary, nullable=False),
        sa.Column("policy_key", sa.LargeBinary, nullable=False),
        sa.Column("policy_version", sa.Integer, nullable=False),
        sa.Column("enrolled_at", sa.String, nullable=False),
        if_not_exists=True,
    )
