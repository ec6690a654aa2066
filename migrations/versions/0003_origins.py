"""Each render tells which request ordered it, for logs and traces."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LENGTHS = {"request_id": 64, "traceparent": 55}


def upgrade() -> None:
    """Forward."""
    for name, length in _LENGTHS.items():
        column = sa.Column(
            name, sa.String(length=length), nullable=False, server_default=sa.text("''")
        )
        op.add_column("renders", column)


def downgrade() -> None:
    """Back."""
    with op.batch_alter_table("renders", schema=None) as batch_op:
        for name in _LENGTHS:
            batch_op.drop_column(name)
