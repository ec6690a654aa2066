"""A second factor beside the password: its secret, and codes for who lost the phone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_NAMES = ("second_factor_since", "second_factor_sealed", "second_factor_step")


def upgrade() -> None:
    """Forward."""
    op.add_column(
        "users", sa.Column("second_factor_since", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("users", sa.Column("second_factor_sealed", sa.String(200), nullable=True))
    never = sa.text("0")
    step = sa.Column("second_factor_step", sa.BigInteger(), nullable=False, server_default=never)
    op.add_column("users", step)
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("user_id", sa.String(length=26), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_recovery_codes_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("hash", name=op.f("uq_recovery_codes_hash")),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_recovery_codes_user_id", table_name="recovery_codes")
    op.drop_table("recovery_codes")
    with op.batch_alter_table("users", schema=None) as batch_op:
        for name in _NAMES:
            batch_op.drop_column(name)
