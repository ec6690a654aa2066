"""A payment that is begun twice by one form is one."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
_INDEX = "ix_payments_user_id_idempotency_key"


def upgrade() -> None:
    """Forward."""
    op.add_column("payments", sa.Column("idempotency_key", sa.String(length=200), nullable=True))
    op.create_index(_INDEX, "payments", ["user_id", "idempotency_key"], unique=True)


def downgrade() -> None:
    """Back."""
    op.drop_index(_INDEX, table_name="payments")
    op.drop_column("payments", "idempotency_key")
