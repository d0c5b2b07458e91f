"""Accounts of officers, their sessions, passkeys and one-time codes, and failed sign-ins."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "account",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("lookup", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("staff_lookup", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("password", sa.LargeBinary),
    )
    op.create_table(
        "session",
        sa.Column("token", sa.LargeBinary, primary_key=True),
        sa.Column("account", sa.String, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("opened_ns", sa.BigInteger, nullable=False),
        sa.Column("used_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_session_account", "session", ["account"])
    op.create_table(
        "passkey",
        sa.Column("credential", sa.LargeBinary, primary_key=True),
        sa.Column("account", sa.String, sa.ForeignKey("account.id"), nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("added_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_passkey_account", "passkey", ["account"])
    op.create_table(
        "one_time_code",
        sa.Column("code", sa.LargeBinary, primary_key=True),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("account", sa.String, sa.ForeignKey("account.id")),
        sa.Column("until_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_one_time_code_purpose", "one_time_code", ["purpose"])
    op.create_index("ix_one_time_code_account", "one_time_code", ["account"])
    op.create_table(
        "sign_in_failure",
        sa.Column("source", sa.LargeBinary, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_ns", sa.BigInteger, nullable=False),
    )
